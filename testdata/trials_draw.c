#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "stat/stat.h"
#include "trials.h"

static const struct rai_schema *
schema_of(const struct population *p)
{
	return rai_model_schema(p->model);
}

static int
measure_sd(struct population *p)
{
	const struct rai_table *t = &p->seen.table;
	double *sorted = malloc((t->nrow + 1) * sizeof(*sorted));
	size_t i, k, n;

	p->sd = calloc(t->schema.n + 1, sizeof(*p->sd));
	for (k = 0; p->sd != NULL && sorted != NULL && k < t->schema.n; k++) {
		for (n = 0, i = 0; t->col[k].num != NULL && i < t->nrow; i++)
			if (isfinite(t->col[k].num[i]))
				sorted[n++] = t->col[k].num[i];
		rai_stat_sort(sorted, n);
		p->sd[k] = rai_stat_robust_sd(sorted, n);
	}
	i = p->sd != NULL && sorted != NULL;
	free(sorted);
	return i ? 0 : -1;
}

static int
predict_all(struct population *p)
{
	const struct rai_table *t = &p->seen.table;
	struct rai_cell *cells = calloc(t->schema.n + 1, sizeof(*cells));
	size_t i;

	p->prediction = calloc(t->nrow + 1, sizeof(*p->prediction));
	for (i = 0; cells != NULL && p->prediction != NULL && i < t->nrow; i++) {
		rai_table_cells(t, i, cells);
		rai_model_predict(p->model, cells, &p->prediction[i]);
	}
	i = cells != NULL && p->prediction != NULL;
	free(cells);
	return i ? 0 : -1;
}

/* Columns are read as the model's schema says. */
static int
read_table(struct population *p, const char *data, struct rai_err *err)
{
	const struct rai_schema *s = schema_of(p);
	const char **category = calloc(s->n + 1, sizeof(char *));
	const char **use = calloc(s->n + 1, sizeof(char *));
	struct rai_table_date *date = calloc(s->n + 1, sizeof(*date));
	struct rai_table_options o = {.target = s->target.name,
	    .category = category,
	    .date = date,
	    .use = use,
	    .nuse = s->n,
	    .duplicates = RAI_DUPLICATES_KEEP};
	size_t i;
	int rc;

	for (i = 0; category != NULL && use != NULL && date != NULL && i < s->n; i++) {
		use[i] = s->col[i].name;
		if (s->col[i].type == RAI_COL_CAT)
			category[o.ncategory++] = s->col[i].name;
		else if (s->col[i].type == RAI_COL_DATE)
			date[o.ndate++] =
			    (struct rai_table_date){s->col[i].name, s->col[i].day_first};
	}
	rc = category == NULL || use == NULL || date == NULL
		 ? rai_fail_memory(err)
		 : rai_table_read(data, &o, &p->table, err);
	free(category);
	free(use);
	free(date);
	return rc;
}

int
population_open(const char *model, const char *data, struct population *out, struct rai_err *err)
{
	memset(out, 0, sizeof(*out));
	if (rai_model_open(model, &out->model, err) != 0 || read_table(out, data, err) != 0 ||
	    rai_table_conform(out->table, schema_of(out), &out->seen, err) != 0)
		return -1;
	return predict_all(out) == 0 && measure_sd(out) == 0 ? 0 : rai_fail_memory(err);
}

void
population_release(struct population *p)
{
	rai_conformed_release(&p->seen);
	rai_table_free(p->table);
	rai_model_free(p->model);
	free(p->prediction);
	free(p->sd);
}

void
window_release(struct window *w)
{
	size_t k;

	for (k = 0; w->rows.num != NULL && k < w->rows.ncol; k++)
		free(w->rows.num[k]);
	for (k = 0; w->rows.code != NULL && k < w->rows.ncol; k++)
		free(w->rows.code[k]);
	free(w->rows.num);
	free(w->rows.code);
	free(w->rows.withheld);
	free(w->rows.prediction);
	free(w->actual);
	free(w->from);
}

int
window_draw(const struct population *p, size_t n, int apart, struct rai_rng *r, struct window *w)
{
	const struct rai_table *t = &p->seen.table;
	size_t i, k, from;

	*w = (struct window){.rows = {.n = n, .ncol = t->schema.n}};
	w->rows.num = calloc(t->schema.n + 1, sizeof(double *));
	w->rows.code = calloc(t->schema.n + 1, sizeof(int32_t *));
	w->rows.prediction = calloc(n, sizeof(double));
	w->actual = calloc(n, sizeof(double));
	w->from = calloc(n, sizeof(size_t));
	w->rows.withheld = calloc(t->schema.n + 1, sizeof(*w->rows.withheld));
	if (w->rows.withheld == NULL || w->rows.num == NULL || w->rows.code == NULL ||
	    w->rows.prediction == NULL || w->actual == NULL || w->from == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		w->from[i] = (size_t)rai_rng_below(r, t->nrow);
		w->rows.prediction[i] = p->prediction[w->from[i]];
		w->actual[i] = t->target[w->from[i]];
	}
	for (k = 0; k < t->schema.n; k++) {
		if (t->col[k].num != NULL)
			w->rows.num[k] = calloc(n, sizeof(double));
		else
			w->rows.code[k] = calloc(n, sizeof(int32_t));
		if (w->rows.num[k] == NULL && w->rows.code[k] == NULL)
			return -1;
		for (i = 0; i < n; i++) {
			from = apart ? (size_t)rai_rng_below(r, t->nrow) : w->from[i];
			if (t->col[k].num != NULL)
				w->rows.num[k][i] = t->col[k].num[from];
			else
				w->rows.code[k][i] = t->col[k].code[from];
		}
	}
	return 0;
}

