#include "base/num.h"

#include <ctype.h>
#include <errno.h>
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
rai_num_rate(const char *s, size_t len, double *out_per_ms)
{
	static const struct {
		const char *name;
		double ms;
	} unit[] = {{"s", 1e3}, {"min", 60e3}, {"h", 3600e3}, {"d", 86400e3}};
	const char *slash = memchr(s, '/', len);
	size_t i, left;
	double n;

	if (slash == NULL || rai_num_double(s, (size_t)(slash - s), &n) != 0 || !(n > 0) || n > 1e9)
		return -1;
	left = len - (size_t)(slash - s) - 1;
	for (i = 0; i < sizeof(unit) / sizeof(unit[0]); i++)
		if (strlen(unit[i].name) == left && memcmp(slash + 1, unit[i].name, left) == 0) {
			*out_per_ms = n / unit[i].ms;
			return 0;
		}
	return -1;
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
