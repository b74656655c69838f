#ifndef RAI_ORIGIN_POINTER_H
#define RAI_ORIGIN_POINTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What DVC writes beside data it tracks ("data.csv.dvc": YAML) and about a folder of them (JSON);
 * https://dvc.org/doc/user-guide/project-structure. */
#define RAI_POINTER_MD5 33 /* 32 hex digits and the NUL */

struct rai_pointer {
	char md5[RAI_POINTER_MD5];
	int folder;   /* md5 is of the list of a folder's files */
	int legacy;   /* of DVC 2: md5 of a text is with its line ends as \n */
	int64_t size; /* bytes, of a folder all its files; -1: not told */
	char *path;   /* what it stands for, relative to the pointer's folder */
	char *remote; /* where it is, instead of the default; or NULL */
};

/* The pointer must have one output; rai_pointer_release() also after a failure. */
int rai_pointer_read(const char *path, struct rai_pointer *out, struct rai_err *err);
int rai_pointer_parse(
    const char *file, const char *text, size_t len, struct rai_pointer *out, struct rai_err *err);
void rai_pointer_release(struct rai_pointer *p);

/*
 * The file called inside in the list of a folder.  Without such a file the message says which
 * there are; inside may be NULL for that alone.  what stands in messages.
 */
int rai_pointer_find(const char *what, const char *list, size_t len, const char *inside,
    char md5[RAI_POINTER_MD5], struct rai_err *err);

#endif
