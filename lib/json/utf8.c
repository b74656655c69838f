#include "json/utf8.h"

#include <stdint.h>
#include <string.h>

size_t
rai_utf8_step(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned char low = 0x80, high = 0xbf;
	size_t i, n;

	if (len == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] >= 0xc2 && u[0] <= 0xdf)
		n = 2;
	else if ((u[0] & 0xf0) == 0xe0) {
		n = 3;
		low = u[0] == 0xe0 ? 0xa0 : 0x80;
		high = u[0] == 0xed ? 0x9f : 0xbf;
	} else if (u[0] >= 0xf0 && u[0] <= 0xf4) {
		n = 4;
		low = u[0] == 0xf0 ? 0x90 : 0x80;
		high = u[0] == 0xf4 ? 0x8f : 0xbf;
	} else
		return 0;
	if (len < n || u[1] < low || u[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

int
rai_utf8_valid(const char *s, size_t len)
{
	size_t i, n;
	uint64_t eight;

	for (i = 0; i < len; i += n) {
		/* most text is ASCII, eight characters at a time */
		if (len - i >= sizeof(eight)) {
			memcpy(&eight, s + i, sizeof(eight));
			n = sizeof(eight);
			if ((eight & UINT64_C(0x8080808080808080)) == 0)
				continue;
		}
		if ((n = rai_utf8_step(s + i, len - i)) == 0)
			return -1;
	}
	return 0;
}
