#ifndef RAI_BASE_TAP_H
#define RAI_BASE_TAP_H

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Test Anything Protocol for the *_test.c files: check, then return tap_done() from main. */
static int tap_count, tap_failed;

static inline int
tap_ok(int pass, const char *name, const char *file, int line)
{
	printf("%sok %d - %s\n", pass ? "" : "not ", ++tap_count, name);
	if (!pass) {
		tap_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	return pass;
}

#define ok(pass, name) tap_ok((pass) != 0, name, __FILE__, __LINE__)

#define is_str(got, want, name)                                                                   \
	do {                                                                                      \
		const char *tap_g = (got), *tap_w = (want);                                       \
		if (!ok(tap_g != NULL && strcmp(tap_g, tap_w) == 0, name))                        \
			printf("# got \"%s\"\n# want \"%s\"\n", tap_g ? tap_g : "(null)", tap_w); \
	} while (0)

#define is_int(got, want, name)                                                \
	do {                                                                   \
		long long tap_g = (long long)(got), tap_w = (long long)(want); \
		if (!ok(tap_g == tap_w, name))                                 \
			printf("# got %lld, want %lld\n", tap_g, tap_w);       \
	} while (0)

/* |got - want| <= rel * max(|want|, tiny) */
#define ok_rel(got, want, rel, name)                                                   \
	do {                                                                           \
		double tap_g = (got), tap_w = (want);                                  \
		if (!ok(fabs(tap_g - tap_w) <= (rel)*fmax(fabs(tap_w), 1e-300), name)) \
			printf("# got %.17g, want %.17g\n", tap_g, tap_w);             \
	} while (0)

#define ok_near(got, want, eps, name)                                      \
	do {                                                               \
		double tap_g = (got), tap_w = (want);                      \
		if (!ok(fabs(tap_g - tap_w) <= (eps), name))               \
			printf("# got %.17g, want %.17g\n", tap_g, tap_w); \
	} while (0)

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
