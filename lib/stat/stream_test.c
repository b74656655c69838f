#include "stat/stream.h"

#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"
#include "stat/stat.h"

/* The streams of scripts/peers/stream_golden.py: their distribution changes at 3,000 and 6,000. */
enum { LENGTH = 9000 };

static double
value(struct rai_rng *r, int is_error, int i)
{
	double u = rai_rng_unit(r);

	if (is_error)
		return u < (i < 3000 ? 0.2 : i < 6000 ? 0.35 : 0.1);
	return i < 3000 ? u : i < 6000 ? u + 0.4 : 3 * u;
}

/* Up to most alarms of a stream from its beginning; after every value the detector goes into a
 * state and comes back out of it, when asked to. */
static size_t
alarms(const struct rai_stat_stream_rule *rule, uint64_t seed, int is_error, int restored, int *at,
    size_t most)
{
	struct rai_rng r = rai_rng_new(seed, 1);
	struct rai_stat_stream *s = NULL, *fresh;
	struct rai_stat_change change;
	const double *state;
	size_t n = 0, numbers;
	int i;

	if (rai_stat_stream_new(rule, &s, NULL) != 0)
		return 0;
	for (i = 0; i < LENGTH && n < most; i++) {
		if (rai_stat_stream_push(s, value(&r, is_error, i), &change) == RAI_STREAM_ALARM)
			at[n++] = i;
		if (!restored || i % 7 != 0)
			continue;
		state = rai_stat_stream_state(s, &numbers);
		if (rai_stat_stream_new(rule, &fresh, NULL) != 0 ||
		    rai_stat_stream_restore(fresh, state, numbers, NULL) != 0)
			n = most + 1;
		rai_stat_stream_free(s);
		s = fresh;
	}
	rai_stat_stream_free(s);
	return n;
}

/* Where River 0.26.1 alarms on the same streams, up to the twelfth alarm. */
static void
test_river(void)
{
	static const struct {
		const char *name;
		enum rai_stat_stream_kind kind;
		double set; /* threshold or delta where not 0 */
		int is_error;
		uint64_t seed;
		int at[13];
	} golden[] = {
	    {"page-hinkley 1", RAI_STREAM_PAGE_HINKLEY, 0, 0, 1, {3131, 6053}},
	    {"page-hinkley 2", RAI_STREAM_PAGE_HINKLEY, 0, 0, 2, {3139, 6088, 8795}},
	    {"page-hinkley 3", RAI_STREAM_PAGE_HINKLEY, 0, 0, 3, {3098, 6043, 6649}},
	    {"page-hinkley, threshold 5", RAI_STREAM_PAGE_HINKLEY, 5, 0, 1,
		{537, 756, 1047, 1174, 1257, 1368, 1670, 1748, 1853, 2117, 2333, 2434}},
	    {"page-hinkley, threshold 5", RAI_STREAM_PAGE_HINKLEY, 5, 0, 3,
		{142, 379, 624, 712, 784, 832, 976, 1075, 1200, 1345, 1504, 1592}},
	    {"adwin 1", RAI_STREAM_ADWIN, 0, 0, 1, {3039, 6047}},
	    {"adwin 2", RAI_STREAM_ADWIN, 0, 0, 2, {3071, 6047}},
	    {"adwin of errors 1", RAI_STREAM_ADWIN, 0, 1, 1, {3231, 6111}},
	    {"adwin of errors 2", RAI_STREAM_ADWIN, 0, 1, 2, {3135, 6143}},
	    {"adwin, delta 0.5", RAI_STREAM_ADWIN, 0.5, 1, 3, {2815, 3199, 4063, 4319, 6047, 6847}},
	    {"ddm 1", RAI_STREAM_DDM, 0, 1, 1, {3227, 3708}},
	    {"ddm 2", RAI_STREAM_DDM, 0, 1, 2, {3691}},
	    {"ddm 3", RAI_STREAM_DDM, 0, 1, 3, {140, 3719, 3759, 4079}},
	    {"eddm 1", RAI_STREAM_EDDM, 0, 1, 1,
		{351, 510, 748, 889, 1116, 1302, 1484, 1664, 1829, 1935, 2904, 3023}},
	    {"eddm 2", RAI_STREAM_EDDM, 0, 1, 2,
		{185, 373, 547, 689, 960, 1160, 1314, 1468, 1632, 1936, 2050, 2228}},
	    {"kswin 1", RAI_STREAM_KSWIN, 0, 0, 1, {887, 3024, 3741, 6034}},
	    {"kswin 2", RAI_STREAM_KSWIN, 0, 0, 2, {72, 2047, 3025, 6025, 7424, 7540, 8034}},
	    {"kswin 3", RAI_STREAM_KSWIN, 0, 0, 3, {3028, 6025}},
	};
	struct rai_stat_stream_rule rule;
	size_t i, k, n, want;
	int at[12], same;

	for (i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		rule = rai_stat_stream_default(golden[i].kind);
		if (golden[i].set > 0)
			rule.delta = rule.threshold = golden[i].set;
		if (golden[i].kind == RAI_STREAM_PAGE_HINKLEY)
			rule.delta = 0.005;
		if (golden[i].kind == RAI_STREAM_KSWIN) {
			rule.alpha = 0.001;
			rule.window = 60;
		}
		for (want = 0; golden[i].at[want] > 0; want++)
			;
		n = alarms(&rule, golden[i].seed, golden[i].is_error, 0, at, 12);
		for (same = n == want, k = 0; same && k < n; k++)
			same = at[k] == golden[i].at[k];
		ok(same, golden[i].name);
	}
}

