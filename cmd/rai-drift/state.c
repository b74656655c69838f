#include "state.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/num.h"
#include "drift.h"
#include "drift/state.h"

#define FORMAT "ai.reconciled.drift-state.v1"
#define STATE_MAX ((size_t)1 << 30)
#define FILES_MAX 1000 /* logs in one state */

/* What decides: a state that was made with others is another stream's.  Those of them that there
 * are. */
static const char *const deciding[] = {"window", "slide", "sustain", "alpha", "false-alarm-every",
    "accuracy-below", "psi-above", "ks-p-below", "quorum", "retrain-on", "ask-after",
    "coverage-least", "detector", "traffic", "no-impact", "any-digest", "rows", NULL};

static void
number_text(double v, char *out, size_t size)
{
	char text[RAI_NUM_TEXT] = "";

	if (isfinite(v))
		rai_num_format(v, text);
	snprintf(out, size, "%s", text);
}

static void
option_text(const struct rai_opt *o, char *out, size_t size)
{
	if (o->kind == RAI_OPT_FLAG)
		snprintf(out, size, "%d", *(const int *)o->out);
	else if (o->kind == RAI_OPT_NUM)
		number_text(*(const double *)o->out, out, size);
	else if (o->kind == RAI_OPT_INT || o->kind == RAI_OPT_DURATION)
		snprintf(out, size, "%" PRId64, *(const int64_t *)o->out);
	else if (o->kind == RAI_OPT_STR)
		snprintf(out, size, "%s",
		    *(const char *const *)o->out != NULL ? *(const char *const *)o->out : "");
	else
		snprintf(out, size, "-");
}

