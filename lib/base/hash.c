/*
 * SHA-256 by the functions that are called directly: what stands before them since OpenSSL 3 looks
 * for providers and reads their configuration first, which takes longer than many of our processes.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rai_hash {
	SHA256_CTX sha;
	EVP_MD_CTX *md5; /* NULL: it is SHA-256 */
};

int
rai_hash_is_digest(const char *text)
{
	return strncmp(text, "sha256:", 7) == 0 && strlen(text) == RAI_HASH_DIGEST - 1 &&
	       strspn(text + 7, "0123456789abcdef") == 64;
}

struct rai_hash *
rai_hash_new(void)
{
	struct rai_hash *h = calloc(1, sizeof(*h));

	if (h != NULL)
		SHA256_Init(&h->sha);
	return h;
}

struct rai_hash *
rai_hash_new_md5(void)
{
	struct rai_hash *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->md5 = EVP_MD_CTX_new();
	if (h->md5 == NULL || EVP_DigestInit_ex(h->md5, EVP_md5(), NULL) != 1) {
		EVP_MD_CTX_free(h->md5);
		free(h);
		return NULL;
	}
	return h;
}

void
rai_hash_add(struct rai_hash *h, const void *p, size_t n)
{
	if (h == NULL || n == 0)
		return;
	if (h->md5 != NULL)
		EVP_DigestUpdate(h->md5, p, n);
	else
		SHA256_Update(&h->sha, p, n);
}

void
rai_hash_end(struct rai_hash *h, char hex[RAI_HASH_HEX])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned int i, n = SHA256_DIGEST_LENGTH;

	hex[0] = '\0';
	if (h == NULL)
		return;
	if (h->md5 != NULL)
		EVP_DigestFinal_ex(h->md5, raw, &n);
	else
		SHA256_Final(raw, &h->sha);
	for (i = 0; i < n && i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", raw[i]);
	EVP_MD_CTX_free(h->md5);
	free(h);
}

int
rai_hash_bytes(const void *p, size_t n, char digest[RAI_HASH_DIGEST], struct rai_err *err)
{
	struct rai_hash *h = rai_hash_new();

	if (h == NULL)
		return rai_fail_memory(err);
	rai_hash_add(h, p, n);
	memcpy(digest, "sha256:", 7);
	rai_hash_end(h, digest + 7);
	return 0;
}

int
rai_hash_file(const char *path, char digest[RAI_HASH_DIGEST], struct rai_err *err)
{
	struct rai_hash *h = NULL;
	char chunk[1 << 16];
	FILE *f;
	size_t n;
	int rc = -1;

	f = fopen(path, "rb");
	if (f == NULL)
		return rai_fail_errno(err, "%s", path);
	h = rai_hash_new();
	if (h == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		rai_hash_add(h, chunk, n);
	if (ferror(f)) {
		rai_fail_errno(err, "%s: read", path);
		goto out;
	}
	memcpy(digest, "sha256:", 7);
	rai_hash_end(h, digest + 7);
	h = NULL;
	rc = 0;
out:
	if (h != NULL) {
		char lost[RAI_HASH_HEX];

		rai_hash_end(h, lost);
	}
	fclose(f);
	return rc;
}
