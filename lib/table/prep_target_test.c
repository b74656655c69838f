#include "table/prep.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"

enum { ROWS = 600 };

/* A category of nlevel random levels, some missing, that knows nothing of the random target. */
static struct rai_table *
make_table(size_t nlevel, uint64_t seed, size_t *rows)
{
	struct rai_buf csv = RAI_BUF_INIT(1 << 20);
	struct rai_rng r = rai_rng_new(seed, 0);
	const struct rai_table_options o = {
	    .target = "y", .category = (const char *const[]){"k"}, .ncategory = 1};
	struct rai_source *s = NULL;
	struct rai_table *t = NULL;
	size_t i;

	rai_buf_str(&csv, "n,k,y\n");
	for (i = 0; i < ROWS; i++) {
		rows[i] = i;
		rai_buf_printf(&csv, "%zu,", i);
		if (rai_rng_below(&r, 10) > 0)
			rai_buf_printf(&csv, "l%d", (int)rai_rng_below(&r, nlevel));
		rai_buf_printf(&csv, ",%.17g\n", rai_rng_unit(&r));
	}
	if (rai_source_memory("t", csv.ptr, csv.len, &s, NULL) != 0 ||
	    rai_table_from(s, &o, &t, NULL) != 0)
		printf("# no table\n");
	rai_buf_free(&csv);
	return t;
}

/* The value of row i by the definition: a loop over all rows of other folds. */
static double
by_definition(const struct rai_table *t, size_t i, double m, double rare, uint64_t seed)
{
	double sum = 0, count = 0, all = 0, n = 0;
	size_t j;

	for (j = 0; j < t->nrow; j++) {
		if (rai_prep_fold(seed, j) == rai_prep_fold(seed, i))
			continue;
		all += t->target[j];
		n++;
		if (t->col[1].code[j] != t->col[1].code[i])
			continue;
		sum += t->target[j];
		count++;
	}
	return count < rare ? all / n : (sum + m * all / n) / (count + m);
}

static void
test_out_of_fold__definition(void)
{
	const struct rai_prep_options o = {
	    .encode = RAI_ENCODE_TARGET, .smooth = 3, .rare = 2, .seed = 7};
	struct rai_prep_options other = o;
	size_t rows[ROWS], i, wrong = 0, moved = 0, fold[RAI_PREP_FOLDS] = {0};
	struct rai_table *t = make_table(40, 1, rows);
	static double x[2 * ROWS], y[2 * ROWS];
	struct rai_prep *p = NULL;

	ok(rai_prep_fit(t, rows, ROWS, t->target, &o, &p, NULL) == 0, "fitted");
	ok(rai_prep_training_matrix(p, t, rows, ROWS, t->target, &o, x, NULL) == 0, "made");
	for (i = 0; i < ROWS; i++) {
		double want = by_definition(t, i, 3, 2, 7);

		wrong += fabs(x[ROWS + i] - want) > 1e-13 || x[i] != (double)i;
		fold[rai_prep_fold(7, i)]++;
	}
	is_int(wrong, 0, "each row has the smoothed mean over the other folds; the rest is served");
	for (i = 0; i < RAI_PREP_FOLDS; i++)
		ok(fold[i] > ROWS / 8 && fold[i] < ROWS * 7 / 24, "folds are about even");
	other.seed = 8;
	rai_prep_training_matrix(p, t, rows, ROWS, t->target, &other, y, NULL);
	for (i = 0; i < ROWS; i++)
		moved += x[ROWS + i] != y[ROWS + i];
	ok(moved > ROWS / 2, "another seed, other folds");
	/* a row's own target changes nothing about its own value */
	wrong = 0;
	for (i = 0; i < 50; i++) {
		double was = t->target[i];

		t->target[i] = 1e6;
		rai_prep_training_matrix(p, t, rows, ROWS, t->target, &o, y, NULL);
		wrong += x[ROWS + i] != y[ROWS + i];
		t->target[i] = was;
	}
	is_int(wrong, 0, "no value knows its own target");
	rai_prep_free(p);
	rai_table_free(t);
}

static double
correlation(const double *a, const double *b, size_t n)
{
	double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		ma += a[i] / (double)n;
		mb += b[i] / (double)n;
	}
	for (i = 0; i < n; i++) {
		ab += (a[i] - ma) * (b[i] - mb);
		aa += (a[i] - ma) * (a[i] - ma);
		bb += (b[i] - mb) * (b[i] - mb);
	}
	return ab / sqrt(aa * bb);
}

