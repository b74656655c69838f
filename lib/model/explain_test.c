#include "model/explain.h"

#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"
#include "model/train.h"

/*
 * By definition: column i adds the mean, over all orders in which columns may go from the baseline
 * to the row, of what the score gains when i goes.  With COLUMNS columns that is a sum over their
 * 2^COLUMNS sets, whose scores come from the predictions themselves.
 */
enum { COLUMNS = 5, SETS = 1 << COLUMNS, ROWS = 300, ASKED = 25 };

enum target { NUMBER, TWO, THREE };

/* Numbers, one of them with gaps, categories of few levels and of many, dates. */
static struct rai_table *
make_table(enum target target)
{
	static const char *const class_name[] = {"low", "mid", "top"};
	struct rai_buf text = RAI_BUF_INIT(1 << 20);
	struct rai_table_options opt = {.target = "y",
	    .target_type = target == NUMBER ? RAI_TARGET_NUMBER : RAI_TARGET_CATEGORY};
	struct rai_source *source = NULL;
	struct rai_rng r = rai_rng_new(11, 0);
	struct rai_table *t = NULL;
	struct rai_err err = RAI_ERR_INIT;
	int i;

	rai_buf_str(&text, "a,b,kind,town,day,y\n");
	for (i = 0; i < ROWS; i++) {
		double a = rai_rng_unit(&r), b = 10 * rai_rng_unit(&r);
		int kind = (int)(3 * rai_rng_unit(&r)), town = (int)(20 * rai_rng_unit(&r));
		int month = 1 + (int)(12 * rai_rng_unit(&r));
		double y = 1 + 3 * a + (kind == 1 ? 4 * b : b) + town % 5 * a + month / 4.0;

		if (rai_rng_unit(&r) < 0.1)
			rai_buf_str(&text, ",");
		else
			rai_buf_printf(&text, "%.6f,", a);
		rai_buf_printf(
		    &text, "%.6f,k%d,t%d,2017-%02d-0%d,", b, kind, town, month, 1 + town % 9);
		if (target == NUMBER)
			rai_buf_printf(&text, "%.6f\n", y);
		else
			rai_buf_printf(&text, "%s\n",
			    class_name[target == TWO ? 2 * (y > 15) : (y > 10) + (y > 20)]);
	}
	if (rai_source_memory("test", text.ptr, text.len, &source, &err) != 0 ||
	    rai_table_from(source, &opt, &t, &err) != 0)
		printf("# %s\n", err.msg);
	rai_buf_free(&text);
	return t;
}

static double
score(const struct rai_pipeline *p, enum rai_explain_scale scale, size_t output,
    const struct rai_cell *cells)
{
	double out[RAI_CLASSES];

	rai_pipeline_predict(p, cells, out);
	switch (scale) {
	case RAI_SCALE_LOG:
		return log(out[0]);
	case RAI_SCALE_LOG_ODDS:
		return log(out[output] / out[1 - output]);
	case RAI_SCALE_SOFTMAX: /* against the first class: the sum over all of them is not said */
		return log(out[output] / out[0]);
	default:
		return out[output];
	}
}

static void
by_definition(const struct rai_pipeline *p, enum rai_explain_scale scale, size_t output,
    const struct rai_cell *row, const struct rai_cell *baseline, double *part)
{
	static const double orders[] = {1 / 5.0, 1 / 20.0, 1 / 30.0, 1 / 20.0, 1 / 5.0};
	struct rai_cell cells[COLUMNS];
	double value[SETS];
	size_t set, i, n;

	for (set = 0; set < SETS; set++) {
		for (i = 0; i < COLUMNS; i++)
			cells[i] = set >> i & 1 ? row[i] : baseline[i];
		value[set] = score(p, scale, output, cells);
	}
	for (i = 0; i < COLUMNS; i++)
		for (part[i] = 0, set = 0; set < SETS; set++) {
			if (set >> i & 1)
				continue;
			n = (size_t)__builtin_popcountl(set);
			part[i] += orders[n] * (value[set | (size_t)1 << i] - value[set]);
		}
}

