#include <stdlib.h>
#include <string.h>

#include "drift/profile.h"
#include "drift/twins.h"
#include "tool.h"

/* One feature over the training rows, also in a hash of each row. */
static int
profile_column(const struct result *r, size_t j, struct rai_profile_col *out, uint64_t *hash,
    struct rai_err *err)
{
	const struct rai_col_spec *spec = &r->table->schema.col[j];
	const struct rai_column *c = &r->table->col[j];
	const struct rai_split *s = &r->trained->split;
	size_t i;
	int rc;

	if (spec->type == RAI_COL_CAT) {
		int32_t *code = calloc(s->ntrain + 1, sizeof(*code));

		if (code == NULL)
			return rai_fail_memory(err);
		for (i = 0; i < s->ntrain; i++)
			code[i] = c->code[s->train[i]];
		rc = rai_profile_from_cat(
		    out, spec->name, spec->level, spec->nlevel, code, s->ntrain, err);
		rai_drift_twins_cat(hash, code, s->ntrain);
		free(code);
	} else {
		double *num = calloc(s->ntrain + 1, sizeof(*num));

		if (num == NULL)
			return rai_fail_memory(err);
		for (i = 0; i < s->ntrain; i++)
			num[i] = c->num[s->train[i]];
		rc = rai_profile_from_num(out, spec->name, num, s->ntrain, err);
		rai_drift_twins_num(hash, num, s->ntrain);
		free(num);
	}
	return rc;
}

/*
 * What the hold-out's predictions missed: shares of them where the target was learned on the log
 * scale, whose errors grow with it, else amounts.
 */
static int
profile_errors(const struct result *r, struct rai_profile *p, struct rai_err *err)
{
	const struct rai_trained *t = r->trained;
	size_t n = t->split.ntest, i;
	double *missed = calloc(n + 1, sizeof(*missed));
	int ratio = t->unit == RAI_UNIT_LOG, rc;

	if (missed == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++)
		missed[i] = ratio ? t->actual[i] / t->predicted[i] : t->actual[i] - t->predicted[i];
	rc = rai_profile_from_num(&p->error, ratio ? "ratio" : "difference", missed, n, err);
	free(missed);
	return rc;
}

/* The target of the training rows, the predictions of the hold-out and their errors. */
static int
profile_numbers(const struct result *r, struct rai_profile *p, struct rai_err *err)
{
	const struct rai_split *s = &r->trained->split;
	double *actual = calloc(s->ntrain + 1, sizeof(*actual));
	size_t i;
	int rc;

	if (actual == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->ntrain; i++)
		actual[i] = r->table->target[s->train[i]];
	rc = rai_profile_from_num(&p->target, r->table->schema.target.name, actual, s->ntrain, err);
	free(actual);
	if (rc != 0 || profile_errors(r, p, err) != 0)
		return -1;
	return rai_profile_from_num(
	    &p->prediction, "prediction", r->trained->predicted, s->ntest, err);
}

/* The same of classes; the prediction is the most probable one. */
static int
profile_classes(const struct result *r, struct rai_profile *p, struct rai_err *err)
{
	const struct rai_col_spec *target = &r->table->schema.target;
	const struct rai_split *s = &r->trained->split;
	size_t n = s->ntrain > s->ntest ? s->ntrain : s->ntest, i;
	int32_t *code = calloc(n + 1, sizeof(*code));
	int rc;

	if (code == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->ntrain; i++)
		code[i] = (int32_t)r->table->target[s->train[i]];
	rc = rai_profile_from_cat(
	    &p->target, target->name, target->level, target->nlevel, code, s->ntrain, err);
	for (i = 0; i < s->ntest; i++)
		code[i] = (int32_t)rai_metric_class(
		    r->trained->predicted + i * target->nlevel, target->nlevel);
	if (rc == 0)
		rc = rai_profile_from_cat(&p->prediction, "prediction", target->level,
		    target->nlevel, code, s->ntest, err);
	free(code);
	return rc;
}

int
profile_text(const struct result *r, struct rai_buf *out, struct rai_err *err)
{
	struct rai_profile p = {.col = NULL};
	size_t n = r->trained->split.ntrain, j;
	uint64_t *hash = calloc(n + 1, sizeof(*hash));
	struct rai_jw w;
	int rc = -1;

	p.rows = (int64_t)n;
	p.accuracy = r->trained->metric[RAI_METRIC_ACCURACY].value;
	p.col = calloc(r->table->schema.n + 1, sizeof(*p.col));
	if (p.col == NULL || hash == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	for (j = 0; j < r->table->schema.n; j++) {
		if (profile_column(r, j, &p.col[j], hash, err) != 0)
			goto out;
		p.n++;
	}
	/* a row that was left out as a duplicate made a pair */
	p.twins = rai_drift_twins_pairs(hash, n) + (int64_t)r->table->counts.duplicates;
	p.pairs = (int64_t)n * ((int64_t)n - 1) / 2 + (int64_t)r->table->counts.duplicates;
	if ((r->trained->pipeline.fitted.nclass > 0 ? profile_classes : profile_numbers)(
		r, &p, err) != 0)
		goto out;
	rai_jw_init(&w, out);
	rai_profile_write(&p, &w, NULL);
	rc = rai_buf_check(out, "profile", err);
out:
	free(hash);
	rai_profile_release(&p);
	return rc;
}