/* Levels that say nothing: in the sample they seem to, out of fold they do not. */
static void
test_out_of_fold__no_leak(void)
{
	const struct rai_prep_options o = {.encode = RAI_ENCODE_TARGET, .smooth = 1, .rare = 1};
	size_t rows[ROWS];
	struct rai_table *t = make_table(150, 2, rows);
	static double x[2 * ROWS];
	struct rai_prep *p = NULL;

	rai_prep_fit(t, rows, ROWS, t->target, &o, &p, NULL);
	rai_prep_matrix(p, t, rows, ROWS, x);
	ok(correlation(x + ROWS, t->target, ROWS) > 0.4, "in the sample they leak");
	rai_prep_training_matrix(p, t, rows, ROWS, t->target, &o, x, NULL);
	ok(correlation(x + ROWS, t->target, ROWS) < 0.1, "out of fold they do not");
	rai_prep_free(p);
	rai_table_free(t);
}

static void
test_out_of_fold__few_rows(void)
{
	const struct rai_prep_options o = {.encode = RAI_ENCODE_TARGET, .view = RAI_VIEW_STANDARD};
	size_t rows[ROWS], n, j, wrong = 0;
	struct rai_table *t = make_table(3, 3, rows);
	struct rai_prep *p = NULL;
	double x[2 * 8];

	for (n = 1; n <= 8; n++) {
		ok(rai_prep_fit(t, rows, n, t->target, &o, &p, NULL) == 0, "fitted");
		rai_prep_training_matrix(p, t, rows, n, t->target, &o, x, NULL);
		for (j = 0; j < 2 * n; j++)
			wrong += !isfinite(x[j]);
		rai_prep_free(p);
	}
	is_int(wrong, 0, "one row to eight: numbers");
	rai_table_free(t);
}

/* Classes in place of the numbers: the shares of each class by level. */
static void
classes(struct rai_table *t, const char *const *level, size_t n)
{
	size_t i;

	t->schema.target.type = RAI_COL_CAT;
	t->schema.target.level = calloc(n, sizeof(char *));
	t->schema.target.nlevel = n;
	for (i = 0; i < n; i++)
		t->schema.target.level[i] = strdup(level[i]);
	for (i = 0; i < t->nrow; i++)
		t->target[i] = floor(t->target[i] * (double)n);
}

static void
test_classes(void)
{
	const char *const level[] = {"a", "b", "c"};
	const struct rai_prep_options o = {.encode = RAI_ENCODE_TARGET};
	size_t rows[ROWS], i, k, wrong = 0;
	struct rai_table *t = make_table(20, 4, rows);
	struct rai_buf a = RAI_BUF_INIT(1 << 20), b = a;
	static double x[4 * ROWS], one[2 * ROWS], hit[ROWS];
	struct rai_prep *p = NULL, *q = NULL;
	struct cJSON *j;
	struct rai_jw w;

	classes(t, level, 3);
	ok(rai_prep_fit(t, rows, ROWS, t->target, &o, &p, NULL) == 0, "fitted");
	is_int(rai_prep_width(p), 4, "one feature per class");
	is_str(rai_prep_feature(p, 1), "k~a", "named after it");
	is_str(rai_prep_feature(p, 3), "k~c", "each");
	is_int(rai_prep_origin(p, 3), 1, "of the same column");
	rai_prep_training_matrix(p, t, rows, ROWS, t->target, &o, x, NULL);
	for (i = 0; i < ROWS; i++)
		wrong += fabs(x[ROWS + i] + x[2 * ROWS + i] + x[3 * ROWS + i] - 1) > 1e-12;
	is_int(wrong, 0, "the shares are 1 in all");
	rai_jw_init(&w, &a);
	rai_prep_write(p, &w, NULL);
	j = rai_json_parse(a.ptr, a.len, NULL);
	ok(rai_prep_read(j, &t->schema, &q, NULL) == 0, "read back");
	rai_json_free(j);
	rai_jw_init(&w, &b);
	rai_prep_write(q, &w, NULL);
	is_str(b.ptr, a.ptr, "the same");
	/* each class alone, as a number 0 or 1, gives the same feature */
	t->schema.target.nlevel = 2;
	wrong = 0;
	for (k = 0; k < 3; k++) {
		struct rai_prep *alone = NULL;

		for (i = 0; i < ROWS; i++)
			hit[i] = t->target[i] == (double)k;
		rai_prep_fit(t, rows, ROWS, hit, &o, &alone, NULL);
		wrong += rai_prep_width(alone) != 2;
		rai_prep_training_matrix(alone, t, rows, ROWS, hit, &o, one, NULL);
		wrong += memcmp(one + ROWS, x + (k + 1) * ROWS, ROWS * sizeof(*x)) != 0;
		rai_prep_free(alone);
	}
	is_int(wrong, 0, "as each class against the others");
	t->schema.target.nlevel = 3;
	rai_prep_free(p);
	rai_prep_free(q);
	rai_table_free(t);
	rai_buf_free(&a);
	rai_buf_free(&b);
}

int
main(void)
{
	test_out_of_fold__definition();
	test_out_of_fold__no_leak();
	test_out_of_fold__few_rows();
	test_classes();
	return tap_done();
}
