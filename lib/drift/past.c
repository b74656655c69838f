#include "drift/past.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift/twins.h"
#include "table/conform.h"

/* The order statistics of numbers: as a profile has them that is written, or all there are. */
enum keep { KEEP_SOME, KEEP_ALL };

static int
make_column(struct rai_profile_col *out, const struct rai_col_spec *s, const struct rai_column *c,
    size_t n, const struct rai_profile_col *like, enum keep keep, struct rai_err *err)
{
	if (s->type == RAI_COL_CAT)
		return rai_profile_from_cat(out, s->name, s->level, s->nlevel, c->code, n, err);
	if (keep == KEEP_ALL)
		return rai_profile_from_num_all(out, s->name, c->num, n, err);
	return like != NULL ? rai_profile_from_num_like(out, like, c->num, n, err)
			    : rai_profile_from_num(out, s->name, c->num, n, err);
}

/* 1 - MAPE, as everywhere: of rows with both, whose truth is not 0. */
static double
accuracy(const double *actual, const double *says, size_t n)
{
	double sum = 0, k = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (isfinite(actual[i]) && isfinite(says[i]) && actual[i] != 0) {
			sum += fabs(actual[i] - says[i]) / fabs(actual[i]);
			k++;
		}
	return k > 0 ? fmax(0, 1 - sum / k) : NAN;
}

static int
count_twins(struct rai_profile *p, const struct rai_table *t, struct rai_err *err)
{
	uint64_t *hash = calloc(t->nrow + 1, sizeof(*hash));
	size_t k;

	if (hash == NULL)
		return rai_fail_memory(err);
	for (k = 0; k < t->schema.n; k++)
		if (t->col[k].code != NULL)
			rai_drift_twins_cat(hash, t->col[k].code, t->nrow);
		else
			rai_drift_twins_num(hash, t->col[k].num, t->nrow);
	p->twins = rai_drift_twins_pairs(hash, t->nrow);
	p->pairs = (int64_t)t->nrow * ((int64_t)t->nrow - 1) / 2;
	free(hash);
	return 0;
}

static int
make_profile(struct rai_profile *p, const struct rai_table *t, const struct rai_column *says,
    const struct rai_profile *like, enum keep keep, struct rai_err *err)
{
	static const char said[] = RAI_DRIFT_PREDICTION_COLUMN;
	const struct rai_col_spec *target = &t->schema.target;
	size_t i;

	p->rows = (int64_t)t->nrow;
	p->accuracy = NAN;
	p->col = calloc(t->schema.n + 1, sizeof(*p->col));
	if (p->col == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < t->schema.n; i++, p->n++)
		if (make_column(&p->col[i], &t->schema.col[i], &t->col[i], t->nrow,
			like != NULL ? &like->col[i] : NULL, keep, err) != 0)
			return -1;
	if (count_twins(p, t, err) != 0)
		return -1;
	if (t->target != NULL) {
		struct rai_column c = {t->target, NULL, 0};

		if (make_column(&p->target, target, &c, t->nrow,
			like != NULL && like->target.name != NULL ? &like->target : NULL, KEEP_SOME,
			err) != 0)
			return -1;
	}
	if (says == NULL)
		return 0;
	if (t->target != NULL)
		p->accuracy = accuracy(t->target, says->num, t->nrow);
	if (keep == KEEP_ALL)
		return rai_profile_from_num_all(&p->prediction, said, says->num, t->nrow, err);
	return like != NULL && like->prediction.name != NULL
		   ? rai_profile_from_num_like(
			 &p->prediction, &like->prediction, says->num, t->nrow, err)
		   : rai_profile_from_num(&p->prediction, said, says->num, t->nrow, err);
}

/* A schema of its own: there and back as JSON. */
static int
copy_schema(const struct rai_schema *s, struct rai_schema *out, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RAI_DRIFT_PAST_MAX);
	struct cJSON *doc = NULL;
	struct rai_jw w;
	int rc = -1;

	rai_jw_init(&w, &text);
	rai_schema_write(s, &w, NULL);
	if (rai_buf_check(&text, "schema", err) == 0 &&
	    (doc = rai_json_parse(text.ptr, text.len, err)) != NULL)
		rc = rai_schema_read(doc, out, err);
	rai_json_free(doc);
	rai_buf_free(&text);
	return rc;
}

