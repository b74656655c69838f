#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "lines.h"

/* A line's own words; they live as long as the document. */
struct words {
	const char *type, *id, *digest, *version, *model, *role, *time;
	int64_t ms;
};

static int
read_words(const struct cJSON *doc, struct words *w, struct rai_err *err)
{
	memset(w, 0, sizeof(*w));
	if (rai_json_kind(doc) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "not a JSON object");
	if (rai_json_str(doc, "type", &w->type, err) != 0 ||
	    rai_json_opt_str(doc, "digest", &w->digest, err) != 0 ||
	    rai_json_opt_str(doc, "version", &w->version, err) != 0 ||
	    rai_json_opt_str(doc, "model", &w->model, err) != 0 ||
	    rai_json_opt_str(doc, "role", &w->role, err) != 0 ||
	    rai_json_opt_str(doc, "time", &w->time, err) != 0)
		return -1;
	if (w->time != NULL && rai_clock_parse(w->time, strlen(w->time), &w->ms) != 0)
		return rai_fail(err, RAI_EINPUT, "\"time\" is not RFC 3339: \"%.40s\"", w->time);
	return 0;
}

static int
is_challenger(const struct words *w)
{
	return w->role != NULL &&
	       (strcmp(w->role, "canary") == 0 || strcmp(w->role, "shadow") == 0);
}

/* Whose line?  In one log models are told apart by their digests; -1: of a third one. */
static int
side_of(struct comparison *c, const struct words *w)
{
	const char *digest = w->digest != NULL ? w->digest : "";
	int i, side = c->reading;

	if (c->two && strcmp(w->type, "prediction") == 0)
		return side;
	for (i = 0; i < 2; i++)
		if (c->side[i].predictions > 0 && strcmp(c->side[i].digest, digest) == 0)
			return i;
	if (c->two)
		return -1;
	side = is_challenger(w) || c->side[0].predictions > 0;
	return c->side[side].predictions == 0 ? side : -1;
}

static void
keep(char *out, size_t size, const char *text)
{
	if (out[0] == '\0' && text != NULL)
		snprintf(out, size, "%s", text);
}

static void
keep_features(struct side *s, const struct cJSON *doc)
{
	const struct cJSON *features = rai_json_get(doc, "features");
	struct rai_jw w;

	if (rai_json_kind(features) != RAI_JSON_OBJECT || s->kept >= COMPARED_ROWS)
		return;
	rai_jw_init(&w, &s->features);
	rai_jw_node(&w, NULL, features);
	rai_buf_char(&s->features, '\n');
	s->kept++;
}

/* A number or a class. */
static int
read_value(struct comparison *c, const struct cJSON *doc, const char *key, double *out,
    struct rai_err *err)
{
	const char *text;

	if (rai_json_kind(rai_json_get(doc, key)) != RAI_JSON_STR)
		return rai_json_num(doc, key, out, err);
	if (rai_json_str(doc, key, &text, err) != 0)
		return -1;
	rai_drift_rivals_classes(c->rivals);
	*out = rai_drift_rivals_class(text);
	return 0;
}

static int
take_prediction(
    struct comparison *c, const struct cJSON *doc, const struct words *w, struct rai_err *err)
{
	int side = side_of(c, w);
	struct side *s = &c->side[side > 0];
	double value;

	if (side < 0) {
		c->strangers++;
		return 0;
	}
	if (read_value(c, doc, "prediction", &value, err) != 0)
		return -1;
	keep(s->model, sizeof(s->model), w->model);
	keep(s->digest, sizeof(s->digest), w->digest);
	keep(s->version, sizeof(s->version), w->version);
	s->predictions++;
	keep_features(s, doc);
	return rai_drift_rivals_said(c->rivals, w->id, side, value, w->ms, err);
}

static int
take_document(struct comparison *c, const struct cJSON *doc, struct rai_err *err)
{
	struct words w;
	double value;
	int truth;

	if (read_words(doc, &w, err) != 0)
		return -1;
	truth = strcmp(w.type, "feedback") == 0;
	if (!truth && strcmp(w.type, "prediction") != 0 && strcmp(w.type, "mirrored") != 0)
		return 0; /* a kind of line that a later version may write */
	if (rai_json_str(doc, "id", &w.id, err) != 0)
		return -1;
	if (w.ms > c->newest_ms)
		c->newest_ms = w.ms;
	if (!truth)
		return take_prediction(c, doc, &w, err);
	return read_value(c, doc, "actual", &value, err) != 0
		   ? -1
		   : rai_drift_rivals_truth(c->rivals, w.id, value, w.ms, err);
}

/* A line that is none is counted, and the first one is kept for the notes. */
static int
take_line(
    struct comparison *c, const struct lines *l, const char *text, size_t len, struct rai_err *err)
{
	struct rai_err why = RAI_ERR_INIT;
	struct cJSON *doc = NULL;
	int rc = -1;

	c->r->lines++;
	if (len > RAI_DRIFT_LINE_MAX)
		rai_fail(&why, RAI_EINPUT, "longer than %zu bytes", RAI_DRIFT_LINE_MAX);
	else
		doc = rai_json_parse(text, len, &why);
	if (doc != NULL)
		rc = take_document(c, doc, &why);
	rai_json_free(doc);
	if (rc == 0)
		return 0;
	if (why.code == RAI_ESYS) {
		if (err != NULL)
			*err = why;
		return -1;
	}
	c->r->bad++;
	if (c->r->first_bad[0] == '\0')
		snprintf(c->r->first_bad, sizeof(c->r->first_bad), "%.200s:%" PRId64 ": %.250s",
		    l->name, l->number, why.msg);
	return 0;
}

int
compare_read(struct comparison *c, const char *path, struct rai_err *err)
{
	struct lines l;
	const char *text;
	size_t len;
	int rc;

	if (lines_open(&l, path, RAI_DRIFT_LINE_MAX, err) != 0)
		return -1;
	do
		for (rc = 0; rc == 0 && lines_next(&l, &text, &len);)
			rc = len > 0 ? take_line(c, &l, text, len, err) : 0;
	while (rc == 0 && (rc = lines_fill(&l, err)) == 1);
	lines_rest(&l, &text, &len);
	if (rc == 0 && len > 0) /* whole, or only half written */
		rc = take_line(c, &l, text, len, err);
	lines_close(&l);
	return rc;
}
