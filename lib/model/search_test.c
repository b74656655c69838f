#include "model/search.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/rng.h"
#include "base/tap.h"
#include "model/train.h"
#include "model/trial.h"

#define ROWS 4000

static const char *const depths[] = {"2", "4", "8"};

static const struct rai_search_param space[] = {
    {"max_depth", depths, 3, 0, 0, 0, 0},
    {"min_samples_leaf", NULL, 0, 1, 6, 0, 1},
};

static struct rai_search
search_of(const char *kind, const struct rai_search_param *param, size_t n, size_t draws)
{
	struct rai_search s = {.param = param,
	    .nparam = n,
	    .draws = draws,
	    .folds = 3,
	    .seed = 7,
	    .metric = RAI_METRIC_R2};

	rai_fitted_init(&s.base, rai_kind_find(kind));
	return s;
}

static double
param(const struct rai_fitted *f, const char *name)
{
	size_t i;

	for (i = 0; f->kind->param[i].name != NULL; i++)
		if (strcmp(f->kind->param[i].name, name) == 0)
			return f->param[i];
	return NAN;
}

static void
test_draws__in_the_space(void)
{
	struct rai_search s = search_of("tree", space, 2, 3000), fewer = s;
	size_t depth[9] = {0}, leaf[8] = {0}, i, wrong = 0, differ = 0;
	struct rai_fitted f, g;

	fewer.draws = 10;
	is_int(rai_search_check(&s, NULL), 0, "a space that suits");
	for (i = 0; i < 3000; i++) {
		double d = 0, l = 0;

		rai_search_draw(&s, i, &f, NULL);
		d = param(&f, "max_depth");
		l = param(&f, "min_samples_leaf");
		if (!(d == 2 || d == 4 || d == 8) || l != floor(l) || l < 1 || l > 6) {
			wrong++;
			continue;
		}
		depth[(size_t)d]++;
		leaf[(size_t)l]++;
		if (i < 10) {
			rai_search_draw(&fewer, i, &g, NULL);
			differ += memcmp(f.param, g.param, sizeof(f.param)) != 0;
		}
	}
	is_int(wrong, 0, "every draw is in it");
	is_int(differ, 0, "and does not depend on how many there are");
	ok(fabs((double)depth[4] - 1000) < 150 && fabs((double)depth[8] - 1000) < 150,
	    "values are equally likely");
	for (i = 1, wrong = 0; i <= 6; i++)
		wrong += fabs((double)leaf[i] - 500) > 110;
	is_int(wrong, 0, "so are whole numbers, both ends included");
}

static void
test_draws__log(void)
{
	static const struct rai_search_param p[] = {{"alpha", NULL, 0, 0.01, 100, 1, 0}};
	struct rai_search s = search_of("ridge", p, 1, 4000);
	size_t i, below = 0, decade = 0;
	struct rai_fitted f;

	for (i = 0; i < 4000; i++) {
		rai_search_draw(&s, i, &f, NULL);
		below += param(&f, "alpha") < 1;
		decade += param(&f, "alpha") < 0.1;
	}
	ok(fabs((double)below - 2000) < 200 && fabs((double)decade - 1000) < 150,
	    "a decade is as likely as another");
}

static void
test_grid(void)
{
	static const char *const leaves[] = {"1", "5"};
	static const struct rai_search_param p[] = {
	    {"max_depth", depths, 3, 0, 0, 0, 0}, {"min_samples_leaf", leaves, 2, 0, 0, 0, 0}};
	struct rai_search s = search_of("tree", p, 2, 0);
	unsigned seen = 0;
	double depth;
	struct rai_fitted f;
	size_t i;

	is_int(rai_search_count(&s), 6, "every combination");
	for (i = 0; i < 6; i++) {
		rai_search_draw(&s, i, &f, NULL);
		depth = param(&f, "max_depth");
		seen |= 1U << ((depth == 2      ? 0
				   : depth == 4 ? 1
						: 2) *
				   2 +
			       (param(&f, "min_samples_leaf") == 5));
	}
	is_int(seen, 63, "each once");
}

static void
test_check(void)
{
	static const char *const bad[] = {"none of these"};
	static const struct rai_search_param wrong[] = {{"max_depth", bad, 1, 0, 0, 0, 0},
	    {"max_dept", depths, 3, 0, 0, 0, 0}, {"min_samples_leaf", NULL, 0, 0, 6, 0, 1},
	    {"min_samples_leaf", NULL, 0, 6, 1, 0, 1}};
	struct rai_err err = RAI_ERR_INIT;
	size_t i;

	for (i = 0; i < 4; i++) {
		struct rai_search s = search_of("tree", &wrong[i], 1, 5);

		ok(rai_search_check(&s, &err) == -1 && err.code == RAI_EINPUT, err.msg);
	}
}

/* y is a step function of a, and noise. */
static struct rai_table *
make_table(void)
{
	struct rai_table_options opt = {.target = "y"};
	struct rai_buf text = RAI_BUF_INIT(1 << 20);
	struct rai_source *source = NULL;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_table *t = NULL;
	struct rai_rng r = rai_rng_new(3, 0);
	size_t i;

	rai_buf_str(&text, "a,b,y\n");
	for (i = 0; i < ROWS; i++) {
		double a = rai_rng_unit(&r), b = rai_rng_unit(&r);

		rai_buf_printf(
		    &text, "%.6f,%.6f,%.6f\n", a, b, floor(a * 16) + b + rai_rng_unit(&r));
	}
	if (rai_source_memory("test", text.ptr, text.len, &source, &err) != 0 ||
	    rai_table_from(source, &opt, &t, &err) != 0)
		printf("# %s\n", err.msg);
	rai_buf_free(&text);
	return t;
}

