#ifndef RAI_BASE_CLOCK_H
#define RAI_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Wall time as milliseconds since 1970-01-01T00:00:00Z.  Every program takes its clock as an
 * argument (--now, SOURCE_DATE_EPOCH), so that a whole loop can be replayed.
 */
struct rai_clock {
	int fixed;      /* 1: now_ms is the answer, always */
	int64_t now_ms; /* only when fixed */
};

int64_t rai_clock_now(const struct rai_clock *c); /* c may be NULL: the system's clock */

/* Monotonic nanoseconds, for durations; never fixed. */
int64_t rai_clock_mono_ns(void);

/* "2026-11-23T06:42:23Z", with ".123" where the milliseconds are not 0.  RFC 3339, UTC. */
#define RAI_CLOCK_TEXT 32
void rai_clock_format(int64_t ms, char out[RAI_CLOCK_TEXT]);

/* RFC 3339 with any offset and up to 9 fraction digits, or a bare date.  0, or -1. */
int rai_clock_parse(const char *s, size_t len, int64_t *out_ms);

/* Days since 1970-01-01 of a civil date (proleptic Gregorian), and back. */
int64_t rai_clock_days(int year, int month, int day);
void rai_clock_civil(int64_t days, int *year, int *month, int *day);

#endif