size_t
window_column(const struct population *p, int number, struct rai_rng *r)
{
	const struct rai_schema *s = schema_of(p);
	size_t k;

	do
		k = (size_t)rai_rng_below(r, s->n);
	while (number ? s->col[k].type != RAI_COL_NUM : s->col[k].type != RAI_COL_CAT);
	return k;
}

void
window_cells(const struct window *w, size_t i, struct rai_cell *cells)
{
	size_t k;

	for (k = 0; k < w->rows.ncol; k++)
		cells[k] = w->rows.num[k] != NULL
			       ? (struct rai_cell){w->rows.num[k][i], RAI_CODE_MISSING}
			       : (struct rai_cell){NAN, w->rows.code[k][i]};
}

void
window_predict(const struct population *p, struct window *w)
{
	struct rai_cell cells[WINDOW_COLUMNS];
	size_t i;

	for (i = 0; i < w->rows.n && w->rows.ncol <= WINDOW_COLUMNS; i++) {
		window_cells(w, i, cells);
		rai_model_predict(p->model, cells, &w->rows.prediction[i]);
	}
}

void
window_shift(const struct population *p, struct window *w, size_t k, double size, struct rai_rng *r)
{
	const struct rai_table *t = &p->seen.table;
	double by = size * p->sd[k];
	size_t i;
	int whole = 1;

	for (i = 0; i < t->nrow && whole; i++)
		whole = !isfinite(t->col[k].num[i]) || t->col[k].num[i] == floor(t->col[k].num[i]);
	for (i = 0; i < w->rows.n; i++)
		w->rows.num[k][i] += whole ? floor(by + rai_rng_unit(r)) : by;
}

/* Rows of one level are drawn again until it is as frequent as wanted; levels of 10 to 30 %. */
static void
raise_share(const struct population *p, struct window *w, double size, struct rai_rng *r)
{
	const struct rai_table *t = &p->seen.table;
	size_t k, i, have, from;
	double share, want;
	int32_t code;

	do {
		k = window_column(p, 0, r);
		code = t->col[k].code[rai_rng_below(r, t->nrow)];
		for (have = 0, i = 0; i < t->nrow; i++)
			have += t->col[k].code[i] == code;
		share = (double)have / (double)t->nrow;
	} while (code < 0 || share < 0.1 || share > 0.3);
	want = (size - 1) * share / (1 - share); /* of the rows of other levels */
	for (i = 0; i < w->rows.n; i++) {
		if (w->rows.code[k][i] == code || rai_rng_unit(r) >= want)
			continue;
		do
			from = (size_t)rai_rng_below(r, t->nrow);
		while (t->col[k].code[from] != code);
		w->rows.code[k][i] = code;
	}
}

/* The share of missing values rises by so much: of those that are there a larger share goes. */
static void
lose(const struct population *p, struct window *w, size_t k, double size, struct rai_rng *r)
{
	const struct rai_column *c = &p->seen.table.col[k];
	double rate = (double)c->missing / (double)p->seen.table.nrow;
	size_t i;

	for (i = 0; i < w->rows.n; i++)
		if (rai_rng_unit(r) < size / (1 - rate))
			w->rows.num[k][i] = NAN;
}

/* The first rows of the window in place of those that follow. */
static void
replay(struct window *w, double share)
{
	size_t n = (size_t)(share * (double)w->rows.n), i, k;

	for (k = 0; k < w->rows.ncol; k++)
		for (i = 0; i < n && n + i < w->rows.n; i++)
			if (w->rows.num[k] != NULL)
				w->rows.num[k][n + i] = w->rows.num[k][i];
			else
				w->rows.code[k][n + i] = w->rows.code[k][i];
}

