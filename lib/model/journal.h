#ifndef RAI_MODEL_JOURNAL_H
#define RAI_MODEL_JOURNAL_H

#include "base/buf.h"
#include "model/trial.h"

/*
 * What a training has found out so far, so that an interrupted one goes on where it was: JSON
 * lines, the first of which binds them to one training, each other one the outcome of one trial.
 * As an outcome is a function of what the first line names, one that is read back is as good as
 * one that is made, bit for bit.  A line is one write at the end of the file; a last line that
 * was cut off is ignored.
 */
struct rai_journal;

enum rai_journal_state {
	RAI_JOURNAL_NEW,     /* there was none */
	RAI_JOURNAL_FOUND,   /* of this training: its outcomes are known */
	RAI_JOURNAL_FOREIGN, /* of another training, or not readable: begun anew */
	RAI_JOURNAL_BUSY,    /* another process is writing it: none is kept */
};

#define RAI_JOURNAL_KEY 96
#define RAI_JOURNAL_MAX ((size_t)256 << 20) /* bytes; a longer one is FOREIGN */

/*
 * binding is one line without its newline: JSON that says all that outcomes depend on.  Where
 * fresh is not 0 nothing is read back.  *out is NULL for RAI_JOURNAL_BUSY.
 */
int rai_journal_open(const char *path, const char *binding, int fresh, struct rai_journal **out,
    enum rai_journal_state *state, struct rai_err *err);

/* Outcomes that were read back. */
size_t rai_journal_known(const struct rai_journal *j);

/* j may be NULL below.  1: found. */
int rai_journal_find(const struct rai_journal *j, const char *key, struct rai_outcome *out);

/* From any thread.  What cannot be written is left out: it only costs time later. */
void rai_journal_add(struct rai_journal *j, const char *key, const struct rai_outcome *v);

void rai_journal_key(char key[RAI_JOURNAL_KEY], const char *arena, size_t index, size_t fold);

/* The training is over, one way or the other: the file is removed. */
void rai_journal_end(struct rai_journal *j);
/* It may be tried again: the file stays. */
void rai_journal_close(struct rai_journal *j);

#endif
