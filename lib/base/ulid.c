#include "base/ulid.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/rng.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* In each byte 1 where that of v, which is below 128, is above t. */
static inline uint64_t
above(uint64_t v, unsigned t)
{
	const uint64_t ones = UINT64_MAX / 255;

	return (v + ones * (127 - t)) >> 7 & ones;
}

/* The lowest 40 bits of v as 8 letters, all at once: spread to 5 in each byte, then made letters.
 */
static inline void
put(char *out, uint64_t v)
{
	v = (v & 0xfffff) | (v >> 20 & 0xfffff) << 32;
	v = (v & UINT64_C(0x000003ff000003ff)) | (v & UINT64_C(0x000ffc00000ffc00)) << 6;
	v = (v & UINT64_C(0x001f001f001f001f)) | (v & UINT64_C(0x03e003e003e003e0)) << 3;
	/* A follows 9, and I, L, O and U are left out */
	v += UINT64_MAX / 255 * '0' + 7 * above(v, 9) + above(v, 17) + above(v, 19) + above(v, 21) +
	     above(v, 26);
	v = htobe64(v);
	memcpy(out, &v, sizeof(v));
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
	out[0] = alphabet[ms >> 45 & 31];
	out[1] = alphabet[ms >> 40 & 31];
	put(out + 2, (uint64_t)ms);
	put(out + 10, first);
	put(out + 18, second);
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
