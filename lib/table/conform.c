#include "table/conform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Memory that dies with the conformed table; NULL: none left. */
static void *
own(struct rai_conformed *c, size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	c->own[c->nown] = p;
	c->nown += p != NULL;
	return p;
}

/* The other schema's code of each level of from; caller frees; NULL: no memory. */
static int32_t *
translate(const struct rai_col_spec *from, const struct rai_col_spec *to)
{
	int32_t *code = malloc((from->nlevel + 1) * sizeof(*code));
	struct rai_cell cell;
	size_t k;

	for (k = 0; code != NULL && k < from->nlevel; k++) {
		rai_schema_text(to, from->level[k], strlen(from->level[k]), &cell, NULL);
		code[k] = cell.code;
	}
	return code;
}

static int
conform_codes(struct rai_conformed *c, const struct rai_col_spec *from,
    const struct rai_column *values, const struct rai_col_spec *to, struct rai_column *out,
    struct rai_err *err)
{
	int32_t *map = translate(from, to);
	size_t i, n = c->table.nrow;

	out->code = own(c, n, sizeof(*out->code));
	if (map == NULL || out->code == NULL) {
		free(map);
		return rai_fail_memory(err);
	}
	for (i = 0; i < n; i++)
		out->code[i] = values->code[i] >= 0 ? map[values->code[i]] : values->code[i];
	free(map);
	return 0;
}

/* A column that the table does not have. */
static int
all_missing(
    struct rai_conformed *c, enum rai_col_type type, struct rai_column *out, struct rai_err *err)
{
	size_t i, n = c->table.nrow;

	out->missing = n;
	if (type == RAI_COL_CAT)
		out->code = own(c, n, sizeof(*out->code));
	else
		out->num = own(c, n, sizeof(*out->num));
	if (out->code == NULL && out->num == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++)
		if (type == RAI_COL_CAT)
			out->code[i] = RAI_CODE_MISSING;
		else
			out->num[i] = NAN;
	return 0;
}

static int
conform_column(struct rai_conformed *c, const struct rai_table *t, const struct rai_col_spec *to,
    struct rai_column *out, struct rai_err *err)
{
	int j = rai_schema_find(&t->schema, to->name, strlen(to->name));

	if (j < 0)
		return all_missing(c, to->type, out, err);
	if (t->schema.col[j].type != to->type)
		return rai_fail(err, RAI_EINPUT,
		    "column \"%.64s\" is of another type in the data than in the model", to->name);
	*out = t->col[j];
	return to->type != RAI_COL_CAT
		   ? 0
		   : conform_codes(c, &t->schema.col[j], &t->col[j], to, out, err);
}

static int
conform_target(struct rai_conformed *c, const struct rai_table *t, struct rai_err *err)
{
	const struct rai_col_spec *from = &t->schema.target, *to = &c->table.schema.target;
	int32_t *map;
	size_t i, n = t->nrow;
	int rc = 0;

	c->table.target = NULL;
	if (t->target == NULL || to->name == NULL || strcmp(from->name, to->name) != 0)
		return 0;
	c->table.target = t->target;
	if (from->type != to->type)
		return rai_fail(err, RAI_EINPUT,
		    "the target \"%.64s\" is of another type in the data than in the model",
		    to->name);
	if (to->type != RAI_COL_CAT)
		return 0;
	map = translate(from, to);
	c->table.target = own(c, n, sizeof(*c->table.target));
	if (map == NULL || c->table.target == NULL) {
		free(map);
		return rai_fail_memory(err);
	}
	for (i = 0; i < n && rc == 0; i++) {
		c->table.target[i] = map[(size_t)t->target[i]];
		if (c->table.target[i] < 0)
			rc = rai_fail(err, RAI_EINPUT,
			    "the model does not know the class \"%.64s\" of the target",
			    from->level[(size_t)t->target[i]]);
	}
	free(map);
	return rc;
}

int
rai_table_conform(const struct rai_table *t, const struct rai_schema *schema,
    struct rai_conformed *out, struct rai_err *err)
{
	size_t j;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	out->table = *t;
	out->table.schema = *schema;
	out->own = calloc(schema->n + 2, sizeof(*out->own));
	out->table.col = calloc(schema->n + 1, sizeof(*out->table.col));
	if (out->own == NULL || out->table.col == NULL)
		rc = rai_fail_memory(err);
	for (j = 0; j < schema->n && rc == 0; j++)
		rc = conform_column(out, t, &schema->col[j], &out->table.col[j], err);
	if (rc == 0)
		rc = conform_target(out, t, err);
	if (rc != 0)
		rai_conformed_release(out);
	return rc;
}

void
rai_conformed_release(struct rai_conformed *c)
{
	size_t i;

	for (i = 0; i < c->nown; i++)
		free(c->own[i]);
	free(c->own);
	free(c->table.col);
	memset(c, 0, sizeof(*c));
}
