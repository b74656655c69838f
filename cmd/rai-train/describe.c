#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "tool.h"

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Distinct values and the range, missing ones left out. */
static int
survey(const double *v, size_t n, size_t *distinct, double *min, double *max, struct rai_err *err)
{
	double *sorted = malloc((n + 1) * sizeof(*sorted));
	size_t i, k = 0;

	if (sorted == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++)
		if (!isnan(v[i]))
			sorted[k++] = v[i];
	qsort(sorted, k, sizeof(*sorted), by_value);
	*distinct = k > 0;
	for (i = 1; i < k; i++)
		*distinct += sorted[i] != sorted[i - 1];
	*min = k > 0 ? sorted[0] : NAN;
	*max = k > 0 ? sorted[k - 1] : NAN;
	free(sorted);
	return 0;
}

static void
add_date(struct rai_buf *b, double days)
{
	int year, month, day;

	rai_clock_civil((int64_t)days, &year, &month, &day);
	rai_buf_printf(b, "%04d-%02d-%02d", year, month, day);
}

static void
add_range(struct rai_buf *b, const struct rai_col_spec *c, double min, double max)
{
	char low[RAI_NUM_TEXT], high[RAI_NUM_TEXT];

	if (isnan(min)) {
		rai_buf_str(b, "no values");
	} else if (c->type == RAI_COL_DATE) {
		add_date(b, min);
		rai_buf_str(b, " .. ");
		add_date(b, max);
	} else {
		rai_num_format(min, low);
		rai_num_format(max, high);
		rai_buf_printf(b, "%s .. %s", low, high);
	}
}

static void
add_levels(struct rai_buf *b, const struct rai_col_spec *c)
{
	size_t i;

	for (i = 0; i < c->nlevel && i < 3; i++)
		rai_buf_printf(b, "%s%.24s", i > 0 ? ", " : "", c->level[i]);
	if (c->nlevel > 3)
		rai_buf_printf(b, " and %zu more", c->nlevel - 3);
}

static const char *
encoding(enum rai_encode encode, size_t levels)
{
	static const char *const word[] = {[RAI_ENCODE_LABEL] = "code",
	    [RAI_ENCODE_ONE_HOT] = "one-hot",
	    [RAI_ENCODE_TARGET] = "mean of the target"};

	if (encode == RAI_ENCODE_NONE)
		return levels > 1 ? "left out: almost every row has another one" : "left out";
	return word[encode];
}

static void
add_fill(struct rai_buf *b, const struct rai_prep_options *o, const struct rai_col_spec *c)
{
	const struct rai_prep_fill fill = rai_prep_fill_of(o, c->name, c->type);

	if (fill.fill == RAI_FILL_CONSTANT)
		rai_buf_printf(b, ", filled with %.40s", fill.constant);
	else if (c->type != RAI_COL_CAT || fill.fill == RAI_FILL_MODE)
		rai_buf_printf(
		    b, ", filled with the %s", fill.fill == RAI_FILL_MODE ? "mode" : "median");
	else
		return;
	if (o->indicator)
		rai_buf_str(b, " and marked");
}

static void
add_treatment(struct rai_buf *b, const struct plan *p, const struct rai_col_spec *c,
    enum rai_encode encode, size_t missing)
{
	if (c->type == RAI_COL_CAT)
		rai_buf_printf(b, "%s", encoding(encode, c->nlevel));
	else if (c->type == RAI_COL_DATE)
		rai_buf_str(b, "year, month, day number");
	else
		rai_buf_str(b, "as it is");
	if (c->type == RAI_COL_NUM && p->train.prep.clip_iqr > 0)
		rai_buf_printf(b, ", clipped at %g IQR", p->train.prep.clip_iqr);
	if (missing > 0 && p->train.missing == RAI_MISSING_DROP)
		rai_buf_str(b, ", rows without it dropped");
	else if (missing > 0 && (c->type != RAI_COL_CAT || encode != RAI_ENCODE_NONE))
		add_fill(b, &p->train.prep, c);
}

static int
add_column(struct rai_buf *b, const struct plan *p, const struct rai_table *t, const size_t *rows,
    size_t j, int leak, struct rai_err *err)
{
	static const char *const word[] = {"number", "category", "date"};
	const struct rai_col_spec *c = &t->schema.col[j];
	enum rai_encode encode = RAI_ENCODE_AUTO;
	size_t distinct = c->nlevel, missing = t->col[j].missing;
	double min = NAN, max = NAN;

	if (c->type == RAI_COL_CAT
		? rai_prep_choice(t, j, rows, t->nrow, &p->train.prep, &encode, err) != 0
		: survey(t->col[j].num, t->nrow, &distinct, &min, &max, err) != 0)
		return -1;
	rai_buf_printf(b, "%s\t%s\t%zu\t%zu\t", c->name, word[c->type], missing, distinct);
	if (c->type == RAI_COL_CAT)
		add_levels(b, c);
	else
		add_range(b, c, min, max);
	rai_buf_char(b, '\t');
	if (distinct <= 1)
		rai_buf_str(b, "says nothing: one value; ");
	if (leak)
		rai_buf_str(b, "the target in another form");
	if (leak && p->model->features.leak != RAI_LEAK_KEEP)
		rai_buf_str(
		    b, p->model->features.leak == RAI_LEAK_DROP ? ": dropped" : ": refused");
	else {
		rai_buf_str(b, leak ? "; " : "");
		add_treatment(b, p, c, encode, missing);
	}
	rai_buf_char(b, '\n');
	return 0;
}

static int
add_target(struct rai_buf *b, const struct plan *p, const struct rai_table *t, const size_t *rows,
    struct rai_err *err)
{
	const struct rai_col_spec *c = &t->schema.target;
	size_t distinct;
	double min, max;

	rai_buf_printf(b, "%s\t%s\t%zu\t", c->name, c->type == RAI_COL_CAT ? "category" : "number",
	    t->counts.no_target);
	if (c->type == RAI_COL_CAT) {
		rai_buf_printf(b, "%zu\t", c->nlevel);
		add_levels(b, c);
	} else if (survey(t->target, t->nrow, &distinct, &min, &max, err) == 0) {
		rai_buf_printf(b, "%zu\t", distinct);
		add_range(b, c, min, max);
	} else {
		return -1;
	}
	rai_buf_printf(b, "\tto be predicted%s\n",
	    rai_train_unit(t, rows, t->nrow, p->train.unit) == RAI_UNIT_LOG ? ", on the log scale"
									    : "");
	return 0;
}

int
run_describe(const struct options *o, struct rai_buf *out, struct rai_err *err)
{
	struct rai_table *t = NULL;
	size_t *rows = NULL, i, j;
	char *leak = NULL;
	struct plan p;
	int rc = -1;

	if (plan_read(o, NEED_NOTHING, &p, err) != 0)
		return -1;
	if (data_read(o, &p, &t, err) != 0 || (leak = find_leaks(&p, t, err)) == NULL)
		goto out;
	rows = calloc(t->nrow + 1, sizeof(*rows));
	if (rows == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	for (i = 0; i < t->nrow; i++)
		rows[i] = i;
	rai_buf_str(out, "column\ttype\tmissing\tdistinct\tvalues\ttreatment\n");
	for (j = 0; j < t->schema.n; j++)
		if (add_column(out, &p, t, rows, j, leak[j], err) != 0)
			goto out;
	if (t->target != NULL && add_target(out, &p, t, rows, err) != 0)
		goto out;
	rc = rai_buf_check(out, "description", err);
out:
	free(rows);
	free(leak);
	rai_table_free(t);
	plan_release(&p);
	return rc;
}
