#include "model/kind.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct rai_kind *const rai_kinds[] = {
    &rai_kind_linear, &rai_kind_ridge, &rai_kind_tree, &rai_kind_forest, NULL};

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

static int
unknown_param(const struct rai_kind *kind, const char *param, struct rai_err *err)
{
	char list[160] = "it has none";
	size_t i, n = 0;

	for (i = 0; kind->param[i].name != NULL && n < sizeof(list); i++)
		n += (size_t)snprintf(
		    list + n, sizeof(list) - n, "%s%s", i ? ", " : "", kind->param[i].name);
	return rai_fail(
	    err, RAI_EINPUT, "%s has no parameter \"%.40s\" (%s)", kind->name, param, list);
}

int
rai_fitted_set(struct rai_fitted *f, const char *param, double value, struct rai_err *err)
{
	const struct rai_kind_param *p = f->kind->param;

	for (; p->name != NULL; p++)
		if (strcmp(p->name, param) == 0)
			break;
	if (p->name == NULL)
		return unknown_param(f->kind, param, err);
	if (!(value >= p->min && value <= p->max) ||
	    (p->type == RAI_PARAM_WHOLE && value != floor(value)))
		return rai_fail(err, RAI_EINPUT, "%s: %s must be a %s from %g to %g", f->kind->name,
		    p->name, p->type == RAI_PARAM_WHOLE ? "whole number" : "number", p->min,
		    p->max);
	f->param[p - f->kind->param] = value;
	return 0;
}

size_t
rai_fitted_units(const struct rai_fitted *f)
{
	size_t i;

	for (i = 0; f->kind->param[i].name != NULL; i++)
		if (strcmp(f->kind->param[i].name, "trees") == 0)
			return (size_t)f->param[i];
	return 1;
}

void
rai_fitted_release(struct rai_fitted *f)
{
	free(f->own[0]);
	free(f->own[1]);
	memset(f, 0, sizeof(*f));
}
