#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tap.h"
#include "drift/check.h"
#include "drift/twins.h"
#include "drift/world.h"
#include "stat/stat.h"

/* Broken inputs: another unit, a value that stands still, rows that come again. */
enum { N = 500, M = 5000 };

static double
celsius(struct rai_rng *r)
{
	return round(10 * (15 + 8 * normal(r))) / 10;
}

static double
fahrenheit(struct rai_rng *r)
{
	return round(59 + 14.4 * normal(r));
}

static double
kilometres(struct rai_rng *r)
{
	return round(10 * exp(2.2 + 0.6 * normal(r))) / 10;
}

static void
fill(double *v, size_t n, double (*draw)(struct rai_rng *), uint64_t seed)
{
	struct rai_rng r = rai_rng_new(seed, 1);
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = draw(&r);
}

/* What is said of values that come as factor x + offset, on a grid of step (0: on none). */
static struct rai_drift_check
judge(double (*draw)(struct rai_rng *), double factor, double offset, double step)
{
	double reference[M], v[N], room[N];
	struct rai_profile profile = {.n = 0};
	struct rai_drift_check c = {.broken = -1};
	size_t i;

	fill(reference, M, draw, 1);
	fill(v, N, draw, 2);
	for (i = 0; i < N; i++) {
		v[i] = factor * v[i] + offset;
		if (step > 0)
			v[i] = round(v[i] / step) * step;
	}
	if (rai_profile_from_num(&profile.target, "x", reference, M, NULL) == 0) {
		rai_drift_check_num(&c, &profile.target, 0, v, N, room);
		rai_drift_check_near_unit(&c, &profile.target, room, N);
	}
	rai_profile_release(&profile);
	return c;
}

static void
test_units(void)
{
	static const struct {
		double (*draw)(struct rai_rng *);
		double factor, offset, step;
		const char *why;
	} cases[] = {
	    {celsius, 1.8, 32, 0, "Fahrenheit for Celsius"},
	    {celsius, 1.8, 32, 1, "Fahrenheit for Celsius"},
	    {fahrenheit, 1 / 1.8, -32 / 1.8, 0, "Celsius for Fahrenheit"},
	    {celsius, 1, 273.15, 0, "kelvin for Celsius"},
	    {kilometres, 1 / 1.609344, 0, 0, "miles for kilometres"},
	    {kilometres, 1.609344, 0, 0, "kilometres for miles"},
	    {kilometres, 1000, 0, 0, "as metres for kilometres"},
	    {kilometres, 0.001, 0, 0, "as kilometres for metres"},
	    {kilometres, 1 / 0.3048, 0, 0, "feet for metres"},
	    /* the world moves by any factor, and is measured as before */
	    {kilometres, 1.609344, 0, 0.1, ""},
	    {kilometres, 1.2, 0, 0.1, ""},
	    {kilometres, 1.5, 0, 0, ""},
	    {kilometres, 2, 0, 0.1, ""},
	    {kilometres, 1, 3.3, 0, ""},
	    {celsius, 1, 4, 0, ""},
	    {celsius, 1, 0, 0, ""},
	};
	struct rai_drift_check c;
	char name[80];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c = judge(cases[i].draw, cases[i].factor, cases[i].offset, cases[i].step);
		snprintf(name, sizeof(name), "%.4g x + %.4g on %.1g: %s", cases[i].factor,
		    cases[i].offset, cases[i].step, cases[i].why);
		ok(c.broken == (cases[i].why[0] != '\0') && strstr(c.why, cases[i].why) != NULL,
		    name);
	}
	ok(rai_drift_unit_name(1.3) == NULL && rai_drift_unit_name(-1) == NULL, "no unit");
}

/* A window of the world's rows, in the order they come. */
struct window {
	struct rai_drift_rows rows;
	double num[COLUMNS][N], prediction[N];
	int32_t code[COLUMNS][N];
	double *nums[COLUMNS];
	int32_t *codes[COLUMNS];
	unsigned char withheld[COLUMNS];
};

static void
window_make(struct window *w, const struct reference *ref, uint64_t seed)
{
	struct world world = world_new(seed);
	struct rai_cell c[COLUMNS];
	double price;
	size_t i, k;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < N; i++) {
		w->prediction[i] = world_row(&world, c, &price);
		for (k = 0; k < COLUMNS; k++) {
			w->num[k][i] = c[k].num;
			w->code[k][i] = c[k].code;
		}
	}
	for (k = 0; k < COLUMNS; k++)
		if (ref->schema.col[k].type == RAI_COL_CAT)
			w->codes[k] = w->code[k];
		else
			w->nums[k] = w->num[k];
	w->rows =
	    (struct rai_drift_rows){N, COLUMNS, w->nums, w->codes, w->prediction, w->withheld};
}

/* What is broken, in words; "" where nothing is. */
static const char *
broken(const struct window *w, const struct reference *ref)
{
	static const struct rai_drift_rule rule = {
	    .window = N, .sustain = 1, .alpha = 0.01, .psi_above = NAN, .accuracy_below = NAN};
	static char why[160];
	struct rai_drift_inputs in;
	size_t i;

	why[0] = '\0';
	if (rai_drift_judge_inputs(&ref->ref, &rule, 0.01, &w->rows, &in, NULL) != 0)
		return "failed";
	for (i = 0; i < in.n && why[0] == '\0'; i++)
		if (in.col[i].broken)
			snprintf(why, sizeof(why), "%s", in.col[i].why);
	if (why[0] == '\0' && in.repeats.broken)
		snprintf(why, sizeof(why), "%s", in.repeats.why);
	ok(in.broken == (why[0] != '\0'), "broken where something is");
	rai_drift_inputs_release(&in);
	return why;
}