/* The column of predictions, set aside; NULL: there is none of numbers. */
static int
set_predictions_aside(struct rai_table *t, const struct rai_column **out, struct rai_err *err)
{
	static const char name[] = RAI_DRIFT_PREDICTION_COLUMN;
	int at = rai_schema_find(&t->schema, name, strlen(name));

	if (at >= 0 && t->schema.col[at].type == RAI_COL_NUM &&
	    rai_table_set_aside(t, name, err) != 0)
		return -1;
	*out = rai_schema_find(&t->schema, name, strlen(name)) < 0 ? rai_table_column(t, name, NULL)
								   : NULL;
	return 0;
}

static int
make_like(struct rai_drift_past *out, const struct rai_table *t, const struct rai_column *says,
    const struct rai_drift_past *like, struct rai_err *err)
{
	struct rai_conformed c;
	int rc;

	if (rai_table_conform(t, &like->schema, &c, err) != 0)
		return -1;
	rc =
	    copy_schema(&like->schema, &out->schema, err) != 0 ||
		    make_profile(&out->profile, &c.table, says, &like->profile, KEEP_SOME, err) != 0
		? -1
		: 0;
	rai_conformed_release(&c);
	return rc;
}

static int
make(struct rai_drift_past *out, const char *name, struct rai_table *t,
    const struct rai_drift_past *like, enum keep keep, struct rai_err *err)
{
	const struct rai_column *says = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	out->name = strdup(name);
	if (out->name == NULL)
		return rai_fail_memory(err);
	memcpy(out->digest, t->digest, sizeof(out->digest));
	if (set_predictions_aside(t, &says, err) != 0)
		rc = -1;
	else if (like != NULL)
		rc = make_like(out, t, says, like, err);
	else
		rc = copy_schema(&t->schema, &out->schema, err) != 0 ||
			     make_profile(&out->profile, t, says, NULL, keep, err) != 0
			 ? -1
			 : 0;
	if (rc != 0)
		rai_drift_past_release(out);
	return rc;
}

int
rai_drift_past_make(struct rai_drift_past *out, const char *name, struct rai_table *t,
    const struct rai_drift_past *like, struct rai_err *err)
{
	return make(out, name, t, like, KEEP_SOME, err);
}

int
rai_drift_past_make_all(
    struct rai_drift_past *out, const char *name, struct rai_table *t, struct rai_err *err)
{
	return make(out, name, t, NULL, KEEP_ALL, err);
}

int
rai_drift_past_begins(const char *text, size_t len)
{
	static const char want[] = "{\"format\":\"" RAI_DRIFT_PAST_FORMAT "\"";
	size_t i, k = 0;

	for (i = 0; i < len && k < sizeof(want) - 1; i++)
		if (text[i] == want[k])
			k++;
		else if (strchr(" \t\r\n", text[i]) == NULL)
			return 0;
	return k == sizeof(want) - 1;
}

static int
is_number_or_absent(const struct rai_profile_col *c)
{
	return c->name == NULL || c->kind == RAI_PROFILE_NUM;
}

/* Schema and profile are about the same columns. */
static int
check_columns(const struct rai_drift_past *p, struct rai_err *err)
{
	size_t i;

	if (p->schema.n != p->profile.n)
		return rai_fail(err, RAI_EINPUT, "the schema has %zu columns, the profile %zu",
		    p->schema.n, p->profile.n);
	for (i = 0; i < p->schema.n; i++) {
		const struct rai_col_spec *s = &p->schema.col[i];
		const struct rai_profile_col *c = &p->profile.col[i];

		if (strcmp(s->name, c->name) != 0 ||
		    (s->type == RAI_COL_CAT) != (c->kind == RAI_PROFILE_CAT) ||
		    (s->type == RAI_COL_CAT && s->nlevel != c->nbin))
			return rai_fail(err, RAI_EINPUT,
			    "column \"%.60s\": schema and profile disagree", s->name);
	}
	if (!is_number_or_absent(&p->profile.target) ||
	    !is_number_or_absent(&p->profile.prediction) ||
	    !is_number_or_absent(&p->profile.error) ||
	    (p->schema.target.name != NULL && p->schema.target.type == RAI_COL_CAT))
		return rai_fail(
		    err, RAI_EINPUT, "the target and the prediction must be numbers or null");
	return 0;
}

