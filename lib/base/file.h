#ifndef RAI_BASE_FILE_H
#define RAI_BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Reads the whole file ("-" is stdin) and appends it to out, whose max is the ceiling. */
int rai_file_read(const char *path, struct rai_buf *out, struct rai_err *err);

/* The same of a regular file alone: a pipe, for whose writer it would wait, is an error. */
int rai_file_read_regular(const char *path, struct rai_buf *out, struct rai_err *err);

/*
 * The file appears whole or not at all: a temporary in the same folder, written, fsynced,
 * renamed over path, and the folder fsynced.  On failure path is as it was.
 * A device or a pipe (/dev/stdout, /dev/full) is not replaced but written into.
 */
int rai_file_write(const char *path, const void *p, size_t n, mode_t mode, struct rai_err *err);

/* Makes path and its parents, as mkdir -p. */
int rai_file_mkdirs(const char *path, struct rai_err *err);

/* Makes the folder that will hold the file path. */
int rai_file_mkdirs_for(const char *path, struct rai_err *err);

/* "$TMPDIR/name.XXXXXX" (or in /tmp) for mkstemp() and mkdtemp(); cut at size - 1 bytes. */
void rai_file_scratch(const char *name, char *out, size_t size);

/* Removes a file or a folder with all in it; a missing one is fine.  Follows no links. */
int rai_file_remove_tree(const char *path, struct rai_err *err);

/* dir "/" name with the slash only where needed; caller frees; NULL: out of memory. */
char *rai_file_join(const char *dir, const char *name);

#endif
