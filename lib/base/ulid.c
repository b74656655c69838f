#include "base/ulid.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/rng.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* v in n letters of 5 bits. */
static inline void
put(char *out, int n, uint64_t v)
{
	for (; n > 0; v >>= 5)
		out[--n] = alphabet[v & 31];
}

void
rai_ulid_from(int64_t ms, const unsigned char random[10], char out[RAI_ULID_TEXT])
{
	uint64_t first = 0, second = 0; /* 40 bits each */
	int i;

	for (i = 0; i < 5; i++) {
		first = first << 8 | random[i];
		second = second << 8 | random[5 + i];
	}
	put(out, 10, (uint64_t)ms);
	put(out + 10, 8, first);
	put(out + 18, 8, second);
	out[26] = '\0';
}

void
rai_ulid_new(int64_t now_ms, char out[RAI_ULID_TEXT])
{
	unsigned char random[10] = {0};

	if (rai_rng_os(random, sizeof(random)) != 0)
		abort(); /* a kernel without random numbers: nothing we write could be trusted */
	rai_ulid_from(now_ms, random, out);
}

void
rai_ulid_named(int64_t ms, const void *name, size_t n, char out[RAI_ULID_TEXT])
{
	struct rai_hash *h = rai_hash_new();
	char hex[RAI_HASH_HEX];
	unsigned char random[10];
	int i;

	rai_hash_add(h, name, n);
	rai_hash_end(h, hex);
	for (i = 0; i < 10; i++)
		random[i] =
		    (unsigned char)strtoul((char[]){hex[2 * i], hex[2 * i + 1], 0}, NULL, 16);
	rai_ulid_from(ms, random, out);
}

int
rai_ulid_valid(const char *s, size_t len)
{
	size_t i;

	if (len != 26 || s[0] > '7')
		return 0;
	for (i = 0; i < len; i++)
		if (s[i] == '\0' || strchr(alphabet, s[i]) == NULL)
			return 0;
	return 1;
}
