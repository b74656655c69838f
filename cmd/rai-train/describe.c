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
encoding(const struct plan *p, const struct rai_col_spec *c)
{
	static const char *const word[] = {[RAI_ENCODE_LABEL] = "code",
	    [RAI_ENCODE_ONE_HOT] = "one-hot",
	    [RAI_ENCODE_TARGET] = "mean of the target"};
	enum rai_encode encode = p->train.prep.encode;
	size_t i;

	for (i = 0; i < p->train.prep.ncolumn; i++)
		if (strcmp(p->encode[i].column, c->name) == 0)
			encode = p->encode[i].encode;
	if (encode == RAI_ENCODE_AUTO)
		encode = c->nlevel <= RAI_PREP_AUTO ? RAI_ENCODE_ONE_HOT : RAI_ENCODE_TARGET;
	return word[encode];
}

static void
add_treatment(struct rai_buf *b, const struct plan *p, const struct rai_col_spec *c, size_t missing)
{
	int mode = p->train.prep.fill == RAI_FILL_MODE;

	if (c->type == RAI_COL_CAT)
		rai_buf_printf(b, "%s", encoding(p, c));
	else if (c->type == RAI_COL_DATE)
		rai_buf_str(b, "year, month, day number");
	else
		rai_buf_str(b, "as it is");
	if (c->type == RAI_COL_NUM && p->train.prep.clip_iqr > 0)
		rai_buf_printf(b, ", clipped at %g IQR", p->train.prep.clip_iqr);
	if (missing > 0 && p->train.missing == RAI_MISSING_DROP)
		rai_buf_str(b, ", rows without it dropped");
	else if (missing > 0 && c->type != RAI_COL_CAT)
		rai_buf_printf(b, ", filled with the %s", mode ? "mode" : "median");
	else if (missing > 0 && mode)
		rai_buf_str(b, ", filled with the mode");
}

static int
add_column(struct rai_buf *b, const struct plan *p, const struct rai_col_spec *c,
    const struct rai_column *v, size_t n, struct rai_err *err)
{
	static const char *const word[] = {"number", "category", "date"};
	size_t distinct = c->nlevel;
	double min = NAN, max = NAN;

	if (c->type != RAI_COL_CAT && survey(v->num, n, &distinct, &min, &max, err) != 0)
		return -1;
	rai_buf_printf(b, "%s\t%s\t%zu\t%zu\t", c->name, word[c->type], v->missing, distinct);
	if (c->type == RAI_COL_CAT)
		add_levels(b, c);
	else
		add_range(b, c, min, max);
	rai_buf_char(b, '\t');
	if (distinct <= 1)
		rai_buf_str(b, "says nothing: one value; ");
	add_treatment(b, p, c, v->missing);
	rai_buf_char(b, '\n');
	return 0;
}

static int
add_target(struct rai_buf *b, const struct plan *p, const struct rai_table *t, struct rai_err *err)
{
	const struct rai_col_spec *c = &t->schema.target;
	size_t *rows = calloc(t->nrow + 1, sizeof(*rows)), distinct, i;
	double min, max;

	if (rows == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < t->nrow; i++)
		rows[i] = i;
	rai_buf_printf(b, "%s\t%s\t%zu\t", c->name, c->type == RAI_COL_CAT ? "category" : "number",
	    t->counts.no_target);
	if (c->type == RAI_COL_CAT) {
		rai_buf_printf(b, "%zu\t", c->nlevel);
		add_levels(b, c);
	} else if (survey(t->target, t->nrow, &distinct, &min, &max, err) == 0) {
		rai_buf_printf(b, "%zu\t", distinct);
		add_range(b, c, min, max);
	} else {
		free(rows);
		return -1;
	}
	rai_buf_printf(b, "\tto be predicted%s\n",
	    rai_train_unit(t, rows, t->nrow, p->train.unit) == RAI_UNIT_LOG ? ", on the log scale"
									    : "");
	free(rows);
	return 0;
}

int
run_describe(const struct options *o, struct rai_buf *out, struct rai_err *err)
{
	struct rai_table *t = NULL;
	struct plan p;
	size_t j;
	int rc = -1;

	if (plan_read(o, NEED_NOTHING, &p, err) != 0)
		return -1;
	if (data_read(o, &p, &t, err) != 0)
		goto out;
	rai_buf_str(out, "column\ttype\tmissing\tdistinct\tvalues\ttreatment\n");
	for (j = 0; j < t->schema.n; j++)
		if (add_column(out, &p, &t->schema.col[j], &t->col[j], t->nrow, err) != 0)
			goto out;
	if (t->target != NULL && add_target(out, &p, t, err) != 0)
		goto out;
	rc = rai_buf_check(out, "description", err);
out:
	rai_table_free(t);
	plan_release(&p);
	return rc;
}