static int
train(const struct rai_table *t, struct rai_search *s, size_t folds, size_t threads, int linear,
    struct rai_candidate *c, struct rai_trained *out)
{
	struct rai_train_options o = {.unit = RAI_UNIT_SAME,
	    .split = {RAI_SPLIT_RANDOM, NULL, 0.2, NULL},
	    .validation = {RAI_SPLIT_RANDOM, NULL, 0.2, NULL},
	    .folds = folds,
	    .seed = 1,
	    .metric = RAI_METRIC_R2,
	    .threads = threads,
	    .candidate = c,
	    .ncandidate = linear ? 2 : 1};
	struct rai_err err = RAI_ERR_INIT;

	memset(c, 0, 2 * sizeof(*c));
	c[0].search = s;
	c[0].spec = s->base;
	rai_fitted_init(&c[1].spec, rai_kind_find("linear"));
	if (rai_train(t, &o, out, &err) == 0)
		return 0;
	printf("# %s\n", err.msg);
	return -1;
}

static void
same_draws(const struct rai_search *a, const struct rai_search *b, const char *name)
{
	size_t i, differ = 0;

	for (i = 0; i < a->ndraw && i < b->ndraw; i++)
		differ += a->draw[i].number != b->draw[i].number ||
			  a->draw[i].metric[RAI_METRIC_R2] != b->draw[i].metric[RAI_METRIC_R2] ||
			  a->draw[i].share != b->draw[i].share;
	ok(a->ndraw == b->ndraw && differ == 0, name);
}

static void
test_search__threads(void)
{
	struct rai_search a = search_of("tree", space, 2, 15), b = a;
	struct rai_table *t = make_table();
	struct rai_candidate c[2];
	struct rai_trained r;
	size_t i, wrong = 0;

	ok(train(t, &a, 0, 1, 1, c, &r) == 0, "one thread");
	is_int(r.chosen, 0, "trees fit steps better than a line");
	is_int(memcmp(&c[0].spec.param, &a.draw[0].spec.param, sizeof(c[0].spec.param)), 0,
	    "the best draw is the candidate");
	for (i = 1; i < a.ndraw; i++)
		wrong += a.draw[i].metric[RAI_METRIC_R2] > a.draw[i - 1].metric[RAI_METRIC_R2];
	is_int(wrong, 0, "best first");
	rai_trained_release(&r);
	ok(train(t, &b, 0, 3, 1, c, &r) == 0, "three threads");
	same_draws(&a, &b, "the same results");
	rai_trained_release(&r);
	rai_search_release(&a);
	rai_search_release(&b);
	rai_table_free(t);
}

static void
test_search__halving(void)
{
	static const struct rai_search_param leaf[] = {{"min_samples_leaf", NULL, 0, 1, 400, 0, 1}};
	struct rai_search all = search_of("tree", leaf, 1, 16), half = all, again;
	struct rai_table *t = make_table();
	struct rai_candidate c[2];
	struct rai_trained r;
	size_t i, full = 0, few = 0;

	half.halving = 2;
	again = half;
	ok(train(t, &all, 3, 2, 0, c, &r) == 0, "all draws with all rows");
	rai_trained_release(&r);
	ok(train(t, &half, 3, 2, 0, c, &r) == 0, "halving");
	rai_trained_release(&r);
	for (i = 0; i < half.ndraw; i++) {
		full += half.draw[i].share == 1;
		few += half.draw[i].share == 0.5;
	}
	is_int(half.ndraw, 16, "16 different draws");
	is_int(full, 4, "the best quarter has had all rows");
	is_int(few, 4, "the next one half of them");
	is_int(half.fits, 3 * (16 + 8 + 4), "so many fits");
	is_int(half.draw[0].number, all.draw[0].number, "the best is found all the same");
	ok(half.draw[0].metric[RAI_METRIC_R2] == all.draw[0].metric[RAI_METRIC_R2],
	    "with the figures of a search without it");
	ok(train(t, &again, 3, 1, 0, c, &r) == 0, "once more, with one thread");
	same_draws(&half, &again, "the same results");
	rai_trained_release(&r);
	rai_search_release(&all);
	rai_search_release(&half);
	rai_search_release(&again);
	rai_table_free(t);
}

/* The figures are those that a fit by hand gives. */
static void
test_trials__fold_by_fold(void)
{
	struct rai_search s = search_of("tree", space, 2, 4);
	struct rai_table *t = make_table();
	struct rai_candidate c[2];
	struct rai_trained r;
	double value;

	ok(train(t, &s, 4, 2, 1, c, &r) == 0, "candidates on four folds");
	ok(c[1].spread[RAI_METRIC_R2] > 0 && c[1].metric[RAI_METRIC_R2] > 0.9,
	    "mean and spread of the line");
	is_int(s.folds, 4, "the search shares the folds");
	ok(c[0].metric[RAI_METRIC_R2] == s.draw[0].metric[RAI_METRIC_R2],
	    "and its figures are the candidate's");
	value = c[1].metric[RAI_METRIC_R2];
	rai_trained_release(&r);
	ok(train(t, &s, 4, 1, 1, c, &r) == 0 && c[1].metric[RAI_METRIC_R2] == value,
	    "the same with one thread");
	rai_trained_release(&r);
	rai_search_release(&s);
	rai_table_free(t);
}

int
main(void)
{
	test_draws__in_the_space();
	test_draws__log();
	test_grid();
	test_check();
	test_search__threads();
	test_search__halving();
	test_trials__fold_by_fold();
	return tap_done();
}
