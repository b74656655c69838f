#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "table/schema.h"

static void
spec_write(const struct rai_col_spec *c, struct rai_jw *w, const char *key)
{
	static const char *const type[] = {"number", "category", "date"};
	size_t i;

	rai_jw_object(w, key);
	rai_jw_str(w, "name", c->name);
	rai_jw_str(w, "type", type[c->type]);
	if (c->type == RAI_COL_CAT) {
		rai_jw_array(w, "levels");
		for (i = 0; i < c->nlevel; i++)
			rai_jw_str(w, NULL, c->level[i]);
		rai_jw_end(w);
	} else {
		if (c->type == RAI_COL_DATE)
			rai_jw_bool(w, "day_first", c->day_first);
		rai_jw_num(w, "min", c->min);
		rai_jw_num(w, "max", c->max);
	}
	if (c->unit != NULL)
		rai_jw_str(w, "unit", c->unit);
	rai_jw_end(w);
}

void
rai_schema_write(const struct rai_schema *s, struct rai_jw *w, const char *key)
{
	size_t i;

	rai_jw_object(w, key);
	rai_jw_array(w, "columns");
	for (i = 0; i < s->n; i++)
		spec_write(&s->col[i], w, NULL);
	rai_jw_end(w);
	if (s->target.name != NULL)
		spec_write(&s->target, w, "target");
	rai_jw_end(w);
}

/* Levels stand in strictly ascending order, as find by bisection needs. */
static int
levels_read(const struct cJSON *obj, struct rai_col_spec *c, struct rai_err *err)
{
	const struct cJSON *array = NULL, *item;
	const char *text;

	if (rai_json_array(obj, "levels", &array, err) != 0)
		return -1;
	c->level = calloc(rai_json_count(array) + 1, sizeof(*c->level));
	if (c->level == NULL)
		return rai_fail_memory(err);
	for (item = rai_json_first(array); item != NULL; item = rai_json_next(item)) {
		if (rai_json_kind(item) != RAI_JSON_STR)
			return rai_fail(err, RAI_EINPUT, "\"levels\" must hold strings");
		text = rai_json_as_str(item);
		if (text[0] == '\0' ||
		    (c->nlevel > 0 && strcmp(c->level[c->nlevel - 1], text) >= 0))
			return rai_fail(err, RAI_EINPUT,
			    "\"levels\" must be sorted, all different and not empty");
		c->level[c->nlevel] = strdup(text);
		if (c->level[c->nlevel] == NULL)
			return rai_fail_memory(err);
		c->nlevel++;
	}
	return 0;
}

static int
unit_read(const struct cJSON *obj, struct rai_col_spec *c, struct rai_err *err)
{
	const char *unit = NULL;

	if (rai_json_opt_str(obj, "unit", &unit, err) != 0)
		return -1;
	if (unit == NULL)
		return 0;
	if (unit[0] == '\0' || strlen(unit) > RAI_UNIT_BYTES)
		return rai_fail(
		    err, RAI_EINPUT, "\"unit\" must have 1 to %d bytes", RAI_UNIT_BYTES);
	c->unit = strdup(unit);
	return c->unit != NULL ? 0 : rai_fail_memory(err);
}

static int
spec_read(const struct cJSON *obj, struct rai_col_spec *c, struct rai_err *err)
{
	const char *name = NULL, *type = NULL;

	if (rai_json_kind(obj) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "must be an object");
	if (rai_json_str(obj, "name", &name, err) != 0 ||
	    rai_json_str(obj, "type", &type, err) != 0)
		return -1;
	c->min = c->max = NAN;
	if (name[0] == '\0')
		return rai_fail(err, RAI_EINPUT, "\"name\" must not be empty");
	c->name = strdup(name);
	if (c->name == NULL)
		return rai_fail_memory(err);
	if (unit_read(obj, c, err) != 0)
		return -1;
	if (strcmp(type, "category") == 0) {
		c->type = RAI_COL_CAT;
		return levels_read(obj, c, err);
	}
	if (strcmp(type, "date") == 0)
		c->type = RAI_COL_DATE;
	else if (strcmp(type, "number") != 0)
		return rai_fail(
		    err, RAI_EINPUT, "\"type\" must be \"number\", \"category\" or \"date\"");
	if (rai_json_opt_bool(obj, "day_first", &c->day_first, err) != 0 ||
	    rai_json_opt_num(obj, "min", &c->min, err) != 0)
		return -1;
	return rai_json_opt_num(obj, "max", &c->max, err);
}

static int
by_name(const void *a, const void *b)
{
	const struct rai_col_spec *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int
check_names(const struct rai_schema *s, struct rai_err *err)
{
	const struct rai_col_spec **sorted = calloc(s->n + 1, sizeof(*sorted));
	size_t i;
	int rc = 0;

	if (sorted == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->n; i++)
		sorted[i] = &s->col[i];
	qsort(sorted, s->n, sizeof(*sorted), by_name);
	for (i = 1; i < s->n && rc == 0; i++)
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
			rc = rai_fail(err, RAI_EINPUT, "schema: the column \"%.100s\" stands twice",
			    sorted[i]->name);
	free(sorted);
	return rc;
}

int
rai_schema_read(const struct cJSON *obj, struct rai_schema *out, struct rai_err *err)
{
	const struct cJSON *columns = NULL, *item, *target;

	memset(out, 0, sizeof(*out));
	if (rai_json_array(obj, "columns", &columns, err) != 0)
		return rai_wrap(err, "schema");
	out->col = calloc(rai_json_count(columns) + 1, sizeof(*out->col));
	if (out->col == NULL)
		return rai_fail_memory(err);
	for (item = rai_json_first(columns); item != NULL; item = rai_json_next(item)) {
		out->n++;
		if (spec_read(item, &out->col[out->n - 1], err) != 0) {
			rai_wrap(err, "schema: columns[%zu]", out->n - 1);
			goto fail;
		}
	}
	target = rai_json_get(obj, "target");
	if (target != NULL && spec_read(target, &out->target, err) != 0) {
		rai_wrap(err, "schema: target");
		goto fail;
	}
	if (target != NULL && out->target.type == RAI_COL_DATE) {
		rai_fail(err, RAI_EINPUT, "schema: target: must be a number or a category");
		goto fail;
	}
	if (check_names(out, err) != 0)
		goto fail;
	return 0;
fail:
	rai_schema_release(out);
	return -1;
}
