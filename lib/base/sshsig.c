#include "base/sshsig.h"

#include <fnmatch.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN "-----BEGIN SSH SIGNATURE-----"
#define END "-----END SSH SIGNATURE-----"
#define KIND "ssh-ed25519"
#define BLANK " \t\r\n"

/* BLOB: of a signature or a key, decoded; KEY, SIGNATURE: of Ed25519 (RFC 8032). */
enum { BLOB = 4096, KEY = 32, SIGNATURE = 64 };

/* A piece of an SSH message, or what is left of one. */
struct piece {
	const unsigned char *p;
	size_t n;
};

/* Takes one string (RFC 4251, 5: its length in 4 bytes, then its bytes) from the front. */
static int
take(struct piece *from, struct piece *out)
{
	size_t n;

	if (from->n < 4)
		return -1;
	n = (size_t)from->p[0] << 24 | (size_t)from->p[1] << 16 | (size_t)from->p[2] << 8 |
	    from->p[3];
	if (n > from->n - 4)
		return -1;
	*out = (struct piece){from->p + 4, n};
	from->p += 4 + n;
	from->n -= 4 + n;
	return 0;
}

static int
is(struct piece a, const char *text)
{
	return a.n == strlen(text) && memcmp(a.p, text, a.n) == 0;
}

