#ifndef RAI_OCI_BLOB_H
#define RAI_OCI_BLOB_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

/* Content by digest in an OCI layout directory: dir/blobs/sha256/<hex>. */

/* The file of a digest; caller frees; NULL: no memory. */
char *rai_blob_path(const char *dir, const char *digest);

/* Writes the bytes unless they are there; digest is their name. */
int rai_blob_write(
    const char *dir, const void *p, size_t n, char digest[RAI_HASH_DIGEST], struct rai_err *err);

/* Appends the blob to out after checking its digest, and its size where it is not negative. */
int rai_blob_read(
    const char *dir, const char *digest, int64_t size, struct rai_buf *out, struct rai_err *err);

/* Checks a blob of any size in place. */
int rai_blob_check(const char *dir, const char *digest, int64_t size, struct rai_err *err);

#endif
