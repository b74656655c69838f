#include <string.h>

#include "json/utf8.h"
#include "tool.h"

static int
is_unit(const struct rai_yaml *node)
{
	size_t n, i;

	if (node->kind != RAI_YAML_SCALAR || node->text == NULL)
		return 0;
	n = strlen(node->text);
	for (i = 0; i < n; i++)
		if ((unsigned char)node->text[i] < 0x20)
			return 0;
	return n > 0 && n <= RAI_UNIT_BYTES && rai_utf8_valid(node->text, n) == 0;
}

/* Does no model see this column because rai.yaml says so? */
static int
is_left_out(const struct plan *p, const char *column)
{
	const struct rai_loop_features *f = &p->model->features;
	size_t i;

	for (i = 0; i < f->drop.n; i++)
		if (strcmp(f->drop.word[i], column) == 0)
			return 1;
	for (i = 0; i < f->use.n; i++)
		if (strcmp(f->use.word[i], column) == 0)
			return 0;
	return f->use.n > 0;
}

static struct rai_col_spec *
find(struct rai_table *t, const char *column)
{
	int at = rai_schema_find(&t->schema, column, strlen(column));

	if (at >= 0)
		return &t->schema.col[at];
	return strcmp(t->schema.target.name, column) == 0 ? &t->schema.target : NULL;
}

static int
set_unit(const struct plan *p, const char *column, const struct rai_yaml *unit, struct rai_table *t,
    struct rai_err *err)
{
	struct rai_col_spec *c = find(t, column);

	if (!is_unit(unit))
		return rai_yaml_fail(err, p->loop.file, unit,
		    "models.%s.features.units.%.100s: must be text such as km, of up to %d bytes",
		    p->model->name, column, RAI_UNIT_BYTES);
	if (c == NULL && is_left_out(p, column))
		return 0;
	if (c == NULL)
		return rai_yaml_fail(err, p->loop.file, unit,
		    "models.%s.features.units: the data has no column \"%.100s\"", p->model->name,
		    column);
	if (c->type != RAI_COL_NUM)
		return rai_yaml_fail(err, p->loop.file, unit,
		    "models.%s.features.units.%.100s: only numbers have a unit, and this is a %s",
		    p->model->name, column, c->type == RAI_COL_CAT ? "category" : "date");
	c->unit = strdup(unit->text);
	return c->unit != NULL ? 0 : rai_fail_memory(err);
}

int
data_units(const struct plan *p, struct rai_table *t, struct rai_err *err)
{
	const struct rai_yaml *map = p->model->features.units;
	size_t i;

	if (map == NULL)
		return 0;
	if (map->kind != RAI_YAML_MAP)
		return rai_yaml_fail(err, p->loop.file, map,
		    "models.%s.features.units: must be a map from a column to its unit, such as "
		    "{ Distance: km }",
		    p->model->name);
	for (i = 0; i < map->n; i++)
		if (set_unit(p, map->key[i]->text, map->item[i], t, err) != 0)
			return -1;
	return 0;
}
