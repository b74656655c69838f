#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/tap.h"
#include "drift/profile.h"
#include "stat/stat.h"

enum { ROWS = 3000, PARTS = 3, LEVELS = 5 };

static char names[LEVELS][4] = {"a", "b", "c", "d", "e"};

static struct {
	double num[ROWS];
	int32_t code[ROWS];
} world;

static void
fill(uint64_t seed)
{
	struct rai_rng r = rai_rng_new(seed, 1);
	size_t i;

	for (i = 0; i < ROWS; i++) {
		double u = rai_rng_unit(&r);

		world.num[i] = u < 0.1 ? NAN : u < 0.3 ? 0 : 1000 * u * u + (double)i;
		world.code[i] = (int32_t)rai_rng_below(&r, LEVELS + 1) - 1;
	}
}

/* Rows from .. to, a number in the bins of like (NULL: its own) and a category. */
static void
make(struct rai_profile *p, size_t from, size_t to, const struct rai_profile *like)
{
	char *level[LEVELS];
	size_t i, n = to - from;

	memset(p, 0, sizeof(*p));
	for (i = 0; i < LEVELS; i++)
		level[i] = names[i];
	p->col = calloc(2, sizeof(*p->col));
	p->n = 2;
	p->rows = (int64_t)n;
	p->accuracy = NAN;
	if (like != NULL)
		rai_profile_from_num_like(&p->col[0], &like->col[0], world.num + from, n, NULL);
	else
		rai_profile_from_num(&p->col[0], "x", world.num + from, n, NULL);
	rai_profile_from_cat(&p->col[1], "y", level, LEVELS, world.code + from, n, NULL);
}

static int
same_counts(const struct rai_profile *a, const struct rai_profile *b)
{
	size_t k;

	for (k = 0; k < 2; k++) {
		const struct rai_profile_col *x = &a->col[k], *y = &b->col[k];

		if (x->nbin != y->nbin || x->missing != y->missing || x->unseen != y->unseen ||
		    memcmp(x->count, y->count, x->nbin * sizeof(*x->count)) != 0)
			return 0;
	}
	return a->rows == b->rows && a->col[0].min == b->col[0].min &&
	       a->col[0].max == b->col[0].max;
}

/* Any cut into parts, merged in any order, counts what all rows together count. */
static void
test_merge__is_the_whole(uint64_t seed)
{
	static const int order[][PARTS] = {{0, 1, 2}, {2, 0, 1}, {1, 2, 0}};
	struct rai_rng r = rai_rng_new(seed, 2);
	size_t cut[PARTS + 1] = {
	    0, 1 + rai_rng_below(&r, ROWS / 2), ROWS / 2 + rai_rng_below(&r, ROWS / 2 - 1), ROWS};
	struct rai_profile bins, whole, all, part;
	double far = 0;
	int o, k, same = 1;

	fill(seed);
	make(&bins, 0, 700, NULL);
	make(&whole, 0, ROWS, &bins);
	for (o = 0; o < 3; o++) {
		make(&all, cut[order[o][0]], cut[order[o][0] + 1], &bins);
		for (k = 1; k < PARTS; k++) {
			make(&part, cut[order[o][k]], cut[order[o][k] + 1], &bins);
			same &= rai_profile_merge(&all, &part, NULL) == 0;
			rai_profile_release(&part);
		}
		same &= same_counts(&all, &whole);
		far = fmax(far, rai_stat_ks_d(all.col[0].quantile, all.col[0].nquantile,
				    whole.col[0].quantile, whole.col[0].nquantile));
		rai_profile_release(&all);
	}
	ok(same, "the parts are the whole, in any order");
	ok(far <= 0.006, "and their order statistics are near");
	rai_profile_release(&whole);
	rai_profile_release(&bins);
}

static void
test_merge__few_rows_keep_all(void)
{
	struct rai_profile a, b, whole;

	fill(9);
	make(&a, 0, 200, NULL);
	make(&b, 200, 500, &a);
	make(&whole, 0, 500, &a);
	is_int(rai_profile_merge(&a, &b, NULL), 0, "few rows");
	is_int((long long)a.col[0].nquantile, (long long)whole.col[0].nquantile,
	    "every value is kept");
	ok(memcmp(a.col[0].quantile, whole.col[0].quantile,
	       whole.col[0].nquantile * sizeof(double)) == 0,
	    "bit by bit");
	rai_profile_release(&a);
	rai_profile_release(&b);
	rai_profile_release(&whole);
}

static void
make_levels(struct rai_profile *p, char *const *level, size_t n, const int32_t *code, size_t rows)
{
	memset(p, 0, sizeof(*p));
	p->col = calloc(1, sizeof(*p->col));
	p->n = 1;
	p->rows = (int64_t)rows;
	rai_profile_from_cat(&p->col[0], "y", level, n, code, rows, NULL);
}

static void
test_merge__levels_join(void)
{
	char *ab[] = {names[0], names[1]}, *bd[] = {names[1], names[3]};
	static const int32_t code[] = {0, 1, 1, -1}, odd[] = {0, 1, -2};
	struct rai_profile a, b, c;
	struct rai_err err = RAI_ERR_INIT;

	make_levels(&a, ab, 2, code, 4);
	make_levels(&b, bd, 2, code, 4);
	make_levels(&c, bd, 2, odd, 3);
	is_int(rai_profile_merge(&a, &b, NULL), 0, "other categories");
	is_int((long long)a.col[0].nbin, 3, "are joined by name");
	is_str(a.col[0].level[2], "d", "in order");
	is_int((long long)a.col[0].count[1], 3, "b of both");
	is_int((long long)a.col[0].missing, 2, "missing of both");
	is_int(rai_profile_merge(&a, &c, &err), -1, "unseen ones");
	ok(strstr(err.msg, "unseen") != NULL, "might be among the other's");
	rai_profile_release(&a);
	rai_profile_release(&b);
	rai_profile_release(&c);
}

static void
test_merge__refuses(void)
{
	struct rai_profile a, b;
	struct rai_err err = RAI_ERR_INIT;

	fill(4);
	make(&a, 0, 1000, NULL);
	make(&b, 1000, 2000, NULL);
	is_int(rai_profile_merge(&a, &b, &err), -1, "other bins");
	ok(strstr(err.msg, "\"x\": the bins of the profiles differ") != NULL, "are named");
	is_int((long long)a.rows, 1000, "nothing was added");
	rai_profile_release(&a);
	rai_profile_release(&b);
}

int
main(void)
{
	uint64_t seed;

	for (seed = 1; seed <= 5; seed++)
		test_merge__is_the_whole(seed);
	test_merge__few_rows_keep_all();
	test_merge__levels_join();
	test_merge__refuses();
	return tap_done();
}