static void
test_frozen(const struct reference *ref)
{
	struct window w;
	size_t i;

	window_make(&w, ref, 20);
	is_str(broken(&w, ref), "", "rows as they should be");
	for (i = 0; i < N; i++)
		w.num[ROOMS][i] = 3;
	is_str(broken(&w, ref), "Rooms: frozen, 3 in all of 500 rows", "a column stands still");
	for (i = 0; i < N; i++)
		w.num[DISTANCE][i] = 5 + 10 * (double)(i / 125);
	is_str(broken(&w, ref), "", "rows in groups are another thing");

	window_make(&w, ref, 21);
	for (i = 0; i < 260; i++)
		w.num[AREA][i] = 117.25;
	for (i = 0; i < N; i++)
		w.num[DISTANCE][i] = 5 + 10 * (double)(i / 125);
	is_str(broken(&w, ref), "Area: frozen, 117.25 in 260 of 421 rows in a row",
	    "what never repeats belongs to no group");
	for (i = 150; i < N; i++)
		w.num[AREA][i] = exp(4.8) + (double)i / 16;
	is_str(broken(&w, ref), "", "less than half is not enough");

	window_make(&w, ref, 22);
	for (i = 0; i < N; i++)
		w.code[TYPE][i] = 1;
	is_str(broken(&w, ref), "Type: frozen, S01 in all of 500 rows", "a category");
	w.withheld[TYPE] = 1;
	is_str(broken(&w, ref), "", "not where the log does not say it");
}

static void
copy_row(struct window *w, size_t from, size_t to)
{
	size_t k;

	for (k = 0; k < COLUMNS; k++) {
		w->num[k][to] = w->num[k][from];
		w->code[k][to] = w->code[k][from];
	}
}

static void
test_repeats(struct reference *ref)
{
	struct rai_rng r = rai_rng_new(5, 5);
	struct window w;
	size_t i;

	window_make(&w, ref, 30);
	for (i = 0; i < 100; i++)
		copy_row(&w, i, 210 + i);
	is_str(broken(&w, ref), "100 of 500 rows repeat those 210 rows before: sent twice?",
	    "a batch comes again");
	window_make(&w, ref, 31);
	for (i = 0; i < N; i += 2)
		copy_row(&w, i, i + 1);
	is_str(broken(&w, ref), "250 of 500 rows repeat the row before: sent twice?",
	    "each row comes twice");
	window_make(&w, ref, 32);
	for (i = 0; i < N / 2; i++)
		copy_row(&w, (size_t)rai_rng_below(&r, N), (size_t)rai_rng_below(&r, N));
	is_str(broken(&w, ref), "", "equal rows anywhere are nothing");
	ref->profile.pairs = 4000 * 3999 / 2;
	ref->profile.twins = 20;
	ok(strstr(broken(&w, ref), "of 500 rows are equal to others of them, which in the "
				   "reference are 1 %") != NULL,
	    "but where the reference has hardly any");
	ref->profile.twins = 4000;
	is_str(broken(&w, ref), "", "and not where it has many");
	ref->profile.twins = 20;
	window_make(&w, ref, 33);
	for (i = 0; i < 50; i++)
		copy_row(&w, (size_t)rai_rng_below(&r, N), (size_t)rai_rng_below(&r, N));
	is_str(broken(&w, ref), "", "or the window has few");
	ref->profile.pairs = ref->profile.twins = 0;
}

static void
test_twins(void)
{
	static const double v[] = {1, NAN, 1, 0.0, -0.0, HUGE_VAL};
	static const int32_t code[] = {3, -1, 3, 2, 2, -1};
	uint64_t hash[6] = {0};

	rai_drift_twins_num(hash, v, 6);
	rai_drift_twins_cat(hash, code, 6);
	is_int(rai_drift_twins_pairs(hash, 6), 3, "0 is -0, and what is not finite is missing");
	memset(hash, 0, sizeof(hash));
	is_int(rai_drift_twins_pairs(hash, 6), 15, "all of six");
}

/* What moved is found at some level, and is close at a stricter one: more rows would do. */
static void
test_close(const struct reference *ref)
{
	struct rai_drift_rule rule = {
	    .window = N, .sustain = 1, .psi_above = NAN, .accuracy_below = NAN};
	struct rai_drift_inputs in = {.n = 0};
	struct window w;
	double alpha = 1e-12;
	size_t i;

	window_make(&w, ref, 40);
	for (i = 0; i < N; i++)
		w.num[DISTANCE][i] += w.num[DISTANCE][i] < 30 ? 4 : 0;
	for (; alpha < 0.1; alpha *= 3) {
		if (rai_drift_judge_inputs(&ref->ref, &rule, alpha, &w.rows, &in, NULL) != 0)
			break;
		if (in.close.name != NULL || in.drifted)
			break;
		rai_drift_inputs_release(&in);
	}
	ok(!in.drifted && in.close.name != NULL, "nearly");
	if (in.close.name == NULL)
		return;
	ok(strcmp(in.close.name, "Distance") == 0 ||
		strcmp(in.close.name, "all numbers together") == 0,
	    "what it is");
	ok(in.close.p >= alpha && in.close.p < 10 * alpha, "above alpha");
	ok(in.close.rows > N && in.close.rows < 5 * N, "more rows would decide");
	rai_drift_inputs_release(&in);
}

int
main(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct reference ref;

	test_units();
	ok(reference_make(&ref, 3, 4000, &err) == 0, "reference");
	test_frozen(&ref);
	test_repeats(&ref);
	test_twins();
	test_close(&ref);
	reference_free(&ref);
	return tap_done();
}