/* The largest difference between what rai_explain() says and the definition, over the scores. */
struct gap {
	double part, sum, base;
};

static void
compare(const struct rai_pipeline *p, const struct rai_cell *row, const struct rai_cell *baseline,
    size_t output, struct gap *gap)
{
	double part[COLUMNS], first[COLUMNS] = {0}, want[COLUMNS], sum;
	struct rai_explanation e = {.part = part}, f = {.part = first};
	size_t steps = SIZE_MAX, i;

	if (rai_explain(p, row, baseline, output, &e, &steps, NULL) != 0) {
		gap->part = INFINITY;
		return;
	}
	for (sum = e.base, i = 0; i < COLUMNS; i++)
		sum += part[i];
	gap->sum = fmax(gap->sum, fabs(sum - e.score) / fmax(1, fabs(e.score)));
	if (e.scale == RAI_SCALE_SOFTMAX) {
		rai_explain(p, row, baseline, 0, &f, &steps, NULL);
		for (i = 0; i < COLUMNS; i++)
			part[i] -= first[i];
		e.base -= f.base;
	}
	by_definition(p, e.scale, output, row, baseline, want);
	for (i = 0; i < COLUMNS; i++)
		gap->part = fmax(gap->part, fabs(part[i] - want[i]));
	gap->base = fmax(gap->base, fabs(e.base - score(p, e.scale, output, baseline)));
}

struct given {
	const char *kind, *param, *value; /* param: NULL for none */
	enum target target;
	enum rai_unit unit;
};

static int
train(const struct rai_table *t, const struct given *g, struct rai_trained *out)
{
	struct rai_candidate c = {.seconds = 0};
	struct rai_train_options o = {.split = {RAI_SPLIT_RANDOM, NULL, 0.2, NULL},
	    .validation = {RAI_SPLIT_RANDOM, NULL, 0.2, NULL},
	    .prep.encode = RAI_ENCODE_AUTO,
	    .unit = g->unit,
	    .seed = 1,
	    .metric = g->target == NUMBER ? RAI_METRIC_R2 : RAI_METRIC_ACCURACY,
	    .threads = 2,
	    .candidate = &c,
	    .ncandidate = 1};
	struct rai_err err = RAI_ERR_INIT;
	int rc;

	rai_fitted_init(&c.spec, rai_kind_find(g->kind));
	if (g->param != NULL)
		rai_fitted_set_text(&c.spec, g->param, g->value, NULL);
	rc = rai_train(t, &o, out, &err);
	if (rc != 0)
		printf("# %s: %s\n", g->kind, err.msg);
	return rc;
}

static void
test_explain__as_defined(const struct given *g)
{
	struct rai_table *t = make_table(g->target);
	struct rai_cell row[COLUMNS], baseline[COLUMNS];
	struct gap gap = {0, 0, 0};
	struct rai_trained r;
	char name[80];
	size_t i, k;

	if (!ok(t != NULL && train(t, g, &r) == 0, "trained"))
		return;
	for (i = 0; i < ASKED; i++) {
		rai_table_cells(t, i, row);
		rai_table_cells(t, ROWS - 1 - i, baseline);
		for (k = 0; k < rai_pipeline_outputs(&r.pipeline); k++)
			compare(&r.pipeline, row, baseline, k, &gap);
	}
	snprintf(name, sizeof(name), "%s: each column adds what the definition says", g->kind);
	ok_near(gap.part, 0, 1e-9, name);
	ok_near(gap.base, 0, 1e-9, "to the score of the baseline");
	ok_near(gap.sum, 0, 1e-12, "and all together give that of the row");
	rai_trained_release(&r);
	rai_table_free(t);
}

