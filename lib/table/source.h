#ifndef RAI_TABLE_SOURCE_H
#define RAI_TABLE_SOURCE_H

#include <stddef.h>

#include "base/err.h"
#include "base/hash.h"

/*
 * Where bytes come from: a path, "-" (stdin), or a command's stdout; gzip is undone on the way
 * (also of several members).
 */
struct rai_source;

/*
 * command: NULL, or the ncommand words of an argument vector run without a shell; then name only
 * stands in messages.  The caller closes *out.
 */
int rai_source_open(const char *name, const char *const *command, size_t ncommand,
    struct rai_source **out, struct rai_err *err);

/* From what is open already; fd is taken over (closed also on failure). */
int rai_source_fd(const char *name, int fd, struct rai_source **out, struct rai_err *err);

/* From memory, which must live as long as the source: for tests and request bodies. */
int rai_source_memory(
    const char *name, const void *p, size_t n, struct rai_source **out, struct rai_err *err);

/*
 * Up to n bytes into p; *got is 0 only at the end.  A command that failed, or gzip that is cut
 * off or damaged, is an error here.
 */
int rai_source_read(struct rai_source *s, void *p, size_t n, size_t *got, struct rai_err *err);

/* How many bytes there are in all, as far as that is known before reading: else 0. */
size_t rai_source_size(const struct rai_source *s);

/* What to call it in messages; lives as long as s. */
const char *rai_source_name(const struct rai_source *s);

/* Before the first read: the bytes are hashed on the way, which takes as long as numbers do. */
int rai_source_keep_digest(struct rai_source *s, struct rai_err *err);

/*
 * "sha256:..." of the raw bytes as they came; "" where it was not kept.  Right only after the end
 * has been read.
 */
void rai_source_digest(struct rai_source *s, char digest[RAI_HASH_DIGEST]);

void rai_source_close(struct rai_source *s); /* NULL is fine */

#endif
