#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/par.h"
#include "json/utf8.h"
#include "table/distinct.h"
#include "tool.h"

/* How many different values each number and date has; the target is the last. */
struct survey {
	const struct rai_table *table;
	size_t *distinct; /* schema.n + 1 */
	atomic_int failed;
};

static void
survey_one(void *ctx, size_t j, size_t worker)
{
	struct survey *s = ctx;
	const struct rai_table *t = s->table;
	const double *v = j < t->schema.n ? t->col[j].num : t->target;

	(void)worker;
	if (v != NULL && rai_distinct(v, t->nrow, &s->distinct[j], NULL) != 0)
		atomic_store(&s->failed, 1);
}

static int
survey(const struct plan *p, struct survey *s, struct rai_err *err)
{
	size_t n = s->table->schema.n + 1;

	s->distinct = calloc(n, sizeof(*s->distinct));
	if (s->distinct == NULL)
		return rai_fail_memory(err);
	rai_par_for(n, p->train.threads, survey_one, s);
	return atomic_load(&s->failed) ? rai_fail_memory(err) : 0;
}

static void
add_date(struct rai_buf *b, double days)
{
	int year, month, day;

	rai_clock_civil((int64_t)days, &year, &month, &day);
	rai_buf_printf(b, "%04d-%02d-%02d", year, month, day);
}

static void
add_range(struct rai_buf *b, const struct rai_col_spec *c)
{
	char low[RAI_NUM_TEXT], high[RAI_NUM_TEXT];

	if (isnan(c->min)) {
		rai_buf_str(b, "no values");
	} else if (c->type == RAI_COL_DATE) {
		add_date(b, c->min);
		rai_buf_str(b, " .. ");
		add_date(b, c->max);
	} else {
		rai_num_format(c->min, low);
		rai_num_format(c->max, high);
		rai_buf_printf(b, "%s .. %s", low, high);
	}
}

/* At most max bytes, and whole characters. */
static void
add_short(struct rai_buf *b, const char *s, size_t max)
{
	size_t n = 0, step, len = strlen(s);

	while (n < len && (step = rai_utf8_step(s + n, len - n)) > 0 && n + step <= max)
		n += step;
	rai_buf_add(b, s, n);
}

static void
add_levels(struct rai_buf *b, const struct rai_col_spec *c)
{
	size_t i;

	for (i = 0; i < c->nlevel && i < 3; i++) {
		rai_buf_str(b, i > 0 ? ", " : "");
		add_short(b, c->level[i], 24);
	}
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

void
describe_treatment(struct rai_buf *b, const struct plan *p, const struct rai_col_spec *c,
    const struct described *d)
{
	if (c->type == RAI_COL_CAT)
		rai_buf_printf(b, "%s", encoding(d->encode, c->nlevel));
	else if (c->type == RAI_COL_DATE)
		rai_buf_str(b, "year, month, day number");
	else
		rai_buf_str(b, "as it is");
	if (c->type == RAI_COL_NUM && p->train.prep.clip_iqr > 0)
		rai_buf_printf(b, ", clipped at %g IQR", p->train.prep.clip_iqr);
	if (d->missing > 0 && p->train.missing == RAI_MISSING_DROP)
		rai_buf_str(b, ", rows without it dropped");
	else if (d->missing > 0 && (c->type != RAI_COL_CAT || d->encode != RAI_ENCODE_NONE))
		add_fill(b, &p->train.prep, c);
}

void
describe_values(struct rai_buf *b, const struct rai_col_spec *c)
{
	if (c->type == RAI_COL_CAT)
		add_levels(b, c);
	else
		add_range(b, c);
}

int
describe_column(const struct plan *p, const struct rai_table *t, const size_t *rows, size_t n,
    size_t j, struct described *out, struct rai_err *err)
{
	const struct rai_col_spec *c = &t->schema.col[j];

	*out = (struct described){RAI_ENCODE_AUTO, t->col[j].missing};
	if (c->type != RAI_COL_CAT)
		return 0;
	return rai_prep_choice(t, j, rows, n, &p->train.prep, &out->encode, err);
}

static int
add_column(struct rai_buf *b, const struct plan *p, const struct rai_table *t, const size_t *rows,
    size_t j, size_t distinct, int leak, struct rai_err *err)
{
	static const char *const word[] = {"number", "category", "date"};
	const struct rai_col_spec *c = &t->schema.col[j];
	struct described d;

	if (describe_column(p, t, rows, t->nrow, j, &d, err) != 0)
		return -1;
	if (c->type == RAI_COL_CAT)
		distinct = c->nlevel;
	rai_buf_printf(b, "%s\t%s\t%zu\t%zu\t", c->name, word[c->type], d.missing, distinct);
	describe_values(b, c);
	rai_buf_char(b, '\t');
	if (distinct <= 1)
		rai_buf_printf(b, "says nothing: %s value; ", distinct == 0 ? "no" : "one");
	if (leak)
		rai_buf_str(b, "the target in another form");
	if (leak && p->model->features.leak != RAI_LEAK_KEEP)
		rai_buf_str(
		    b, p->model->features.leak == RAI_LEAK_DROP ? ": dropped" : ": refused");
	else {
		rai_buf_str(b, leak ? "; " : "");
		describe_treatment(b, p, c, &d);
	}
	rai_buf_char(b, '\n');
	return 0;
}

static void
add_target(struct rai_buf *b, const struct plan *p, const struct rai_table *t, const size_t *rows,
    size_t distinct)
{
	const struct rai_col_spec *c = &t->schema.target;

	rai_buf_printf(b, "%s\t%s\t%zu\t", c->name, c->type == RAI_COL_CAT ? "category" : "number",
	    t->counts.no_target);
	if (c->type == RAI_COL_CAT) {
		rai_buf_printf(b, "%zu\t", c->nlevel);
		add_levels(b, c);
	} else {
		rai_buf_printf(b, "%zu\t", distinct);
		add_range(b, c);
	}
	rai_buf_printf(b, "\tto be predicted%s\n",
	    rai_train_unit(t, rows, t->nrow, p->train.unit) == RAI_UNIT_LOG ? ", on the log scale"
									    : "");
}

int
run_describe(const struct options *o, struct rai_buf *out, struct rai_err *err)
{
	struct rai_table *t = NULL;
	struct survey s = {.distinct = NULL};
	size_t *rows = NULL, i, j;
	char *leak = NULL;
	struct plan p;
	int rc = -1;

	if (plan_read(o, NEED_NOTHING, &p, err) != 0)
		return -1;
	p.table.digest = RAI_TABLE_DIGEST_NONE;
	if (data_read(o, &p, &t, err) != 0 || (leak = find_leaks(&p, t, err)) == NULL)
		goto out;
	rows = calloc(t->nrow + 1, sizeof(*rows));
	if (rows == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	for (i = 0; i < t->nrow; i++)
		rows[i] = i;
	s.table = t;
	if (survey(&p, &s, err) != 0)
		goto out;
	rai_buf_str(out, "column\ttype\tmissing\tdistinct\tvalues\ttreatment\n");
	for (j = 0; j < t->schema.n; j++)
		if (add_column(out, &p, t, rows, j, s.distinct[j], leak[j], err) != 0)
			goto out;
	if (t->target != NULL)
		add_target(out, &p, t, rows, s.distinct[t->schema.n]);
	rc = rai_buf_check(out, "description", err);
out:
	free(rows);
	free(leak);
	free(s.distinct);
	rai_table_free(t);
	plan_release(&p);
	return rc;
}
