#ifndef RAI_BASE_ULID_H
#define RAI_BASE_ULID_H

#include <stddef.h>
#include <stdint.h>

/*
 * ULIDs (github.com/ulid/spec): 48 bits of milliseconds, 80 random bits, 26 letters of
 * Crockford's base 32; they sort by time.
 */
#define RAI_ULID_TEXT 27

void rai_ulid_new(int64_t now_ms, char out[RAI_ULID_TEXT]);

/* The same text for the same time and bytes: for replies that must be replayable. */
void rai_ulid_from(int64_t ms, const unsigned char random[10], char out[RAI_ULID_TEXT]);

/* A ULID that is a function of its name (SHA-256) and time: reruns give the same event id. */
void rai_ulid_named(int64_t ms, const void *name, size_t n, char out[RAI_ULID_TEXT]);

int rai_ulid_valid(const char *s, size_t len);

#endif
