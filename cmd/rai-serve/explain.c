#include "explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/explain.h"

int
explain_can(const struct rai_model *m)
{
	return rai_explain_check(rai_model_pipeline(m), NULL) == 0;
}

int
explain(const struct rai_model *m, const struct rai_cell *row, const struct rai_cell *baseline,
    size_t output, struct rai_serve_explanation *out, size_t *steps, struct rai_err *err)
{
	struct rai_explanation e = {.part = out->part};
	int rc = rai_explain(rai_model_pipeline(m), row, baseline, output, &e, steps, err);

	if (rc != 0)
		return rc;
	out->scale = rai_explain_scale_name(e.scale);
	out->base = e.base;
	out->score = e.score;
	return 0;
}

static const struct rai_profile_col *
find(const struct rai_profile *p, const struct rai_col_spec *c)
{
	enum rai_profile_kind kind = c->type == RAI_COL_CAT ? RAI_PROFILE_CAT : RAI_PROFILE_NUM;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->col[i].kind == kind && strcmp(p->col[i].name, c->name) == 0)
			return &p->col[i];
	return NULL;
}

/* The code of the level with the largest count; of several the first. */
static int32_t
most_frequent(const struct rai_col_spec *c, const struct rai_profile_col *p)
{
	size_t i, best = 0;

	for (i = 1; i < p->nbin; i++)
		if (p->count[i] > p->count[best])
			best = i;
	for (i = 0; i < c->nlevel && p->nbin > 0; i++)
		if (strcmp(c->level[i], p->level[best]) == 0)
			return (int32_t)i;
	return RAI_CODE_MISSING;
}

struct rai_cell *
explain_typical(const struct rai_schema *s, const struct rai_profile *p)
{
	struct rai_cell *cell = calloc(s->n + 1, sizeof(*cell));
	const struct rai_profile_col *c;
	size_t i;

	for (i = 0; cell != NULL && i < s->n; i++) {
		cell[i] = (struct rai_cell){NAN, RAI_CODE_MISSING};
		c = find(p, &s->col[i]);
		if (c == NULL)
			continue;
		if (s->col[i].type == RAI_COL_CAT)
			cell[i].code = most_frequent(&s->col[i], c);
		else if (c->nquantile > 0)
			cell[i].num = c->quantile[(c->nquantile - 1) / 2];
	}
	return cell;
}