static void
change(const struct population *p, const struct setting *s, struct window *w, struct rai_rng *r)
{
	size_t i, k = window_column(p, s->change != CHANGE_UNSEEN, r);

	switch (s->change) {
	case CHANGE_SHIFT:
		window_shift(p, w, k, s->size, r);
		break;
	case CHANGE_ALL:
		for (k = 0; k < w->rows.ncol; k++)
			if (schema_of(p)->col[k].type == RAI_COL_NUM)
				window_shift(p, w, k, s->size, r);
		break;
	case CHANGE_SHARE:
		raise_share(p, w, s->size, r);
		break;
	case CHANGE_MISSING:
		lose(p, w, k, s->size, r);
		break;
	case CHANGE_UNSEEN:
		for (i = 0; i < w->rows.n; i++)
			if (rai_rng_unit(r) < s->size)
				w->rows.code[k][i] = RAI_CODE_UNSEEN - 1; /* which is one */
		break;
	case CHANGE_OUTLIERS:
		for (i = 0; i < w->rows.n; i++)
			if (rai_rng_unit(r) < s->size)
				w->rows.num[k][i] = 10 * (w->rows.num[k][i] + 10 * p->sd[k]);
		break;
	case CHANGE_UNIT:
		for (i = 0; i < w->rows.n; i++)
			w->rows.num[k][i] *= s->size;
		break;
	case CHANGE_TARGET:
		for (i = 0; i < w->rows.n; i++)
			w->actual[i] *= s->size;
		break;
	case CHANGE_FREEZE:
		for (i = 0; i < w->rows.n; i++)
			w->rows.num[k][i] = w->rows.num[k][0];
		break;
	case CHANGE_REPLAY:
		replay(w, s->size);
		break;
	case CHANGE_NONE:
	case CHANGE_SHUFFLE:
		break;
	}
}

/* What the model missed: 1 - MAPE, and where they are wanted the errors themselves. */
static int
profile_losses(const struct window *w, int errors, struct rai_profile *out)
{
	double loss = 0, *ratio = calloc(w->rows.n + 1, sizeof(*ratio));
	size_t i;
	int rc = 0;

	if (ratio == NULL)
		return -1;
	for (i = 0; i < w->rows.n; i++) {
		loss += fabs(w->actual[i] - w->rows.prediction[i]) / w->actual[i];
		ratio[i] = w->actual[i] / w->rows.prediction[i];
	}
	out->accuracy = 1 - loss / (double)w->rows.n;
	if (errors)
		rc = rai_profile_from_num(&out->error, "ratio", ratio, w->rows.n, NULL);
	free(ratio);
	return rc;
}

int
window_profile(const struct population *p, const struct window *w, const struct window *holdout,
    struct rai_profile *out)
{
	const struct rai_schema *s = schema_of(p);
	const struct window *says = holdout != NULL ? holdout : w;
	size_t k;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	out->col = calloc(s->n + 1, sizeof(*out->col));
	if (out->col == NULL)
		return -1;
	for (k = 0; k < s->n && rc == 0; k++, out->n++)
		rc = w->rows.num[k] != NULL
			 ? rai_profile_from_num(
			       &out->col[k], s->col[k].name, w->rows.num[k], w->rows.n, NULL)
			 : rai_profile_from_cat(&out->col[k], s->col[k].name, s->col[k].level,
			       s->col[k].nlevel, w->rows.code[k], w->rows.n, NULL);
	out->rows = (int64_t)w->rows.n;
	if (rc == 0)
		rc = rai_profile_from_num(
		    &out->prediction, "prediction", says->rows.prediction, says->rows.n, NULL);
	if (rc == 0)
		rc = rai_profile_from_num(&out->target, "target", w->actual, w->rows.n, NULL);
	return rc == 0 ? profile_losses(says, holdout != NULL, out) : -1;
}

static void
judge(const struct population *p, const struct setting *s, const struct window *w,
    const struct rai_profile *profile, struct outcome *out)
{
	struct rai_drift_rule rule = {.window = (int64_t)s->n,
	    .sustain = 1,
	    .alpha = s->alpha,
	    .psi_above = NAN,
	    .accuracy_below = NAN};
	struct rai_drift_reference ref;
	struct rai_drift_inputs in = {.col = NULL};
	struct rai_drift_labels labels;
	size_t k;

	out->failed = rai_drift_reference(profile, schema_of(p), &ref, NULL) != 0 ||
		      rai_drift_judge_inputs(&ref, &rule, s->alpha, &w->rows, &in, NULL) != 0;
	if (out->failed)
		return;
	out->broken = in.broken;
	out->drifted = in.drifted && !in.broken;
	for (k = 0; k < in.n; k++) {
		out->psi |= in.col[k].judged && in.col[k].psi > 0.3;
		out->ks |= in.col[k].judged && in.col[k].p < 0.05;
	}
	rai_drift_inputs_release(&in);
	if (s->change != CHANGE_TARGET)
		return;
	out->failed = rai_drift_judge_labels(&ref, &rule, s->alpha, w->rows.prediction, w->actual,
			  s->n, &labels, NULL) != 0;
	out->drifted = labels.drifted;
}

void
trial(const struct population *p, const struct setting *s, struct outcome *out)
{
	struct rai_rng r = rai_rng_new(s->seed, 0);
	struct window reference, w = {.actual = NULL};
	struct rai_profile profile = {.n = 0};

	*out = (struct outcome){.failed = 1};
	if (window_draw(p, s->m, 0, &r, &reference) == 0 &&
	    window_draw(p, s->n, s->change == CHANGE_SHUFFLE, &r, &w) == 0 &&
	    window_profile(p, &reference, NULL, &profile) == 0) {
		change(p, s, &w, &r);
		if (s->change != CHANGE_NONE && s->change != CHANGE_TARGET && s->n <= 10000)
			window_predict(p, &w);
		judge(p, s, &w, &profile, out);
	}
	rai_profile_release(&profile);
	window_release(&reference);
	window_release(&w);
}