static int
read_members(const struct cJSON *doc, struct rai_drift_past *out, struct rai_err *err)
{
	const struct cJSON *schema, *profile, *calibration = rai_json_get(doc, "calibration");
	const char *format, *name, *digest;

	if (rai_json_str(doc, "format", &format, err) != 0)
		return -1;
	if (strcmp(format, RAI_DRIFT_PAST_FORMAT) != 0)
		return rai_fail(err, RAI_EINPUT, "\"format\" is \"%.60s\", not %s", format,
		    RAI_DRIFT_PAST_FORMAT);
	if (rai_json_str(doc, "name", &name, err) != 0 ||
	    rai_json_str(doc, "digest", &digest, err) != 0 ||
	    rai_json_object(doc, "schema", &schema, err) != 0 ||
	    rai_json_object(doc, "profile", &profile, err) != 0)
		return -1;
	if (!rai_hash_is_digest(digest))
		return rai_fail(err, RAI_EINPUT, "\"digest\" is none: \"%.80s\"", digest);
	memcpy(out->digest, digest, sizeof(out->digest));
	out->name = strdup(name);
	if (out->name == NULL)
		return rai_fail_memory(err);
	if (rai_json_kind(calibration) == RAI_JSON_OBJECT) {
		struct rai_buf text = RAI_BUF_INIT((size_t)16 << 20);
		struct rai_jw w;

		rai_jw_init(&w, &text);
		rai_jw_node(&w, NULL, calibration);
		if (rai_buf_check(&text, "calibration", err) != 0) {
			rai_buf_free(&text);
			return -1;
		}
		out->calibration = rai_buf_take(&text);
	}
	return rai_schema_read(schema, &out->schema, err) != 0 ||
		       rai_profile_read(profile, &out->profile, err) != 0
		   ? -1
		   : check_columns(out, err);
}

int
rai_drift_past_read(const char *text, size_t len, struct rai_drift_past *out, struct rai_err *err)
{
	struct cJSON *doc = rai_json_parse(text, len, err);
	int rc;

	memset(out, 0, sizeof(*out));
	if (doc == NULL)
		return -1;
	rc = read_members(doc, out, err);
	rai_json_free(doc);
	if (rc != 0)
		rai_drift_past_release(out);
	return rc;
}

void
rai_drift_past_write(const struct rai_drift_past *p, struct rai_buf *out)
{
	struct rai_jw w;

	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "format", RAI_DRIFT_PAST_FORMAT);
	rai_jw_str(&w, "name", p->name);
	rai_jw_str(&w, "digest", p->digest);
	rai_schema_write(&p->schema, &w, "schema");
	rai_profile_write(&p->profile, &w, "profile");
	if (p->calibration != NULL)
		rai_jw_raw(&w, "calibration", p->calibration, strlen(p->calibration));
	rai_jw_end(&w);
	rai_buf_char(out, '\n');
}

/* The categories of the schema are those of the profile. */
static int
take_levels(struct rai_col_spec *s, const struct rai_profile_col *c)
{
	char **level;
	size_t i;

	if (s->type != RAI_COL_CAT || c->name == NULL || s->nlevel == c->nbin)
		return 0;
	level = calloc(c->nbin + 1, sizeof(*level));
	for (i = 0; level != NULL && i < c->nbin; i++)
		if ((level[i] = strdup(c->level[i])) == NULL) {
			while (i > 0)
				free(level[--i]);
			free(level);
			return -1;
		}
	if (level == NULL)
		return -1;
	for (i = 0; i < s->nlevel; i++)
		free(s->level[i]);
	free(s->level);
	s->level = level;
	s->nlevel = c->nbin;
	return 0;
}

static void
widen(struct rai_col_spec *into, const struct rai_col_spec *from)
{
	into->min = fmin(into->min, from->min);
	into->max = fmax(into->max, from->max);
}

int
rai_drift_past_merge(
    struct rai_drift_past *into, const struct rai_drift_past *from, struct rai_err *err)
{
	char both[2 * RAI_HASH_DIGEST];
	size_t i;
	int n;

	for (i = 0; i < into->schema.n && i < from->schema.n; i++)
		if (into->schema.col[i].type != from->schema.col[i].type)
			return rai_fail(err, RAI_EINPUT,
			    "column \"%.60s\": the profiles have two types of it",
			    into->schema.col[i].name);
	if (rai_profile_merge(&into->profile, &from->profile, err) != 0)
		return -1;
	for (i = 0; i < into->schema.n; i++) {
		if (take_levels(&into->schema.col[i], &into->profile.col[i]) != 0)
			return rai_fail_memory(err);
		widen(&into->schema.col[i], &from->schema.col[i]);
	}
	widen(&into->schema.target, &from->schema.target);
	free(into->calibration);
	into->calibration = NULL;
	n = snprintf(both, sizeof(both), "%s\n%s", into->digest, from->digest);
	return rai_hash_bytes(both, (size_t)n, into->digest, err);
}

void
rai_drift_past_release(struct rai_drift_past *p)
{
	free(p->name);
	free(p->calibration);
	rai_schema_release(&p->schema);
	rai_profile_release(&p->profile);
	memset(p, 0, sizeof(*p));
}
