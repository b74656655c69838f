#include "drift/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"

int
rai_drift_log_init(struct rai_drift_log *log, const struct rai_schema *schema, const char *digest,
    struct rai_err *err)
{
	memset(log, 0, sizeof(*log));
	log->schema = schema;
	log->digest = digest;
	log->cells = calloc(schema->n + 1, sizeof(*log->cells));
	log->withheld = calloc(schema->n + 1, sizeof(*log->withheld));
	return log->cells != NULL && log->withheld != NULL ? 0 : rai_fail_memory(err);
}

void
rai_drift_log_release(struct rai_drift_log *log)
{
	free(log->cells);
	free(log->withheld);
	memset(log, 0, sizeof(*log));
}

/* A category that the schema does not know is still told from others of the kind. */
static int32_t
name_of(const struct cJSON *item)
{
	const char *text = rai_json_kind(item) == RAI_JSON_STR ? rai_json_as_str(item) : NULL;
	char number[RAI_NUM_TEXT];

	if (rai_json_kind(item) == RAI_JSON_NUM && isfinite(rai_json_as_num(item))) {
		rai_num_format(rai_json_as_num(item), number);
		text = number;
	}
	return text != NULL ? rai_drift_new_category(text, strlen(text)) : RAI_CODE_UNSEEN;
}

/*
 * The features in one pass: each member is looked for at the column that follows the one before,
 * because a log keeps its order; only a member out of order costs a search.
 */
static void
read_features(struct rai_drift_log *log, const struct cJSON *features)
{
	const struct rai_schema *s = log->schema;
	const struct cJSON *item;
	struct rai_cell cell;
	size_t i;
	int at = 0;

	for (i = 0; i < s->n; i++)
		log->cells[i] = (struct rai_cell){NAN, RAI_CODE_MISSING};
	for (item = rai_json_first(features); item != NULL; item = rai_json_next(item)) {
		const char *name = rai_json_key(item);

		if ((size_t)at >= s->n || strcmp(s->col[at].name, name) != 0)
			at = rai_schema_find(s, name, strlen(name));
		if (at < 0) {
			at = 0;
			continue;
		}
		if (rai_schema_json(
			&s->col[at], item, &cell, log->misfits == 0 ? &log->misfit : NULL) == 0)
			log->cells[at] = cell;
		else
			log->misfits++;
		if (log->cells[at].code == RAI_CODE_UNSEEN)
			log->cells[at].code = name_of(item);
		at++;
	}
}

/* The names in "redacted"; those of other models' columns mean nothing here. */
static int
read_redacted(struct rai_drift_log *log, const struct cJSON *doc, struct rai_err *err)
{
	const struct cJSON *list = rai_json_get(doc, "redacted"), *item;
	const char *name;
	int at;

	memset(log->withheld, 0, log->schema->n);
	if (rai_json_kind(list) == RAI_JSON_NONE)
		return 0;
	if (rai_json_kind(list) != RAI_JSON_ARRAY)
		return rai_fail(err, RAI_EINPUT, "\"redacted\" must be an array of names");
	for (item = rai_json_first(list); item != NULL; item = rai_json_next(item)) {
		if (rai_json_kind(item) != RAI_JSON_STR)
			return rai_fail(err, RAI_EINPUT, "\"redacted\" must be an array of names");
		name = rai_json_as_str(item);
		at = rai_schema_find(log->schema, name, strlen(name));
		if (at >= 0)
			log->withheld[at] = 1;
	}
	return 0;
}

static int
read_id(const struct cJSON *doc, struct rai_drift_line *out, struct rai_err *err)
{
	const char *id, *time = NULL;

	if (rai_json_str(doc, "id", &id, err) != 0 ||
	    rai_json_opt_str(doc, "time", &time, err) != 0)
		return -1;
	if (id[0] == '\0' || strlen(id) >= sizeof(out->id))
		return rai_fail(
		    err, RAI_EINPUT, "\"id\" must have 1 to %zu bytes", sizeof(out->id) - 1);
	snprintf(out->id, sizeof(out->id), "%s", id);
	if (time != NULL && rai_clock_parse(time, strlen(time), &out->time_ms) != 0)
		return rai_fail(err, RAI_EINPUT, "\"time\" is not RFC 3339: \"%.40s\"", time);
	return 0;
}

/* A number; or of a class its place among the target's levels, -2: none of them. */
static int
read_value(const struct rai_drift_log *log, const struct cJSON *doc, const char *key, double *out,
    struct rai_err *err)
{
	const struct rai_col_spec *target = &log->schema->target;
	struct rai_cell cell = {NAN, RAI_CODE_MISSING};

