#include "ledger/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static int
order(const void *a, const void *b)
{
	const struct rai_release *x = a, *y = b;
	int by_model = strcmp(x->model, y->model);

	if (by_model != 0)
		return by_model;
	if (x->sequence != y->sequence)
		return x->sequence < y->sequence ? -1 : 1;
	return strcmp(x->version, y->version);
}

static int
append_release(struct rai_history *h, struct rai_release *r, struct rai_err *err)
{
	struct rai_release *p;

	if ((h->n & (h->n - 1)) == 0) {
		p = realloc(h->release, (h->n == 0 ? 1 : 2 * h->n) * sizeof(*p));
		if (p == NULL)
			return rai_fail_memory(err);
		h->release = p;
	}
	h->release[h->n++] = *r;
	memset(r, 0, sizeof(*r));
	return 0;
}

int
rai_history_bury(struct rai_history *h, struct rai_tombstone *t, struct rai_err *err)
{
	struct rai_tombstone *p = realloc(h->tomb, (h->tombs + 1) * sizeof(*p));

	if (p == NULL)
		return rai_fail_memory(err);
	h->tomb = p;
	h->tomb[h->tombs++] = *t;
	memset(t, 0, sizeof(*t));
	return 0;
}

int
rai_history_add(struct rai_history *h, struct rai_release *r, struct rai_err *err)
{
	if (append_release(h, r, err) != 0)
		return -1;
	qsort(h->release, h->n, sizeof(*h->release), order);
	return 0;
}

struct load {
	struct rai_history *h;
	struct rai_err *err;
};

enum kind { NEITHER, RELEASE, TOMBSTONE };

/* "models/NAME/versions/X.json" or "models/NAME/tombstones/X"; x is cut from path. */
static enum kind
kind_of(const char *path, char *model, size_t size, char *x, size_t x_size)
{
	const char *name = path + 7, *slash = strchr(name, '/'), *file;
	size_t n;
	enum kind kind;

	if (slash == NULL || (size_t)(slash - name) >= size)
		return NEITHER;
	if (strncmp(slash, "/versions/", 10) == 0) {
		file = slash + 10;
		kind = RELEASE;
	} else if (strncmp(slash, "/tombstones/", 12) == 0) {
		file = slash + 12;
		kind = TOMBSTONE;
	} else
		return NEITHER;
	n = strlen(file);
	if (kind == RELEASE && (n < 6 || strcmp(file + n - 5, ".json") != 0))
		return NEITHER;
	n -= kind == RELEASE ? 5 : 0;
	if (n >= x_size || strchr(file, '/') != NULL)
		return NEITHER;
	snprintf(model, size, "%.*s", (int)(slash - name), name);
	snprintf(x, x_size, "%.*s", (int)n, file);
	return kind;
}

/* A statement that names another model or version than its path was moved by hand. */
static int
load_release(struct load *l, const char *text, size_t len, const char *model, const char *version)
{
	struct rai_release r;
	int rc;

	if (rai_release_read(text, len, &r, l->err) != 0)
		return -1;
	if (strcmp(r.model, model) != 0 || strcmp(r.version, version) != 0)
		rc = rai_fail(l->err, RAI_EINPUT, "names %.60s %.100s", r.model, r.version);
	else
		rc = append_release(l->h, &r, l->err);
	rai_release_free(&r);
	return rc;
}

static int
load_tombstone(struct load *l, const char *text, size_t len, const char *hex)
{
	struct rai_tombstone t;
	int rc;

	if (rai_tombstone_read(text, len, &t, l->err) != 0)
		return -1;
	if (strcmp(t.digest + 7, hex) != 0)
		rc = rai_fail(l->err, RAI_EINPUT, "is about %s", t.digest);
	else
		rc = rai_history_bury(l->h, &t, l->err);
	rai_json_free(t.doc);
	return rc;
}

static int
load_file(const char *path, const char *text, size_t len, void *payload)
{
	struct load *l = payload;
	char model[128], name[160];
	int rc = 0;

	switch (kind_of(path, model, sizeof(model), name, sizeof(name))) {
	case RELEASE:
		rc = load_release(l, text, len, model, name);
		break;
	case TOMBSTONE:
		rc = load_tombstone(l, text, len, name);
		break;
	case NEITHER:
		break;
	}
	return rc == 0 ? 0 : rai_wrap(l->err, "%s", path);
}

int
rai_history_read(
    struct rai_repo *r, const char *revision, struct rai_history *out, struct rai_err *err)
{
	struct load l = {out, err};

