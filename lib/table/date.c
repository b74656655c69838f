#include "table/date.h"

#include <stdint.h>

#include "base/clock.h"

/* Digits of at least min and at most max from s; returns how many, 0 when it does not fit. */
static size_t
digits(const char *s, size_t len, size_t min, size_t max, int *out)
{
	size_t n;

	*out = 0;
	for (n = 0; n < len && n < max && s[n] >= '0' && s[n] <= '9'; n++)
		*out = *out * 10 + (s[n] - '0');
	return n < min ? 0 : n;
}

static int
civil(int y, int m, int d, double *days)
{
	static const signed char length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

	if (y < 1000 || m < 1 || m > 12 || d < 1 || d > length[m - 1] + (m == 2 && leap))
		return -1;
	*days = (double)rai_clock_days(y, m, d);
	return 0;
}

int
rai_date_iso(const char *s, size_t len, double *days)
{
	int64_t ms;
	int y, m, d;

	if (len < 10 || digits(s, 4, 4, 4, &y) == 0 || s[4] != '-' ||
	    digits(s + 5, 2, 2, 2, &m) == 0 || s[7] != '-' || digits(s + 8, 2, 2, 2, &d) == 0)
		return -1;
	if (len > 10 && rai_clock_parse(s, len, &ms) != 0)
		return -1;
	return civil(y, m, d, days);
}

int
rai_date_day_first(const char *s, size_t len, double *days)
{
	size_t at, n;
	int y, m, d;
	char mark;

	at = digits(s, len, 1, 2, &d);
	if (at == 0 || at == len)
		return -1;
	mark = s[at++];
	if (mark != '/' && mark != '-' && mark != '.')
		return -1;
	n = digits(s + at, len - at, 1, 2, &m);
	at += n;
	if (n == 0 || at == len || s[at++] != mark)
		return -1;
	if (len - at != 4 || digits(s + at, 4, 4, 4, &y) == 0)
		return -1;
	return civil(y, m, d, days);
}