static int
same(struct piece a, struct piece b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* Base64 of n characters, blanks among them left out, into a blob.  -1: it is none. */
static int
decode(const char *text, size_t n, unsigned char blob[BLOB], struct piece *out)
{
	char packed[BLOB / 3 * 4 + 1];
	size_t i, len = 0, pad = 0;
	int got;

	for (i = 0; i < n; i++)
		if (strchr(BLANK, text[i]) == NULL) {
			if (len == sizeof(packed) - 1)
				return -1;
			packed[len++] = text[i];
		}
	while (pad < 2 && pad < len && packed[len - 1 - pad] == '=')
		pad++;
	if (len == 0 || len % 4 != 0)
		return -1;
	got = EVP_DecodeBlock(blob, (const unsigned char *)packed, (int)len);
	if (got < 0 || (size_t)got < pad)
		return -1;
	*out = (struct piece){blob, (size_t)got - pad};
	return 0;
}

struct signature {
	struct piece key, space, hash, value; /* the whole public key; 64 bytes of signature */
};

static int
read_signature(const char *text, unsigned char blob[BLOB], struct signature *s, struct rai_err *err)
{
	const char *from = strstr(text, BEGIN), *to;
	struct piece all, reserved, signature, kind;

	if (from != NULL)
		from += strlen(BEGIN);
	to = from == NULL ? NULL : strstr(from, END);
	if (to == NULL || decode(from, (size_t)(to - from), blob, &all) != 0)
		return rai_fail(err, RAI_EINPUT, "not an SSH signature (ssh-keygen -Y sign)");
	if (all.n < 10 || memcmp(all.p, "SSHSIG\0\0\0\1", 10) != 0)
		return rai_fail(err, RAI_EINPUT, "not an SSH signature of version 1");
	all.p += 10;
	all.n -= 10;
	if (take(&all, &s->key) != 0 || take(&all, &s->space) != 0 || take(&all, &reserved) != 0 ||
	    take(&all, &s->hash) != 0 || take(&all, &signature) != 0 || all.n != 0 ||
	    take(&signature, &kind) != 0 || take(&signature, &s->value) != 0 || signature.n != 0)
		return rai_fail(err, RAI_EINPUT, "the SSH signature is cut off or malformed");
	if (!is(kind, KIND) || s->value.n != SIGNATURE)
		return rai_fail(
		    err, RAI_EINPUT, "the key is no " KIND " key, and no other is taken");
	return 0;
}

/* The end of a word that may have quoted parts. */
static const char *
word_end(const char *s)
{
	int quoted = 0;

	for (; *s != '\0' && *s != '\n' && (quoted || (*s != ' ' && *s != '\t')); s++)
		if (*s == '"')
			quoted = !quoted;
	return s;
}

/* Do these options allow the namespace?  Only one is understood: namespaces="pattern,pattern". */
static int
options_allow(const char *s, size_t n, const char *space)
{
	static const char name[] = "namespaces=\"";
	char list[256], *pattern, *save = NULL;
	size_t len = sizeof(name) - 1;

	if (n <= len || n - len > sizeof(list) || strncmp(s, name, len) != 0 || s[n - 1] != '"')
		return 0;
	memcpy(list, s + len, n - len - 1);
	list[n - len - 1] = '\0';
	if (strpbrk(list, "\"!") != NULL)
		return 0;
	for (pattern = strtok_r(list, ",", &save); pattern != NULL;
	     pattern = strtok_r(NULL, ",", &save))
		if (fnmatch(pattern, space, 0) == 0)
			return 1;
	return 0;
}

/* One line: principals [options] kind key [comment]. */
static int
line_grants(const char *line, struct piece key, const char *space, char who[RAI_SSHSIG_WHO])
{
	const char *names = line + strspn(line, " \t"), *end = word_end(names);
	const char *word = end + strspn(end, " \t"), *stop = word_end(word);
	unsigned char blob[BLOB];
	struct piece listed;

	if (*names == '#' || end == names)
		return 0;
	if ((size_t)(stop - word) != strlen(KIND) || strncmp(word, KIND, strlen(KIND)) != 0) {
		if (!options_allow(word, (size_t)(stop - word), space))
			return 0;
		word = stop + strspn(stop, " \t");
		stop = word_end(word);
		if ((size_t)(stop - word) != strlen(KIND) || strncmp(word, KIND, strlen(KIND)) != 0)
			return 0;
	}
	word = stop + strspn(stop, " \t");
	stop = word_end(word);
	if (decode(word, (size_t)(stop - word), blob, &listed) != 0 || !same(listed, key))
		return 0;
	snprintf(who, RAI_SSHSIG_WHO, "%.*s", (int)(end - names < 100 ? end - names : 100), names);
	return 1;
}

static int
is_allowed(const char *signers, struct piece key, const char *space, char who[RAI_SSHSIG_WHO])
{
	const char *line = signers, *next;

	for (; line != NULL; line = next == NULL ? NULL : next + 1) {
		next = strchr(line, '\n');
		if (line_grants(line, key, space, who))
			return 1;
	}
	return 0;
}

static void
put(unsigned char *out, size_t *n, const void *p, size_t len)
{
	const unsigned char head[] = {(unsigned char)(len >> 24), (unsigned char)(len >> 16),
	    (unsigned char)(len >> 8), (unsigned char)len};

	memcpy(out + *n, head, 4);
	memcpy(out + *n + 4, p, len);
	*n += 4 + len;
}

/* The bytes that are signed hold a hash of the message, not itself. */
static int
is_true(const struct signature *s, const unsigned char key[KEY], const void *p, size_t n)
{
	const EVP_MD *md = is(s->hash, "sha512")   ? EVP_sha512()
			   : is(s->hash, "sha256") ? EVP_sha256()
						   : NULL;
	unsigned char hash[EVP_MAX_MD_SIZE], text[6 + 4 * 4 + BLOB + 64 + EVP_MAX_MD_SIZE];
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, KEY);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned int nhash = 0;
	size_t len = 6;
	int good = 0;

	if (md != NULL && pkey != NULL && ctx != NULL &&
	    EVP_Digest(p, n, hash, &nhash, md, NULL) == 1) {
		memcpy(text, "SSHSIG", 6);
		put(text, &len, s->space.p, s->space.n);
		put(text, &len, "", 0);
		put(text, &len, s->hash.p, s->hash.n);
		put(text, &len, hash, nhash);
		good = EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
		       EVP_DigestVerify(ctx, s->value.p, SIGNATURE, text, len) == 1;
	}
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return good;
}

int
rai_sshsig_check(const char *signature, const char *signers, const char *space, const void *p,
    size_t n, char who[RAI_SSHSIG_WHO], struct rai_err *err)
{
	unsigned char blob[BLOB];
	struct piece key, kind, raw;
	struct signature s;

	if (read_signature(signature, blob, &s, err) != 0)
		return -1;
	key = s.key;
	if (take(&key, &kind) != 0 || take(&key, &raw) != 0 || key.n != 0 || !is(kind, KIND) ||
	    raw.n != KEY)
		return rai_fail(
		    err, RAI_EINPUT, "the key is no " KIND " key, and no other is taken");
	if (!is(s.space, space))
		return rai_fail(err, RAI_EINPUT,
		    "signed for the namespace \"%.*s\", not for \"%s\"",
		    (int)(s.space.n < 60 ? s.space.n : 60), (const char *)s.space.p, space);
	if (!is_allowed(signers, s.key, space, who))
		return rai_fail(
		    err, RAI_EINPUT, "signed with a key that is not an allowed signer's");
	if (!is_true(&s, raw.p, p, n))
		return rai_fail(err, RAI_EINPUT, "the signature is not of these bytes");
	return 0;
}