/* An interruption at any place changes nothing. */
static void
test_restore(void)
{
	static double reference[500];
	struct rai_stat_stream_rule rule;
	int kind, at[2][20], same;
	size_t n[2], i;

	for (i = 0; i < 500; i++)
		reference[i] = ((double)i + 0.5) / 500;
	for (kind = RAI_STREAM_CUSUM; kind <= RAI_STREAM_KSWIN; kind++) {
		int is_error = kind == RAI_STREAM_DDM || kind == RAI_STREAM_EDDM;

		rule = rai_stat_stream_default(kind);
		rule.reference = reference;
		rule.nreference = 500;
		rule.rows = 5000;
		for (i = 0; i < 2; i++)
			n[i] = alarms(&rule, 1, is_error, (int)i, at[i], 20);
		for (same = n[0] == n[1] && n[0] > 0, i = 0; same && i < n[0]; i++)
			same = at[0][i] == at[1][i];
		ok(same, rai_stat_stream_names[kind]);
	}
}

/* State that no detector has written is refused, and what is taken does no harm. */
static void
test_hostile(void)
{
	static const double evil[] = {-1, 0.5, 1e18, 6, 44, 999999999, NAN, INFINITY};
	double reference[] = {0, 0, 0, 0, 1}, copy[1024];
	struct rai_stat_stream_rule rule;
	struct rai_stat_stream *s = NULL;
	struct rai_stat_change change;
	struct rai_err err = RAI_ERR_INIT;
	size_t n, i, k;
	int kind, taken = 0, j;

	for (kind = RAI_STREAM_CUSUM; kind <= RAI_STREAM_KSWIN; kind++) {
		rule = rai_stat_stream_default(kind);
		rule.reference = reference;
		rule.nreference = 5;
		rule.rows = 5;
		if (!ok(rai_stat_stream_new(&rule, &s, &err) == 0, "a detector"))
			continue;
		for (j = 0; j < 70; j++)
			(void)rai_stat_stream_push(s, j % 3 == 0, &change);
		(void)rai_stat_stream_state(s, &n);
		ok(rai_stat_stream_restore(s, copy, n - 1, &err) != 0, "too few numbers");
		for (i = 0; i < n; i++)
			for (k = 0; k < sizeof(evil) / sizeof(evil[0]); k++) {
				memcpy(copy, rai_stat_stream_state(s, &n), n * sizeof(*copy));
				copy[i] = evil[k];
				if (rai_stat_stream_restore(s, copy, n, &err) != 0)
					continue;
				for (j = 0; j < 40; j++)
					taken += rai_stat_stream_push(s, j % 2, &change) >= 0;
			}
		copy[0] = NAN;
		ok(rai_stat_stream_restore(s, copy, n, &err) != 0, "no number");
		rai_stat_stream_free(s);
	}
	ok(taken > 0, "what is sound is taken");
	rule.reference = NULL;
	rule.kind = RAI_STREAM_CUSUM;
	ok(rai_stat_stream_new(&rule, &s, &err) != 0, "a CUSUM wants a reference");
	is_str(err.msg, "cusum: wants a reference of 2 to 100000 values", "and says so");
}

