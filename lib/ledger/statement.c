#include "ledger/statement.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define STATEMENT "https://in-toto.io/Statement/v1"
#define PROVENANCE "https://slsa.dev/provenance/v1"
#define BUILD "https://reconciled.ai/build/train/v1"
#define BUILDER "https://reconciled.ai/rai-train"

int
rai_metrics_read(
    const struct cJSON *obj, struct rai_release_metric *out, size_t *n, struct rai_err *err)
{
	const struct cJSON *j;

	*n = 0;
	for (j = rai_json_first(obj); j != NULL && *n < RAI_RELEASE_METRICS; j = rai_json_next(j)) {
		struct rai_release_metric *m = &out[*n];

		if (strlen(rai_json_key(j)) >= sizeof(m->name) ||
		    strspn(rai_json_key(j), "abcdefghijklmnopqrstuvwxyz0123456789_") !=
			strlen(rai_json_key(j)))
			return rai_fail(
			    err, RAI_EINPUT, "metric \"%.40s\" is no name", rai_json_key(j));
		snprintf(m->name, sizeof(m->name), "%s", rai_json_key(j));
		m->value = m->low = m->high = NAN;
		if (rai_json_kind(j) == RAI_JSON_NUM)
			m->value = rai_json_as_num(j);
		else if (rai_json_kind(j) != RAI_JSON_NULL &&
			 (rai_json_opt_num(j, "value", &m->value, err) != 0 ||
			     rai_json_opt_num(j, "low", &m->low, err) != 0 ||
			     rai_json_opt_num(j, "high", &m->high, err) != 0))
			return rai_wrap(err, "metric %s", m->name);
		if (isnan(m->value))
			continue; /* could not be computed */
		(*n)++;
	}
	return 0;
}

