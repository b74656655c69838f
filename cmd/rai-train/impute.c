#include <stdlib.h>
#include <string.h>

#include "tool.h"

static int
fail(const struct plan *p, const struct rai_yaml *node, const char *column, struct rai_err *err)
{
	return rai_yaml_fail(err, p->loop.file, node,
	    "models.%s.features.impute%s%s: must be median, mode or { constant: VALUE }%s",
	    p->model->name, column != NULL ? "." : "", column != NULL ? column : "",
	    column != NULL ? "" : ", drop, or a map from columns to these");
}

/* median, mode, or { constant: value } */
static int
read_fill(const struct plan *p, const struct rai_yaml *node, const char *column,
    struct rai_prep_fill *out, struct rai_err *err)
{
	const struct rai_yaml *constant = rai_yaml_get(node, "constant");

	*out = (struct rai_prep_fill){column, RAI_FILL_MEDIAN, NULL};
	if (node->kind == RAI_YAML_SCALAR && strcmp(node->text, "median") == 0)
		return 0;
	if (node->kind == RAI_YAML_SCALAR && strcmp(node->text, "mode") == 0) {
		out->fill = RAI_FILL_MODE;
		return 0;
	}
	if (node->kind != RAI_YAML_MAP || node->n != 1 || constant == NULL ||
	    constant->kind != RAI_YAML_SCALAR || rai_yaml_is_null(constant))
		return fail(p, node, column, err);
	out->fill = RAI_FILL_CONSTANT;
	out->constant = constant->text;
	return 0;
}

/* Of the columns that are not named. */
static int
read_default(struct plan *p, const struct rai_yaml *node, struct rai_err *err)
{
	struct rai_prep_fill fill;

	if (node->kind == RAI_YAML_SCALAR && strcmp(node->text, "drop") == 0) {
		p->train.missing = RAI_MISSING_DROP;
		return 0;
	}
	if (read_fill(p, node, NULL, &fill, err) != 0)
		return -1;
	p->train.prep.fill = fill.fill;
	p->train.prep.constant = fill.constant;
	return 0;
}

int
plan_impute(struct plan *p, struct rai_err *err)
{
	const struct rai_yaml *map = p->model->features.impute;
	size_t i, n = 0;

	if (map == NULL)
		return 0;
	/* alone it is the value, among others a column of that name */
	if (map->kind != RAI_YAML_MAP ||
	    (map->n == 1 && strcmp(map->key[0]->text, "constant") == 0))
		return read_default(p, map, err);
	p->impute = calloc(map->n + 1, sizeof(*p->impute));
	if (p->impute == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < map->n; i++) {
		const char *column = map->key[i]->text;

		if (strcmp(column, "default") == 0) {
			if (read_default(p, map->item[i], err) != 0)
				return -1;
		} else if (read_fill(p, map->item[i], column, &p->impute[n++], err) != 0)
			return -1;
	}
	p->train.prep.impute = p->impute;
	p->train.prep.nimpute = n;
	return 0;
}