static const struct rai_opt *
find_option(const struct run *r, const char *name)
{
	const struct rai_opt *o;

	for (o = r->cli->opts; o->kind != RAI_OPT_END; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

static void
save_options(const struct run *r, struct rai_jw *j)
{
	char text[256];
	size_t i;

	rai_jw_object(j, "options");
	for (i = 0; deciding[i] != NULL; i++) {
		const struct rai_opt *o = find_option(r, deciding[i]);

		if (o == NULL)
			continue;
		option_text(o, text, sizeof(text));
		rai_jw_str(j, o->name, text);
	}
	rai_jw_end(j);
}

static int
check_options(const struct run *r, const struct cJSON *options, struct rai_err *err)
{
	char text[256];
	const char *was;
	size_t i;

	for (i = 0; deciding[i] != NULL; i++) {
		const struct rai_opt *o = find_option(r, deciding[i]);

		if (o == NULL)
			continue;
		was = "";
		if (rai_json_opt_str(options, o->name, &was, err) != 0)
			return -1;
		option_text(o, text, sizeof(text));
		if (strcmp(was, text) != 0)
			return rai_fail(err, RAI_EINPUT,
			    "was made with another --%s (\"%.60s\", now \"%.60s\"): give that "
			    "one, or remove the file to begin anew",
			    o->name, was, text);
	}
	return 0;
}

static void
save_head(const struct run *r, struct rai_buf *out)
{
	struct rai_jw j;

	rai_jw_init(&j, out);
	rai_jw_object(&j, NULL);
	rai_jw_str(&j, "format", FORMAT);
	rai_jw_str(&j, "name", r->about.name);
	rai_jw_str(&j, "digest", r->about.digest);
	save_options(r, &j);
	rai_jw_int(&j, "lines", r->lines);
	rai_jw_str(&j, "version", r->version);
	rai_jw_str(&j, "served", r->served);
	rai_jw_bool(&j, "open", r->incident.open);
	rai_jw_str(&j, "correlation", r->incident.chain.correlation);
	rai_jw_str(&j, "causation", r->incident.chain.causation);
	rai_jw_end(&j);
	rai_buf_char(out, '\n');
}

static void
save_files(const struct positions *p, struct rai_buf *out)
{
	struct rai_jw j;
	size_t i;

	for (i = 0; i < p->n; i++) {
		rai_jw_init(&j, out);
		rai_jw_object(&j, NULL);
		rai_jw_str(&j, "file", p->list[i].path);
		rai_jw_int(&j, "dev", p->list[i].dev);
		rai_jw_int(&j, "ino", p->list[i].ino);
		rai_jw_int(&j, "offset", p->list[i].offset);
		rai_jw_int(&j, "line", p->list[i].line);
		rai_jw_int(&j, "head", p->list[i].head);
		rai_jw_str(&j, "digest", p->list[i].digest);
		rai_jw_end(&j);
		rai_buf_char(out, '\n');
	}
}

int
drift_state_save(struct run *r, struct rai_err *err)
{
	struct rai_buf out = RAI_BUF_INIT(STATE_MAX);
	char digest[RAI_HASH_DIGEST];
	int rc = -1;

	save_head(r, &out);
	save_files(&r->seen, &out);
	rai_drift_history_save(&r->history, &out);
	rai_drift_watch_save(r->watch, &out);
	if (rai_buf_check(&out, r->o->state, err) == 0 &&
	    rai_hash_bytes(out.ptr, out.len, digest, err) == 0) {
		rai_buf_printf(&out, "{\"end\":\"%s\"}\n", digest);
		rc = rai_file_write(r->o->state, out.ptr, out.len, 0600, err);
	}
	rai_buf_free(&out);
	return rc;
}

/* The next line of what is left, without its newline. */
static int
next_line(const char **text, size_t *left, const char **line, size_t *len)
{
	const char *newline = memchr(*text, '\n', *left);

	if (newline == NULL)
		return -1;
	*line = *text;
	*len = (size_t)(newline - *text);
	*left -= *len + 1;
	*text = newline + 1;
	return 0;
}

static int
copy_text(const struct cJSON *doc, const char *key, char *out, size_t size, struct rai_err *err)
{
	const char *text;

	if (rai_json_str(doc, key, &text, err) != 0)
		return -1;
	if (strlen(text) >= size)
		return rai_fail(err, RAI_EINPUT, "\"%s\" is too long", key);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int
load_head(struct run *r, const struct cJSON *doc, struct rai_err *err)
{
	const struct cJSON *options;
	const char *format, *digest;

	if (rai_json_str(doc, "format", &format, err) != 0 ||
	    rai_json_str(doc, "digest", &digest, err) != 0 ||
	    rai_json_object(doc, "options", &options, err) != 0)
		return -1;
	if (strcmp(format, FORMAT) != 0)
		return rai_fail(
		    err, RAI_EINPUT, "is a \"%.60s\", not a state of this program", format);
	if (strcmp(digest, r->about.digest) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "remembers another reference (%.19s..., now %.19s...): a new one begins anew, "
		    "with another file or when this one is removed",
		    digest, r->about.digest);
	if (check_options(r, options, err) != 0 ||
	    rai_json_int(doc, "lines", &r->lines, err) != 0 ||
	    copy_text(doc, "version", r->version, sizeof(r->version), err) != 0 ||
	    (rai_json_get(doc, "served") != NULL &&
		copy_text(doc, "served", r->served, sizeof(r->served), err) != 0) ||
	    rai_json_bool(doc, "open", &r->incident.open, err) != 0 ||
	    copy_text(doc, "correlation", r->incident.chain.correlation,
		sizeof(r->incident.chain.correlation), err) != 0)
		return -1;
	r->lines_before = r->lines;
	return copy_text(doc, "causation", r->incident.chain.causation,
	    sizeof(r->incident.chain.causation), err);
}

static int
load_file(struct run *r, const struct cJSON *doc, struct rai_err *err)
{
	struct position p = {.path = NULL};
	struct position *list;
	const char *path;

	if (rai_json_str(doc, "file", &path, err) != 0 ||
	    rai_json_int(doc, "dev", &p.dev, err) != 0 ||
	    rai_json_int(doc, "ino", &p.ino, err) != 0 ||
	    rai_json_int(doc, "offset", &p.offset, err) != 0 ||
	    rai_json_int(doc, "line", &p.line, err) != 0 ||
	    rai_json_int(doc, "head", &p.head, err) != 0 ||
	    copy_text(doc, "digest", p.digest, sizeof(p.digest), err) != 0)
		return -1;
	if (p.offset < 0 || p.line < 0 || p.head < 0 || p.head > STATE_HEAD ||
	    r->seen.n == FILES_MAX)
		return rai_fail(err, RAI_EINPUT, "no place in a file");
	list = reallocarray(r->seen.list, r->seen.n + 1, sizeof(*list));
	if (list != NULL)
		r->seen.list = list;
	p.path = strdup(path);
	if (list == NULL || p.path == NULL) {
		free(p.path);
		return rai_fail_memory(err);
	}
	list[r->seen.n++] = p;
	return 0;
}

/* Is the line an object whose first member is this? */
static int
line_begins(const char *text, size_t left, const char *member)
{
	size_t n = strlen(member);

	return left > n + 3 && memcmp(text, "{\"", 2) == 0 && memcmp(text + 2, member, n) == 0 &&
	       text[n + 2] == '"';
}

/* Head, files and windows that were judged; then comes the watch. */
static int
load_lines(struct run *r, const char *text, size_t left, struct rai_err *err)
{
	const char *line;
	size_t len;
	int64_t number = 1;
	int rc = 0, file, mark;

	for (; rc == 0 && left > 0; number++) {
		struct cJSON *doc;

		file = line_begins(text, left, "file");
		mark = line_begins(text, left, RAI_DRIFT_MARK);
		if (number > 1 && !file && !mark)
			return rai_drift_watch_load(r->watch, text, left, number, err);
		if (next_line(&text, &left, &line, &len) != 0)
			break;
		doc = rai_json_parse(line, len, err);
		rc = doc == NULL   ? -1
		     : number == 1 ? load_head(r, doc, err)
		     : mark        ? rai_drift_history_load(&r->history, doc, err)
				   : load_file(r, doc, err);
		rai_json_free(doc);
	}
	return rc != 0 ? -1 : rai_fail(err, RAI_EINPUT, "the end is missing");
}

/* The last line names the digest of all that stand before it. */
static int
check_end(const struct rai_buf *b, size_t *len, struct rai_err *err)
{
	char digest[RAI_HASH_DIGEST], want[RAI_HASH_DIGEST + 16];
	size_t end = strlen("{\"end\":\"\"}\n") + RAI_HASH_DIGEST - 1;

	if (b->len < end)
		return rai_fail(
		    err, RAI_EINPUT, "is no state, or was cut: remove it to begin anew");
	*len = b->len - end;
	if (rai_hash_bytes(b->ptr, *len, digest, err) != 0)
		return -1;
	snprintf(want, sizeof(want), "{\"end\":\"%s\"}\n", digest);
	if (memcmp(b->ptr + *len, want, end) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "is no state, or was damaged (its digest is not that of its end): put a good "
		    "one there, or remove it to begin anew");
	return 0;
}

int
drift_state_load(struct run *r, struct rai_err *err)
{
	struct rai_buf b = RAI_BUF_INIT(STATE_MAX);
	size_t len = 0;
	int rc = -1;

	if (rai_drift_watch_keep(r->watch, err) != 0)
		return -1;
	if (access(r->o->state, F_OK) != 0 && errno == ENOENT)
		return 0;
	if (rai_file_read(r->o->state, &b, err) != 0)
		rc = -1;
	else if (check_end(&b, &len, err) == 0 && load_lines(r, b.ptr, len, err) == 0)
		rc = 0;
	else
		rai_wrap(err, "%s", r->o->state);
	rai_buf_free(&b);
	return rc;
}