static double
normal(struct rai_rng *r)
{
	double u = rai_rng_unit(r);

	return rai_stat_normal_score(u > 0 ? u : 0.5);
}

/* Of n streams of 6,000 clean values, how many alarm; of as many that have changed, the median
 * delay. */
struct tally {
	int alarms;
	double delay, after;
};

static struct tally
judge(
    struct rai_stat_stream_rule *rule, double (*draw)(struct rai_rng *, double), double size, int n)
{
	struct rai_rng r = rai_rng_new(5, 2);
	struct rai_stat_change change = {0, 0, 0};
	struct rai_stat_stream *s;
	struct tally t = {0, 0, 0};
	double *delay = calloc((size_t)n, sizeof(*delay));
	int b, i;

	if (delay == NULL || rai_stat_stream_new(rule, &s, NULL) != 0)
		return t;
	for (b = 0; b < n; b++) {
		for (i = 0; i < 6000 && rai_stat_stream_push(s, draw(&r, 0), &change) == 0; i++)
			;
		t.alarms += i < 6000;
		for (i = 1; i < 6000 && rai_stat_stream_push(s, draw(&r, size), &change) == 0; i++)
			;
		delay[b] = i;
		t.after += change.after / n;
	}
	rai_stat_sort(delay, (size_t)n);
	t.delay = delay[n / 2];
	free(delay);
	rai_stat_stream_free(s);
	return t;
}

static double
shifted(struct rai_rng *r, double size)
{
	return normal(r) + size;
}

static double
missed(struct rai_rng *r, double size)
{
	return rai_rng_unit(r) < 0.2 + size;
}

/*
 * 4 % of 60 clean streams are 2.4; 8 or more have a chance of 1 in 300.  Of 600 they are 24, and
 * rather less as the limit allows for a reference that is a sample, which this one is not.
 */
static void
test_cusum(void)
{
	static double reference[500], bits[500];
	struct rai_stat_stream_rule rule = rai_stat_stream_default(RAI_STREAM_CUSUM);
	struct tally t;
	size_t i;

	for (i = 0; i < 500; i++) {
		reference[i] = rai_stat_normal_score(((double)i + 0.5) / 500);
		bits[i] = i >= 400;
	}
	rule.reference = reference;
	rule.nreference = 500;
	rule.rows = 10000;
	t = judge(&rule, shifted, 1, 60);
	ok(t.alarms < 8, "a clean stream seldom alarms");
	ok(t.delay <= 25 && t.delay >= 10, "one standard deviation is seen in some 20 values");
	/* Rather more: it alarms where the values happened to be high. */
	ok_near(t.after, 1.1, 0.15, "and measured");
	t = judge(&rule, shifted, 3, 600);
	ok(t.alarms >= 8 && t.alarms <= 36, "as often as it was asked for");
	t = judge(&rule, shifted, -0.5, 60);
	ok(t.delay <= 100, "half of one downwards in less than 100");
	rule.upward = 1;
	t = judge(&rule, shifted, 3, 600);
	ok(t.alarms >= 8 && t.alarms <= 36, "so with one side");
	t = judge(&rule, shifted, -0.5, 2);
	ok(t.delay == 6000, "which smaller values do not alarm");
	rule.reference = bits;
	t = judge(&rule, missed, 0.2, 60);
	ok(t.alarms < 8, "ties, and be they all: a clean stream of errors seldom alarms");
	ok(t.delay <= 110, "twice as many errors are seen in some 85 values");
	ok_near(t.after, 0.4, 0.1, "and their share is measured");
	for (i = 0; i < 500; i++)
		bits[i] = 7;
	t = judge(&rule, missed, 0.2, 1);
	ok(t.alarms == 0 && t.delay == 6000, "a reference of one value says nothing");
}

int
main(void)
{
	test_river();
	test_restore();
	test_hostile();
	test_cusum();
	return tap_done();
}
