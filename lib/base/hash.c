#include "base/hash.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rai_hash {
	EVP_MD_CTX *md;
};

int
rai_hash_is_digest(const char *text)
{
	return strncmp(text, "sha256:", 7) == 0 && strlen(text) == RAI_HASH_DIGEST - 1 &&
	       strspn(text + 7, "0123456789abcdef") == 64;
}

static struct rai_hash *
hash_new(const EVP_MD *kind)
{
	struct rai_hash *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->md = EVP_MD_CTX_new();
	if (h->md == NULL || EVP_DigestInit_ex(h->md, kind, NULL) != 1) {
		EVP_MD_CTX_free(h->md);
		free(h);
		return NULL;
	}
	return h;
}

struct rai_hash *
rai_hash_new(void)
{
	return hash_new(EVP_sha256());
}

struct rai_hash *
rai_hash_new_md5(void)
{
	return hash_new(EVP_md5());
}

void
rai_hash_add(struct rai_hash *h, const void *p, size_t n)
{
	if (h != NULL && n > 0)
		EVP_DigestUpdate(h->md, p, n);
}

void
rai_hash_end(struct rai_hash *h, char hex[RAI_HASH_HEX])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned int i, n = 0;

	hex[0] = '\0';
	if (h == NULL)
		return;
	EVP_DigestFinal_ex(h->md, raw, &n);
	for (i = 0; i < n && i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", raw[i]);
	EVP_MD_CTX_free(h->md);
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
