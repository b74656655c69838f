/*
 * Which rows a model has been held back from: the file says by which rule ("rai.split"), the rows
 * say the rest.  So two models can be compared on rows that neither has learned from, also when
 * the data have grown since.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"
#include "table/rowid.h"
#include "tool.h"

static const char *const rules[] = {
    [RAI_SPLIT_RANDOM] = "random",
    [RAI_SPLIT_STRATIFIED] = "stratified",
    [RAI_SPLIT_NEWEST] = "newest",
    [RAI_SPLIT_GROUP] = "group",
    [RAI_SPLIT_DECLARED] = "declared",
};

void
write_rule(
    struct rai_jw *w, const struct rai_split_by *by, const struct rai_split *s, uint64_t seed)
{
	rai_jw_object(w, NULL);
	rai_jw_str(w, "rule", rules[by->rule]);
	rai_jw_str(w, "column", by->column);
	rai_jw_int(w, "seed", (int64_t)seed);
	rai_jw_num(w, "held_below", s->held_below);
	rai_jw_num(w, "boundary", s->boundary);
	rai_jw_end(w);
}

/* The place of each row in the champion's random order. */
static int
by_random(const struct rai_table *t, const struct rai_schema *schema, const struct cJSON *rule,
    const size_t *rows, size_t n, unsigned char *out, struct rai_err *err)
{
	uint64_t *id = malloc((n + 1) * sizeof(*id));
	double below = NAN;
	int64_t seed = 0;
	size_t i;
	int rc = -1;

	if (id == NULL)
		return rai_fail_memory(err);
	if (rai_json_opt_num(rule, "held_below", &below, err) == 0 &&
	    rai_json_int(rule, "seed", &seed, err) == 0)
		rc = rai_row_ids(t, schema, rows, n, id, err);
	for (i = 0; rc == 0 && i < n; i++)
		out[i] = rai_split_place(id[i], (uint64_t)seed) <= below;
	free(id);
	return rc;
}

static int
by_newest(const struct rai_table *t, const struct cJSON *rule, const size_t *rows, size_t n,
    unsigned char *out, struct rai_err *err)
{
	const char *column = NULL;
	double boundary = NAN;
	size_t i;
	int j;

	if (rai_json_str(rule, "column", &column, err) != 0 ||
	    rai_json_opt_num(rule, "boundary", &boundary, err) != 0)
		return -1;
	j = rai_schema_find(&t->schema, column, strlen(column));
	if (j < 0 || t->col[j].num == NULL)
		return 1;
	for (i = 0; i < n; i++)
		out[i] = t->col[j].num[rows[i]] >= boundary;
	return 0;
}

int
held_out_then(const struct rai_table *t, const struct rai_schema *schema, const char *text,
    const size_t *rows, size_t n, unsigned char *out, struct rai_err *err)
{
	const char *rule = "";
	struct cJSON *doc;
	int rc = -1;

	if (text == NULL)
		return 1;
	doc = rai_json_parse(text, strlen(text), err);
	if (doc != NULL && rai_json_str(doc, "rule", &rule, err) == 0)
		rc = strcmp(rule, rules[RAI_SPLIT_RANDOM]) == 0
			 ? by_random(t, schema, doc, rows, n, out, err)
		     : strcmp(rule, rules[RAI_SPLIT_NEWEST]) == 0
			 ? by_newest(t, doc, rows, n, out, err)
			 : 1;
	rai_json_free(doc);
	return rc < 0 ? rai_wrap(err, "champion: rai.split") : rc;
}
