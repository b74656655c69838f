#include "base/num.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
rai_num_int(const char *s, size_t len, int64_t min, int64_t max, int64_t *out)
{
	char text[24], *end;
	long long v;

	if (len == 0 || len >= sizeof(text))
		return -1;
	if (!isdigit((unsigned char)s[0]) &&
	    !((s[0] == '-' || s[0] == '+') && len > 1 && isdigit((unsigned char)s[1])))
		return -1;
	memcpy(text, s, len);
	text[len] = '\0';
	errno = 0;
	v = strtoll(text, &end, 10);
	if (end != text + len || errno == ERANGE || v < min || v > max)
		return -1;
	*out = v;
	return 0;
}

static int64_t
unit_ms(const char **s, const char *end)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000},
	    {"w", 604800000}};
	size_t i, n;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		n = strlen(units[i].name);
		if ((size_t)(end - *s) >= n && memcmp(*s, units[i].name, n) == 0) {
			*s += n;
			return units[i].ms;
		}
	}
	return 0;
}

int
rai_num_duration(const char *s, size_t len, int64_t *out_ms)
{
	const char *end = s + len;
	int64_t sum = 0, v, unit;
	int digits;

	if (len == 1 && s[0] == '0') {
		*out_ms = 0;
		return 0;
	}
	if (len == 0)
		return -1;
	while (s < end) {
		for (v = 0, digits = 0; s < end && isdigit((unsigned char)*s); s++, digits++)
			v = v * 10 + (*s - '0');
		if (digits == 0 || digits > 9 || (unit = unit_ms(&s, end)) == 0)
			return -1;
		sum += v * unit; /* at most 10^9 weeks a term: far from 2^63 for any short text */
		if (sum < 0 || sum > (int64_t)1 << 60)
			return -1;
	}
	*out_ms = sum;
	return 0;
}

int
rai_num_size(const char *s, size_t len, uint64_t *out)
{
	uint64_t unit = 1;
	int64_t v;

	if (len == 0)
		return -1;
	switch (s[len - 1]) {
	case 'K':
		unit = (uint64_t)1 << 10;
		break;
	case 'M':
		unit = (uint64_t)1 << 20;
		break;
	case 'G':
		unit = (uint64_t)1 << 30;
		break;
	}
	if (rai_num_int(s, unit > 1 ? len - 1 : len, 0, (int64_t)1 << 32, &v) != 0)
		return -1;
	*out = (uint64_t)v * unit;
	return 0;
}

/*
 * Short decimals, sooner and as the same text: if m / 10^k, both exact in a double, is v (one
 * division, rounded correctly), then the decimal m / 10^k reads back to v; of at most 15 digits
 * there is only one such, which is what %.15g prints.  0: v is not of this kind.
 */
static int
format_short(double v, char out[RAI_NUM_TEXT])
{
	static const double power[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
	char digit[24], *p = out;
	int k, n = 0;
	double m = 0;
	uint64_t u;

	if (!(fabs(v) < 1e15) || (v != 0 && fabs(v) < 1e-4) || (v == 0 && signbit(v)))
		return 0;
	for (k = 0; k <= 6; k++) {
		m = nearbyint(v * power[k]);
		if (fabs(m) >= 1e15)
			return 0;
		if (m / power[k] == v)
			break;
	}
	if (k > 6)
		return 0;
	for (u = (uint64_t)fabs(m); u > 0 || n <= k; u /= 10)
		digit[n++] = (char)('0' + u % 10);
	if (v < 0)
		*p++ = '-';
	while (n > 0) {
		if (n == k)
			*p++ = '.';
		*p++ = digit[--n];
	}
	*p = '\0';
	return (int)(p - out);
}

int
rai_num_format(double v, char out[RAI_NUM_TEXT])
{
	int digits, n = format_short(v, out);

	if (n > 0)
		return n;
	for (digits = 15; digits <= 17; digits++) {
		n = snprintf(out, RAI_NUM_TEXT, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			break;
	}
	return n;
}