static void
test_explain__bounded(void)
{
	static const struct given g = {"forest", "trees", "10", NUMBER, RAI_UNIT_SAME};
	struct rai_table *t = make_table(NUMBER);
	struct rai_cell row[COLUMNS], baseline[COLUMNS];
	double part[COLUMNS];
	struct rai_explanation e = {.part = part};
	size_t steps = SIZE_MAX, used;
	struct rai_trained r;

	if (!ok(t != NULL && train(t, &g, &r) == 0, "trained"))
		return;
	rai_table_cells(t, 0, row);
	rai_table_cells(t, 1, baseline);
	is_int(rai_explain(&r.pipeline, row, baseline, 0, &e, &steps, NULL), 0, "without end");
	used = SIZE_MAX - steps;
	ok(used > 10 && used < 10 * 2 * ROWS, "fewer steps than there are nodes");
	steps = used;
	is_int(rai_explain(&r.pipeline, row, baseline, 0, &e, &steps, NULL), 0, "just enough");
	is_int(steps, 0, "none is left");
	steps = used - 1;
	is_int(rai_explain(&r.pipeline, row, baseline, 0, &e, &steps, NULL), 1, "one too few");
	rai_trained_release(&r);
	rai_table_free(t);
}

static void
test_explain__same_rows(void)
{
	static const struct given g = {"boost", "rounds", "20", NUMBER, RAI_UNIT_SAME};
	struct rai_table *t = make_table(NUMBER);
	struct rai_cell row[COLUMNS];
	double part[COLUMNS], out;
	struct rai_explanation e = {.part = part};
	size_t steps = SIZE_MAX, i;
	struct rai_trained r;

	if (!ok(t != NULL && train(t, &g, &r) == 0, "trained"))
		return;
	rai_table_cells(t, 0, row);
	rai_pipeline_predict(&r.pipeline, row, &out);
	is_int(rai_explain(&r.pipeline, row, row, 0, &e, &steps, NULL), 0, "against itself");
	for (i = 0; i < COLUMNS; i++)
		ok(part[i] == 0, "nothing is added");
	ok_near(e.base, out, 1e-12, "what is predicted is there");
	is_str(rai_explain_scale_name(e.scale), "value", "as it is");
	rai_trained_release(&r);
	rai_table_free(t);
}

static void
test_explain__refused(void)
{
	static const struct given g = {"svr", NULL, NULL, NUMBER, RAI_UNIT_SAME};
	struct rai_table *t = make_table(NUMBER);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_trained r;

	if (!ok(t != NULL && train(t, &g, &r) == 0, "trained"))
		return;
	is_int(rai_explain_check(&r.pipeline, &err), -1, "a machine of support vectors");
	ok(strstr(err.msg, "svr is not explained") != NULL, err.msg);
	rai_trained_release(&r);
	rai_table_free(t);
}

int
main(void)
{
	static const struct given g[] = {
	    {"linear", NULL, NULL, NUMBER, RAI_UNIT_SAME},
	    {"ridge", NULL, NULL, NUMBER, RAI_UNIT_LOG},
	    {"lasso", "alpha", "0.01", NUMBER, RAI_UNIT_SAME},
	    {"elastic-net", "alpha", "0.01", NUMBER, RAI_UNIT_SAME},
	    {"logistic", NULL, NULL, TWO, RAI_UNIT_SAME},
	    {"logistic", NULL, NULL, THREE, RAI_UNIT_SAME},
	    {"tree", NULL, NULL, NUMBER, RAI_UNIT_SAME},
	    {"tree", NULL, NULL, THREE, RAI_UNIT_SAME},
	    {"forest", "trees", "20", NUMBER, RAI_UNIT_LOG},
	    {"forest", "trees", "20", TWO, RAI_UNIT_SAME},
	    {"extra-trees", "trees", "20", NUMBER, RAI_UNIT_SAME},
	    {"boost", "rounds", "60", NUMBER, RAI_UNIT_SAME},
	    {"boost", "rounds", "60", NUMBER, RAI_UNIT_LOG},
	    {"boost", "loss", "poisson", NUMBER, RAI_UNIT_SAME},
	    {"boost", "rounds", "60", TWO, RAI_UNIT_SAME},
	    {"boost", "rounds", "30", THREE, RAI_UNIT_SAME},
	};
	size_t i;

	for (i = 0; i < sizeof(g) / sizeof(g[0]); i++)
		test_explain__as_defined(&g[i]);
	test_explain__bounded();
	test_explain__same_rows();
	test_explain__refused();
	return tap_done();
}
