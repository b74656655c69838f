#include "model/kind.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "model/ensemble.h"
#include "model/external.h"
const struct rai_kind *const rai_kinds[] = {
    &rai_kind_linear,
    &rai_kind_ridge,
    &rai_kind_lasso,
    &rai_kind_elastic_net,
    &rai_kind_logistic,
    &rai_kind_svr,
    &rai_kind_svc,
    &rai_kind_tree,
    &rai_kind_forest,
    &rai_kind_extra_trees,
    &rai_kind_boost,
    &rai_kind_xgboost,
    &rai_kind_lightgbm,
    &rai_kind_external,
    NULL,
};

const struct rai_kind *
rai_kind_find(const char *name)
{
	size_t i;

	for (i = 0; rai_kinds[i] != NULL; i++)
		if (strcmp(rai_kinds[i]->name, name) == 0)
			return rai_kinds[i];
	return NULL;
}

void
rai_fitted_init(struct rai_fitted *f, const struct rai_kind *kind)
{
	size_t i;

	memset(f, 0, sizeof(*f));
	f->kind = kind;
	for (i = 0; kind->param[i].name != NULL; i++)
		f->param[i] = kind->param[i].value;
}

/* "name, name, name" of a NULL-terminated list into a buffer. */
struct listing {
	char text[200];
	size_t n;
};

static void
list_add(struct listing *l, const char *name)
{
	if (l->n < sizeof(l->text))
		l->n += (size_t)snprintf(
		    l->text + l->n, sizeof(l->text) - l->n, "%s%s", l->n > 0 ? ", " : "", name);
}

static const struct rai_kind_param *
find_param(const struct rai_fitted *f, const char *name, struct rai_err *err)
{
	const struct rai_kind_param *p;
	struct listing list = {"it has none", 0};

	for (p = f->kind->param; p->name != NULL; p++)
		if (strcmp(p->name, name) == 0 || (p->alias != NULL && strcmp(p->alias, name) == 0))
			return p;
	for (p = f->kind->param; p->name != NULL; p++)
		list_add(&list, p->name);
	rai_fail(
	    err, RAI_EINPUT, "%s has no parameter \"%.40s\" (%s)", f->kind->name, name, list.text);
	return NULL;
}

/* Says what the parameter takes. */
static int
bad_value(const struct rai_fitted *f, const struct rai_kind_param *p, struct rai_err *err)
{
	struct listing list = {"", 0};
	char range[96] = "";
	const struct rai_param_word *w;

	for (w = p->word; w != NULL && w->name != NULL; w++)
		list_add(&list, w->name);
	if (p->type != RAI_PARAM_WORD)
		snprintf(range, sizeof(range), "a %s from %g to %g%s",
		    p->type == RAI_PARAM_WHOLE ? "whole number" : "number", p->min, p->max,
		    p->word != NULL ? ", or " : "");
	return rai_fail(err, RAI_EINPUT, "%s: %s must be %s%s%s", f->kind->name, p->name, range,
	    p->word != NULL ? "one of: " : "", list.text);
}

static int
set(struct rai_fitted *f, const struct rai_kind_param *p, double value, struct rai_err *err)
{
	const struct rai_param_word *w;

	for (w = p->word; w != NULL && w->name != NULL; w++)
		if (w->value == value)
			break;
	if ((w == NULL || w->name == NULL) &&
	    (p->type == RAI_PARAM_WORD || !(value >= p->min && value <= p->max) ||
		(p->type == RAI_PARAM_WHOLE && value != floor(value))))
		return bad_value(f, p, err);
	f->param[p - f->kind->param] = value;
	return 0;
}

int
rai_fitted_set(struct rai_fitted *f, const char *param, double value, struct rai_err *err)
{
	const struct rai_kind_param *p = find_param(f, param, err);

	return p == NULL ? -1 : set(f, p, value, err);
}

int
rai_fitted_set_text(struct rai_fitted *f, const char *param, const char *text, struct rai_err *err)
{
	const struct rai_kind_param *p = find_param(f, param, err);
	const struct rai_param_word *w;
	double value;

	if (p == NULL)
		return -1;
	for (w = p->word; w != NULL && w->name != NULL; w++)
		if (strcmp(w->name, text) == 0) {
			f->param[p - f->kind->param] = w->value;
			return 0;
		}
	if (p->type == RAI_PARAM_WORD || rai_num_double(text, strlen(text), &value) != 0)
		return bad_value(f, p, err);
	return set(f, p, value, err);
}

const char *
rai_fitted_word(const struct rai_fitted *f, size_t i)
{
	const struct rai_param_word *w;

	for (w = f->kind->param[i].word; w != NULL && w->name != NULL; w++)
		if (w->value == f->param[i])
			return w->name;
	return NULL;
}

size_t
rai_fitted_outputs(const struct rai_fitted *f)
{
	return f->nclass > 0 ? f->nclass : 1;
}

void
rai_fitted_predict_rows(const struct rai_fitted *f, const double *x, size_t n, double *out)
{
	size_t outputs = rai_fitted_outputs(f), i;

	if (f->kind->predict_rows != NULL) {
		f->kind->predict_rows(f, x, n, out);
		return;
	}
	for (i = 0; i < n; i++)
		f->kind->predict(f, x + i * f->width, out + i * outputs);
}

size_t
rai_fitted_units(const struct rai_fitted *f)
{
	size_t i;

	for (i = 0; f->kind->units != NULL && f->kind->param[i].name != NULL; i++)
		if (strcmp(f->kind->param[i].name, f->kind->units) == 0)
			return (size_t)f->param[i];
	return 1;
}

void
rai_fitted_release(struct rai_fitted *f)
{
	if (f->state != NULL)
		f->kind->release(f);
	memset(f, 0, sizeof(*f));
}
