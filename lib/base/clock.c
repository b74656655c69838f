#include "base/clock.h"

#include <string.h>
#include <time.h>

int64_t
rai_clock_now(const struct rai_clock *c)
{
	struct timespec ts;

	if (c != NULL && c->fixed)
		return c->now_ms;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
rai_clock_mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Both directions: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
int64_t
rai_clock_days(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

void
rai_clock_civil(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

/* v as n digits, and the end of them. */
static char *
put(char *p, int v, int n)
{
	int i;

	for (i = n - 1; i >= 0; i--, v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + n;
}

void
rai_clock_format(int64_t ms, char out[RAI_CLOCK_TEXT])
{
	int64_t days = ms / 86400000, rest = ms % 86400000;
	char *p = out;
	int y, m, d;

	if (rest < 0) {
		rest += 86400000;
		days--;
	}
	rai_clock_civil(days, &y, &m, &d);
	p = put(p, (y % 10000 + 10000) % 10000, 4);
	*p++ = '-';
	p = put(p, m, 2);
	*p++ = '-';
	p = put(p, d, 2);
	*p++ = 'T';
	p = put(p, (int)(rest / 3600000), 2);
	*p++ = ':';
	p = put(p, (int)(rest / 60000 % 60), 2);
	*p++ = ':';
	p = put(p, (int)(rest / 1000 % 60), 2);
	if (rest % 1000 != 0) {
		*p++ = '.';
		p = put(p, (int)(rest % 1000), 3);
	}
	*p++ = 'Z';
	*p = '\0';
}

/* Exactly n digits at *s; -1 when they are not there. */
static int
digits(const char **s, const char *end, int n)
{
	int v = 0;

	for (; n > 0; n--, (*s)++) {
		if (*s >= end || **s < '0' || **s > '9')
			return -1;
		v = v * 10 + (**s - '0');
	}
	return v;
}

static int
literal(const char **s, const char *end, char c)
{
	if (*s >= end || **s != c)
		return -1;
	(*s)++;
	return 0;
}

static int
days_in_month(int y, int m)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : days[m - 1];
}

/* ".123456789" to milliseconds; further digits are dropped. */
static int
fraction(const char **s, const char *end)
{
	int ms = 0, scale = 100, n = 0;

	for (; *s < end && **s >= '0' && **s <= '9'; (*s)++, n++, scale /= 10)
		ms += (**s - '0') * scale;
	return n >= 1 && n <= 9 ? ms : -1;
}

static int
offset_minutes(const char **s, const char *end, int *out)
{
	int sign, h, m;

	if (*s < end && (**s == 'Z' || **s == 'z')) {
		(*s)++;
		*out = 0;
		return 0;
	}
	if (*s >= end || (**s != '+' && **s != '-'))
		return -1;
	sign = **s == '-' ? -1 : 1;
	(*s)++;
	h = digits(s, end, 2);
	if (h < 0 || h > 23 || literal(s, end, ':') != 0)
		return -1;
	m = digits(s, end, 2);
	if (m < 0 || m > 59)
		return -1;
	*out = sign * (h * 60 + m);
	return 0;
}

int
rai_clock_parse(const char *s, size_t len, int64_t *out_ms)
{
	const char *end = s + len;
	int y, mo, d, h = 0, mi = 0, sec = 0, ms = 0, off = 0;

	if ((y = digits(&s, end, 4)) < 0 || literal(&s, end, '-') != 0 ||
	    (mo = digits(&s, end, 2)) < 1 || mo > 12 || literal(&s, end, '-') != 0 ||
	    (d = digits(&s, end, 2)) < 1 || d > days_in_month(y, mo))
		return -1;
	if (s < end) {
		if (*s != 'T' && *s != 't' && *s != ' ')
			return -1;
		s++;
		if ((h = digits(&s, end, 2)) < 0 || h > 23 || literal(&s, end, ':') != 0 ||
		    (mi = digits(&s, end, 2)) < 0 || mi > 59 || literal(&s, end, ':') != 0 ||
		    (sec = digits(&s, end, 2)) < 0 || sec > 60)
			return -1;
		if (s < end && *s == '.') {
			s++;
			if ((ms = fraction(&s, end)) < 0)
				return -1;
		}
		if (offset_minutes(&s, end, &off) != 0 || s != end)
			return -1;
	}
	*out_ms = ((rai_clock_days(y, mo, d) * 24 + h) * 60 + mi - off) * 60000 +
		  (int64_t)sec * 1000 + ms;
	return 0;
}
