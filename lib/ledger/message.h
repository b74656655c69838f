#ifndef RAI_LEDGER_MESSAGE_H
#define RAI_LEDGER_MESSAGE_H

#include "ledger/history.h"

/*
 * Commit messages: a subject and a body for people, trailers for machines (git-interpret-trailers;
 * every key is one word, so that the whole last paragraph is read as trailers).
 */
void rai_message_release(
    struct rai_buf *out, const struct rai_release *r, const struct rai_release *before);
void rai_message_rollback(
    struct rai_buf *out, const struct rai_release *to, const struct rai_tombstone *t);

/* The value of the first trailer called key in the message's last paragraph; 1: there is none. */
int rai_trailer_get(const char *message, const char *key, char *out, size_t size);

#endif
