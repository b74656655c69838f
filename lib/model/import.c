#include "model/import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum rai_import
rai_import_sniff(const void *p, size_t n)
{
	const char *s = p;
	size_t i = 0;

	if (n >= 5 && memcmp(s, "tree", 4) == 0 && (s[4] == '\n' || s[4] == '\r'))
		return RAI_IMPORT_LIGHTGBM;
	if (n == 0 || s[0] != '{')
		return RAI_IMPORT_NOT;
	/* a safetensors header may be '{' bytes long: then other bytes of its length follow */
	for (i = 1; i < n && (s[i] == ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t'); i++)
		;
	return i < n && s[i] == '"' ? RAI_IMPORT_XGBOOST : RAI_IMPORT_NOT;
}

static void
release(struct rai_imported *m)
{
	size_t i;

	for (i = 0; m->name != NULL && i < m->width; i++)
		free(m->name[i]);
	free(m->name);
	if (m->fitted.kind != NULL)
		rai_fitted_release(&m->fitted);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
check_names(const struct rai_imported *m, struct rai_err *err)
{
	char **sorted = calloc(m->width + 1, sizeof(*sorted));
	size_t i;
	int rc = 0;

	if (sorted == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < m->width; i++)
		sorted[i] = m->name[i];
	qsort(sorted, m->width, sizeof(*sorted), by_name);
	for (i = 0; i < m->width && rc == 0; i++)
		if (sorted[i][0] == '\0' || (i > 0 && strcmp(sorted[i - 1], sorted[i]) == 0))
			rc = rai_fail(err, RAI_EINPUT,
			    "the feature name \"%.64s\" is empty or stands twice", sorted[i]);
	free(sorted);
	return rc;
}

/* The levels of a classifier's target: numbers of equal length, so that they are sorted as text. */
static int
make_classes(struct rai_col_spec *c, size_t nclass, struct rai_err *err)
{
	int width = nclass > 100 ? 3 : nclass > 10 ? 2 : 1;
	char text[32];

	c->type = RAI_COL_CAT;
	c->level = calloc(nclass + 1, sizeof(*c->level));
	if (c->level == NULL)
		return rai_fail_memory(err);
	for (; c->nlevel < nclass; c->nlevel++) {
		snprintf(text, sizeof(text), "%0*zu", width, c->nlevel);
		c->level[c->nlevel] = strdup(text);
		if (c->level[c->nlevel] == NULL)
			return rai_fail_memory(err);
	}
	return 0;
}

/* Moves the names into the schema. */
static int
make_schema(struct rai_imported *m, struct rai_schema *s, struct rai_err *err)
{
	memset(s, 0, sizeof(*s));
	s->target.min = s->target.max = NAN;
	s->target.name = strdup("prediction");
	s->col = calloc(m->width + 1, sizeof(*s->col));
	if (s->col == NULL || s->target.name == NULL)
		return rai_fail_memory(err);
	for (; s->n < m->width; s->n++) {
		s->col[s->n] = (struct rai_col_spec){
		    .name = m->name[s->n], .type = RAI_COL_NUM, .min = NAN, .max = NAN};
		m->name[s->n] = NULL;
	}
	return m->fitted.nclass > 0 ? make_classes(&s->target, m->fitted.nclass, err) : 0;
}

int
rai_import_read(enum rai_import format, const char *p, size_t n, struct rai_schema *schema,
    struct rai_pipeline *pipeline, struct rai_err *err)
{
	struct rai_imported m = {.name = NULL};
	int rc = format == RAI_IMPORT_XGBOOST ? rai_xgboost_read(p, n, &m, err)
					      : rai_lightgbm_read(p, n, &m, err);

	memset(schema, 0, sizeof(*schema));
	memset(pipeline, 0, sizeof(*pipeline));
	if (rc == 0)
		rc = check_names(&m, err);
	if (rc == 0)
		rc = make_schema(&m, schema, err);
	if (rc == 0)
		rc = rai_prep_plain(schema, &pipeline->prep, err);
	if (rc == 0) {
		pipeline->fitted = m.fitted;
		pipeline->unit = RAI_UNIT_SAME;
		pipeline->smear = 1;
		m.fitted.kind = NULL;
	} else {
		rai_schema_release(schema);
		rai_prep_free(pipeline->prep);
		pipeline->prep = NULL;
	}
	release(&m);
	return rc;
}
