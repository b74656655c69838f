#ifndef RAI_BASE_HASH_H
#define RAI_BASE_HASH_H

#include <stddef.h>

#include "base/err.h"

/* SHA-256 (FIPS 180-4) as lower-case hex, and as an OCI digest "sha256:<hex>". */
#define RAI_HASH_HEX 65    /* 64 digits and the NUL */
#define RAI_HASH_DIGEST 72 /* "sha256:", 64 digits and the NUL */

/* 1 when text is "sha256:" and 64 lower-case hex digits: to be asked of every digest from outside.
 */
int rai_hash_is_digest(const char *text);

struct rai_hash; /* a running digest */

struct rai_hash *rai_hash_new(void); /* NULL: out of memory */

/*
 * The same for MD5 (RFC 1321), whose hex has 32 digits: for telling apart what others name by it.
 * It proves nothing against someone who means harm.
 */
struct rai_hash *rai_hash_new_md5(void);
void rai_hash_add(struct rai_hash *h, const void *p, size_t n);
void rai_hash_end(struct rai_hash *h, char hex[RAI_HASH_HEX]); /* frees h; NULL gives "" */

int rai_hash_bytes(const void *p, size_t n, char digest[RAI_HASH_DIGEST], struct rai_err *err);
int rai_hash_file(const char *path, char digest[RAI_HASH_DIGEST], struct rai_err *err);

#endif