	memset(out, 0, sizeof(*out));
	if (rai_repo_each(r, revision, "models", load_file, &l, err) != 0) {
		rai_history_free(out);
		return -1;
	}
	if (out->n > 0)
		qsort(out->release, out->n, sizeof(*out->release), order);
	return 0;
}

void
rai_history_free(struct rai_history *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		rai_release_free(&h->release[i]);
	for (i = 0; i < h->tombs; i++)
		rai_json_free(h->tomb[i].doc);
	free(h->release);
	free(h->tomb);
	memset(h, 0, sizeof(*h));
}

const struct rai_release *
rai_history_find(const struct rai_history *h, const char *model, const char *version)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (strcmp(h->release[i].model, model) == 0 &&
		    strcmp(h->release[i].version, version) == 0)
			return &h->release[i];
	return NULL;
}

const struct rai_tombstone *
rai_history_tomb(const struct rai_history *h, const char *model, const char *digest)
{
	size_t i;

	for (i = 0; i < h->tombs; i++)
		if (strcmp(h->tomb[i].model, model) == 0 && strcmp(h->tomb[i].digest, digest) == 0)
			return &h->tomb[i];
	return NULL;
}

void
rai_release_path(const char *model, const char *version, char *out, size_t size)
{
	snprintf(out, size, "models/%s/versions/%s.json", model, version);
}

int
rai_history_release(struct rai_repo *r, const char *revision, const char *model,
    const char *version, struct rai_release *out, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RAI_RELEASE_MAX);
	char path[300];
	int rc;

	memset(out, 0, sizeof(*out));
	rai_release_path(model, version, path, sizeof(path));
	rc = rai_version_valid(version) ? rai_repo_read(r, revision, path, &text, err) : 1;
	if (rc == 0 && rai_release_read(text.ptr, text.len, out, err) != 0)
		rc = rai_wrap(err, "%s", path);
	if (rc == 0 && (strcmp(out->model, model) != 0 || strcmp(out->version, version) != 0)) {
		rc = rai_fail(
		    err, RAI_EINPUT, "%s: names %.60s %.100s", path, out->model, out->version);
		rai_release_free(out);
	}
	rai_buf_free(&text);
	return rc;
}

int
rai_history_has_tomb(struct rai_repo *r, const char *revision, const char *model,
    const char *digest, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RAI_RELEASE_MAX);
	char path[200];
	int rc;

	snprintf(path, sizeof(path), "models/%.63s/tombstones/%.64s", model, digest + 7);
	rc = rai_repo_read(r, revision, path, &text, err);
	rai_buf_free(&text);
	return rc < 0 ? -1 : rc == 0;
}

int
rai_tombstone_read(const char *text, size_t len, struct rai_tombstone *t, struct rai_err *err)
{
	const char *digest, *time;

	memset(t, 0, sizeof(*t));
	t->reason = t->to = "";
	t->doc = rai_json_parse(text, len, err);
	if (t->doc == NULL || rai_json_str(t->doc, "digest", &digest, err) != 0 ||
	    rai_json_str(t->doc, "model", &t->model, err) != 0 ||
	    rai_json_str(t->doc, "version", &t->version, err) != 0 ||
	    rai_json_opt_str(t->doc, "reason", &t->reason, err) != 0 ||
	    rai_json_opt_str(t->doc, "to", &t->to, err) != 0 ||
	    rai_json_str(t->doc, "time", &time, err) != 0)
		goto fail;
	snprintf(t->digest, sizeof(t->digest), "%s", digest);
	if (rai_hash_is_digest(digest) && rai_clock_parse(time, strlen(time), &t->time_ms) == 0)
		return 0;
	rai_fail(err, RAI_EINPUT, "\"digest\" or \"time\" is wrong");
fail:
	rai_json_free(t->doc);
	memset(t, 0, sizeof(*t));
	return rai_wrap(err, "tombstone");
}

void
rai_tombstone_write(struct rai_buf *out, const struct rai_tombstone *t)
{
	char time[RAI_CLOCK_TEXT];
	struct rai_jw w;

	rai_clock_format(t->time_ms, time);
	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "digest", t->digest);
	rai_jw_str(&w, "model", t->model);
	rai_jw_str(&w, "version", t->version);
	rai_jw_str(&w, "reason", t->reason);
	rai_jw_str(&w, "to", t->to);
	rai_jw_str(&w, "time", time);
	rai_jw_end(&w);
	rai_buf_char(out, '\n');
}