	if (target->name == NULL || target->type != RAI_COL_CAT)
		return rai_json_num(doc, key, out, err);
	if (rai_schema_json(target, rai_json_get(doc, key), &cell, err) != 0)
		return -1;
	if (cell.code == RAI_CODE_MISSING)
		return rai_fail(err, RAI_EINPUT, "\"%s\" must be a class", key);
	*out = cell.code;
	return 0;
}

/* Is it a class that another model in the same log should have given? */
static int
is_foreign(const struct rai_drift_log *log, const struct cJSON *actual)
{
	return rai_json_kind(actual) == RAI_JSON_STR &&
	       (log->schema->target.name == NULL || log->schema->target.type != RAI_COL_CAT);
}

/*
 * A line of another digest.  1: of a row that a canary beside the model answered, which came to the
 * model's name like all others; as a canary may have all rows of some keys, a window without them
 * would be of another world.  0: it is nothing to the model, which it may have replaced.
 */
static int
came_here(struct rai_drift_log *log, const char *role, const char *model)
{
	int same = log->served != NULL && model != NULL && strcmp(model, log->served) == 0;

	if (role != NULL && strcmp(role, "canary") == 0)
		return same;
	log->other_model++;
	if (same) /* canaries of this name are beside that one now */
		log->served[0] = '\0';
	return 0;
}

static void
keep_names(struct rai_drift_log *log, const char *version, const char *model)
{
	snprintf(log->version, sizeof(log->version), "%s", version != NULL ? version : "");
	if (log->served != NULL && model != NULL && strlen(model) < RAI_DRIFT_NAME)
		memcpy(log->served, model, strlen(model) + 1);
}

static int
read_prediction(struct rai_drift_log *log, const struct cJSON *doc, struct rai_drift_line *out,
    struct rai_err *err)
{
	const struct cJSON *features;
	const char *digest = NULL, *version = NULL, *role = NULL, *model = NULL;

	if (rai_json_opt_str(doc, "digest", &digest, err) != 0 ||
	    rai_json_opt_str(doc, "version", &version, err) != 0 ||
	    rai_json_opt_str(doc, "role", &role, err) != 0 ||
	    rai_json_opt_str(doc, "model", &model, err) != 0)
		return -1;
	out->elsewhere = digest != NULL && log->digest != NULL && strcmp(digest, log->digest) != 0;
	if (out->elsewhere && !came_here(log, role, model))
		return 0;
	out->value = NAN;
	if (read_id(doc, out, err) != 0 ||
	    (!out->elsewhere && read_value(log, doc, "prediction", &out->value, err) != 0) ||
	    rai_json_object(doc, "features", &features, err) != 0 ||
	    read_redacted(log, doc, err) != 0)
		return -1;
	read_features(log, features);
	if (!out->elsewhere)
		keep_names(log, version, model);
	log->predictions++;
	out->kind = RAI_DRIFT_PREDICTION;
	return 0;
}

static int
read_document(struct rai_drift_log *log, const struct cJSON *doc, struct rai_drift_line *out,
    struct rai_err *err)
{
	const char *type;

	if (rai_json_kind(doc) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "not a JSON object");
	if (rai_json_str(doc, "type", &type, err) != 0)
		return -1;
	if (strcmp(type, "prediction") == 0)
		return read_prediction(log, doc, out, err);
	if (strcmp(type, "feedback") != 0)
		return 0; /* a kind of line that a later version may write */
	if (is_foreign(log, rai_json_get(doc, "actual")))
		return 0;
	if (read_id(doc, out, err) != 0 || read_value(log, doc, "actual", &out->value, err) != 0)
		return -1;
	log->labels++;
	out->kind = RAI_DRIFT_LABEL;
	return 0;
}

int
rai_drift_log_read(struct rai_drift_log *log, const char *text, size_t len,
    struct rai_drift_line *out, struct rai_err *err)
{
	struct cJSON *doc = NULL;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	out->kind = RAI_DRIFT_SKIP;
	if (len > RAI_DRIFT_LINE_MAX)
		rai_fail(err, RAI_EINPUT, "longer than %zu bytes", RAI_DRIFT_LINE_MAX);
	else
		doc = rai_json_parse(text, len, err);
	if (doc != NULL)
		rc = read_document(log, doc, out, err);
	if (rc == 0 && out->kind != RAI_DRIFT_SKIP && !out->elsewhere && !isfinite(out->value))
		rc = rai_fail(err, RAI_EINPUT, "a number out of range");
	log->bad += rc != 0;
	rai_json_free(doc);
	return rc;
}
