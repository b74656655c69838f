#include "page/page.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

enum { DIGEST = 32 };

static unsigned
digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* RFC 4648, section 4, of one SHA-256: 44 characters. */
static void
base64(const unsigned char digest[DIGEST], char *out)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i;

	for (i = 0; i < DIGEST; i += 3) {
		unsigned v = (unsigned)digest[i] << 16 | (unsigned)digest[i + 1] << 8;

		if (i + 2 < DIGEST)
			v |= digest[i + 2];
		*out++ = letters[v >> 18];
		*out++ = letters[v >> 12 & 63];
		*out++ = letters[v >> 6 & 63];
		*out++ = i + 2 < DIGEST ? letters[v & 63] : '=';
	}
	*out = '\0';
}

void
rai_page_source(const char *text, size_t n, char out[RAI_PAGE_SOURCE])
{
	struct rai_hash *h = rai_hash_new();
	unsigned char digest[DIGEST];
	char hex[RAI_HASH_HEX], base[48];
	size_t i;

	out[0] = '\0';
	if (h == NULL)
		return;
	rai_hash_add(h, text, n);
	rai_hash_end(h, hex);
	for (i = 0; i < DIGEST; i++)
		digest[i] = (unsigned char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	base64(digest, base);
	snprintf(out, RAI_PAGE_SOURCE, "'sha256-%s'", base);
}