void
rai_metrics_write(struct rai_jw *w, const char *key, const struct rai_release_metric *m, size_t n)
{
	size_t i;

	rai_jw_object(w, key);
	for (i = 0; i < n; i++) {
		rai_jw_object(w, m[i].name);
		rai_jw_num(w, "value", m[i].value);
		rai_jw_num(w, "low", m[i].low);
		rai_jw_num(w, "high", m[i].high);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

const struct rai_release_metric *
rai_metrics_find(const struct rai_release *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->metrics; i++)
		if (strcmp(r->metric[i].name, name) == 0)
			return &r->metric[i];
	return NULL;
}

int
rai_version_valid(const char *v)
{
	size_t n = strlen(v);
	const char *p;

	if (n == 0 || n > 100 || !isalnum((unsigned char)v[0]) || v[n - 1] == '.' ||
	    strstr(v, "..") != NULL || (n > 5 && strcmp(v + n - 5, ".lock") == 0) ||
	    strcmp(v, "latest") == 0 || strcmp(v, "current") == 0)
		return 0;
	for (p = v; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
			return 0;
	return 1;
}

/* Replaces {date} and {n}; *counted says whether {n} was there. */
static int
fill_template(const char *t, int64_t now_ms, int n, char *out, size_t size, int *counted)
{
	struct rai_buf b = RAI_BUF_INIT(256);
	int year, month, day, fits;

	*counted = 0;
	rai_clock_civil(now_ms / 86400000, &year, &month, &day);
	while (*t != '\0')
		if (strncmp(t, "{date}", 6) == 0) {
			rai_buf_printf(&b, "%04d%02d%02d", year, month, day);
			t += 6;
		} else if (strncmp(t, "{n}", 3) == 0) {
			rai_buf_printf(&b, "%d", n);
			*counted = 1;
			t += 3;
		} else
			rai_buf_char(&b, *t++);
	fits = !b.bad && (size_t)snprintf(out, size, "%s", b.ptr) < size;
	rai_buf_free(&b);
	return fits && rai_version_valid(out) ? 0 : -1;
}

int
rai_version_next(const char *template, int64_t now_ms,
    int (*taken)(const char *version, void *payload, struct rai_err *err), void *payload, char *out,
    size_t size, struct rai_err *err)
{
	int n, rc, counted;

	for (n = 1; n < 1000000; n++) {
		if (fill_template(template, now_ms, n, out, size, &counted) != 0)
			return rai_fail(err, RAI_EINPUT,
			    "version template \"%.100s\" gives no good version (letters, digits, "
			    ".-_, {date}, {n})",
			    template);
		rc = taken(out, payload, err);
		if (rc <= 0)
			return rc;
		if (!counted)
			return rai_fail(err, RAI_EINPUT,
			    "version %s exists already (add {n} to the template \"%.100s\")", out,
			    template);
	}
	return rai_fail(err, RAI_EINPUT, "version template \"%.100s\": all taken", template);
}

static void
digest_set(struct rai_jw *w, const char *digest)
{
	rai_jw_object(w, "digest");
	rai_jw_str(w, "sha256", digest + 7);
	rai_jw_end(w);
}

static void
write_subjects(struct rai_jw *w, const struct rai_release *r)
{
	rai_jw_array(w, "subject");
	rai_jw_object(w, NULL);
	rai_jw_str(w, "name", "model.safetensors");
	digest_set(w, r->artifact_digest);
	rai_jw_end(w);
	rai_jw_object(w, NULL);
	rai_jw_str(w, "name", r->image);
	digest_set(w, r->image_digest);
	rai_jw_end(w);
	rai_jw_end(w);
}

static void
write_dependencies(struct rai_jw *w, const struct rai_release *r)
{
	rai_jw_array(w, "resolvedDependencies");
	rai_jw_object(w, NULL);
	rai_jw_str(w, "name", "data");
	rai_jw_str(w, "uri", r->data_source);
	digest_set(w, r->data_digest);
	rai_jw_object(w, "annotations");
	rai_jw_int(w, "rows", r->data_rows);
	rai_jw_str(w, "newest", r->data_newest);
	rai_jw_end(w);
	rai_jw_end(w);
	rai_jw_object(w, NULL);
	rai_jw_str(w, "name", "config");
	rai_jw_str(w, "uri", r->config_path);
	digest_set(w, r->config_digest);
	rai_jw_end(w);
	rai_jw_object(w, NULL);
	rai_jw_str(w, "name", "source");
	rai_jw_str(w, "uri", r->code_uri);
	rai_jw_object(w, "digest");
	rai_jw_str(w, "gitCommit", r->code_commit);
	rai_jw_end(w);
	rai_jw_end(w);
	rai_jw_end(w);
}

static void
write_build(struct rai_jw *w, const struct rai_release *r)
{
	rai_jw_object(w, "buildDefinition");
	rai_jw_str(w, "buildType", BUILD);
	rai_jw_object(w, "externalParameters");
	rai_jw_str(w, "model", r->model);
	rai_jw_str(w, "config", r->config_path);
	rai_jw_str(w, "data", r->data_source);
	rai_jw_int(w, "seed", r->seed);
	rai_jw_str(w, "kind", r->kind);
	if (r->parameters != NULL)
		rai_jw_node(w, "parameters", r->parameters);
	if (r->split != NULL)
		rai_jw_node(w, "split", r->split);
	rai_jw_end(w);
	write_dependencies(w, r);
	rai_jw_end(w);
}

static void
write_run(struct rai_jw *w, const struct rai_release *r)
{
	rai_jw_object(w, "runDetails");
	rai_jw_object(w, "builder");
	rai_jw_str(w, "id", BUILDER);
	rai_jw_object(w, "version");
	rai_jw_str(w, "rai-train", r->code_version);
	rai_jw_end(w);
	rai_jw_end(w);
	rai_jw_object(w, "metadata");
	rai_jw_str(w, "invocationId", r->trained);
	rai_jw_end(w);
	rai_jw_end(w);
}

static void
write_ours(struct rai_jw *w, const struct rai_release *r)
{
	char time[RAI_CLOCK_TEXT];

	rai_clock_format(r->time_ms, time);
	rai_jw_object(w, "rai_release");
	rai_jw_str(w, "model", r->model);
	rai_jw_str(w, "version", r->version);
	rai_jw_int(w, "sequence", r->sequence);
	rai_jw_str(w, "time", time);
	rai_jw_str(w, "previous", r->previous);
	rai_jw_int(w, "artifactBytes", r->artifact_bytes);
	rai_metrics_write(w, "metrics", r->metric, r->metrics);
	rai_jw_str(w, "headline", r->headline);
	if (r->gate != NULL)
		rai_jw_node(w, "gate", r->gate);
	rai_jw_str(w, "profileDigest", r->profile_digest);
	rai_jw_object(w, "cause");
	rai_jw_str(w, "correlation", r->correlation);
	rai_jw_str(w, "event", r->cause);
	rai_jw_int(w, "loopDepth", r->loop_depth);
	rai_jw_end(w);
	rai_jw_end(w);
}

void
rai_release_write(struct rai_buf *out, const struct rai_release *r)
{
	struct rai_jw w;

	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "_type", STATEMENT);
	write_subjects(&w, r);
	rai_jw_str(&w, "predicateType", PROVENANCE);
	rai_jw_object(&w, "predicate");
	write_build(&w, r);
	write_run(&w, r);
	write_ours(&w, r);
	rai_jw_end(&w);
	rai_jw_end(&w);
	rai_buf_char(out, '\n');
}

/* A resource's sha256 as "sha256:..."; its name or uri goes to *text. */
static int
read_resource(
    const struct cJSON *j, const char *key, const char **text, char *digest, struct rai_err *err)
{
	const struct cJSON *set;
	const char *hex;

	if (rai_json_str(j, key, text, err) != 0 || rai_json_object(j, "digest", &set, err) != 0 ||
	    rai_json_str(set, "sha256", &hex, err) != 0)
		return -1;
	snprintf(digest, RAI_HASH_DIGEST, "sha256:%.64s", hex);
	if (strlen(hex) != 64 || !rai_hash_is_digest(digest))
		return rai_fail(err, RAI_EINPUT, "\"sha256\" is not 64 hex digits");
	return 0;
}

static int
read_subjects(const struct cJSON *doc, struct rai_release *r, struct rai_err *err)
{
	const struct cJSON *list, *first;
	const char *name;

	if (rai_json_array(doc, "subject", &list, err) != 0)
		return -1;
	first = rai_json_first(list);
	if (rai_json_count(list) != 2)
		return rai_fail(err, RAI_EINPUT, "\"subject\" must name the model and its image");
	if (read_resource(first, "name", &name, r->artifact_digest, err) != 0 ||
	    read_resource(rai_json_next(first), "name", &r->image, r->image_digest, err) != 0)
		return rai_wrap(err, "subject");
	return 0;
}

static int
read_dependencies(const struct cJSON *build, struct rai_release *r, struct rai_err *err)
{
	const struct cJSON *list, *j, *set, *notes;
	const char *commit;

	if (rai_json_array(build, "resolvedDependencies", &list, err) != 0)
		return -1;
	if (rai_json_count(list) != 3)
		return rai_fail(
		    err, RAI_EINPUT, "\"resolvedDependencies\" must be data, config and source");
	j = rai_json_first(list);
	notes = rai_json_get(j, "annotations");
	if (read_resource(j, "uri", &r->data_source, r->data_digest, err) != 0 ||
	    (notes != NULL && (rai_json_opt_int(notes, "rows", &r->data_rows, err) != 0 ||
				  rai_json_opt_str(notes, "newest", &r->data_newest, err) != 0)))
		return rai_wrap(err, "data");
	j = rai_json_next(j);
	if (read_resource(j, "uri", &r->config_path, r->config_digest, err) != 0)
		return rai_wrap(err, "config");
	j = rai_json_next(j);
	if (rai_json_str(j, "uri", &r->code_uri, err) != 0 ||
	    rai_json_object(j, "digest", &set, err) != 0 ||
	    rai_json_str(set, "gitCommit", &commit, err) != 0)
		return rai_wrap(err, "source");
	if (strlen(commit) >= RAI_OID_TEXT || strlen(commit) < 40 ||
	    strspn(commit, "0123456789abcdef") != strlen(commit))
		return rai_fail(err, RAI_EINPUT, "\"gitCommit\" is no commit id");
	snprintf(r->code_commit, sizeof(r->code_commit), "%s", commit);
	return 0;
}

static int
read_build(const struct cJSON *predicate, struct rai_release *r, struct rai_err *err)
{
	const struct cJSON *build, *run, *builder, *version, *meta, *given;

	if (rai_json_object(predicate, "buildDefinition", &build, err) != 0 ||
	    rai_json_object(build, "externalParameters", &given, err) != 0 ||
	    rai_json_opt_int(given, "seed", &r->seed, err) != 0 ||
	    rai_json_opt_str(given, "kind", &r->kind, err) != 0 ||
	    read_dependencies(build, r, err) != 0 ||
	    rai_json_object(predicate, "runDetails", &run, err) != 0 ||
	    rai_json_object(run, "builder", &builder, err) != 0 ||
	    rai_json_object(builder, "version", &version, err) != 0 ||
	    rai_json_opt_str(version, "rai-train", &r->code_version, err) != 0 ||
	    rai_json_object(run, "metadata", &meta, err) != 0 ||
	    rai_json_opt_str(meta, "invocationId", &r->trained, err) != 0)
		return -1;
	r->parameters = rai_json_get(given, "parameters");
	r->split = rai_json_get(given, "split");
	return 0;
}

static int
read_ours(const struct cJSON *predicate, struct rai_release *r, struct rai_err *err)
{
	const struct cJSON *ours, *metrics, *cause;
	const char *time;

	if (rai_json_object(predicate, "rai_release", &ours, err) != 0 ||
	    rai_json_str(ours, "model", &r->model, err) != 0 ||
	    rai_json_str(ours, "version", &r->version, err) != 0 ||
	    rai_json_int(ours, "sequence", &r->sequence, err) != 0 ||
	    rai_json_str(ours, "time", &time, err) != 0 ||
	    rai_json_opt_str(ours, "previous", &r->previous, err) != 0 ||
	    rai_json_opt_int(ours, "artifactBytes", &r->artifact_bytes, err) != 0 ||
	    rai_json_object(ours, "metrics", &metrics, err) != 0 ||
	    rai_metrics_read(metrics, r->metric, &r->metrics, err) != 0 ||
	    rai_json_opt_str(ours, "headline", &r->headline, err) != 0 ||
	    rai_json_opt_str(ours, "profileDigest", &r->profile_digest, err) != 0 ||
	    rai_json_object(ours, "cause", &cause, err) != 0 ||
	    rai_json_opt_str(cause, "correlation", &r->correlation, err) != 0 ||
	    rai_json_opt_str(cause, "event", &r->cause, err) != 0 ||
	    rai_json_opt_int(cause, "loopDepth", &r->loop_depth, err) != 0)
		return -1;
	r->gate = rai_json_get(ours, "gate");
	if (rai_clock_parse(time, strlen(time), &r->time_ms) != 0)
		return rai_fail(err, RAI_EINPUT, "\"time\" is not RFC 3339");
	if (!rai_version_valid(r->version) || !rai_version_valid(r->model) ||
	    (r->previous != NULL && !rai_version_valid(r->previous)))
		return rai_fail(
		    err, RAI_EINPUT, "\"model\", \"version\" or \"previous\" is no name");
	return 0;
}

int
rai_release_read(const char *text, size_t len, struct rai_release *out, struct rai_err *err)
{
	const struct cJSON *predicate;
	const char *type, *kind;

	memset(out, 0, sizeof(*out));
	if (len > RAI_RELEASE_MAX)
		return rai_fail(
		    err, RAI_EINPUT, "statement: larger than %d bytes", RAI_RELEASE_MAX);
	out->doc = rai_json_parse(text, len, err);
	if (out->doc == NULL)
		return rai_wrap(err, "statement");
	if (rai_json_str(out->doc, "_type", &type, err) != 0 ||
	    rai_json_str(out->doc, "predicateType", &kind, err) != 0 ||
	    rai_json_object(out->doc, "predicate", &predicate, err) != 0)
		goto fail;
	if (strcmp(type, STATEMENT) != 0 || strcmp(kind, PROVENANCE) != 0) {
		rai_fail(err, RAI_EINPUT, "not an in-toto statement of SLSA provenance v1");
		goto fail;
	}
	if (read_subjects(out->doc, out, err) == 0 && read_build(predicate, out, err) == 0 &&
	    read_ours(predicate, out, err) == 0)
		return 0;
fail:
	rai_release_free(out);
	return rai_wrap(err, "statement");
}

void
rai_release_free(struct rai_release *r)
{
	rai_json_free(r->doc);
	memset(r, 0, sizeof(*r));
}
