#include "sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "served.h"

static const char *const letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

const char *
sources_behind_name(const char *text)
{
	size_t n = strspn(text, letters);

	return n > 0 && text[n] == '=' ? text + n + 1 : NULL;
}

static int
init_one(struct source *s, const char *text, struct rai_err *err)
{
	const char *path = sources_behind_name(text);

	if (path != NULL) {
		s->name = strndup(text, (size_t)(path - 1 - text));
		if (s->name == NULL)
			return rai_fail_memory(err);
	} else
		path = text;
	if (*path == '\0')
		return rai_fail(err, RAI_EINPUT, "--model %s: no file is named", text);
	s->path = strdup(path);
	return s->path == NULL ? rai_fail_memory(err) : 0;
}

/* "sha256:..." of the only model, or "NAME=sha256:..." of the one called so on the command line. */
static int
init_digest(struct sources *s, const char *text, struct rai_err *err)
{
	const char *digest = sources_behind_name(text);
	size_t i, n = digest == NULL ? 0 : (size_t)(digest - 1 - text);

	if (digest == NULL && s->n > 1)
		return rai_fail(err, RAI_EINPUT,
		    "--digest %.90s: which of the models? (give NAME=sha256:...)", text);
	if (!rai_hash_is_digest(digest == NULL ? text : digest))
		return rai_fail(err, RAI_EINPUT,
		    "--digest %.150s: must be \"sha256:\" and 64 digits from 0 to f", text);
	for (i = 0; digest != NULL && i < s->n; i++)
		if (s->source[i].name != NULL && strlen(s->source[i].name) == n &&
		    memcmp(s->source[i].name, text, n) == 0)
			break;
	if (i == s->n)
		return rai_fail(err, RAI_EINPUT, "--digest %.90s: there is no --model %.*s=FILE",
		    text, (int)n, text);
	if (s->source[i].digest != NULL)
		return rai_fail(err, RAI_EINPUT, "--digest %.90s: the model has one already", text);
	s->source[i].digest = digest == NULL ? text : digest;
	return 0;
}

int
sources_init(struct sources *s, const struct rai_opt_list *models,
    const struct rai_opt_list *digests, const char *release, struct rai_err *err)
{
	size_t i;

	pthread_mutex_init(&s->lock, NULL);
	s->release = release;
	s->source = calloc(models->n, sizeof(*s->source));
	if (s->source == NULL)
		return rai_fail_memory(err);
	s->n = models->n;
	for (i = 0; i < s->n; i++)
		if (init_one(&s->source[i], models->item[i], err) != 0)
			return -1;
	for (i = 0; i < digests->n; i++)
		if (init_digest(s, digests->item[i], err) != 0)
			return -1;
	if (release != NULL && s->n > 1)
		return rai_fail(err, RAI_EINPUT,
		    "--release is the version of one model, and there are %zu (release.json beside "
		    "each file says its own)",
		    s->n);
	return 0;
}

int
sources_is_pinned(const struct sources *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n && strcmp(s->source[i].name, name) != 0; i++)
		;
	return i < s->n && s->source[i].digest != NULL;
}

void
sources_release(struct sources *s)
{
	size_t i;

	for (i = 0; s->source != NULL && i < s->n; i++) {
		free(s->source[i].name);
		free(s->source[i].path);
	}
	free(s->source);
	s->source = NULL;
	pthread_mutex_destroy(&s->lock);
}

/* All zeros: there is no such file. */
static struct stamp
stamp_of(const char *path)
{
	struct stat st;
	struct stamp s;

	memset(&s, 0, sizeof(s));
	if (stat(path, &st) == 0) {
		s.device = st.st_dev;
		s.inode = st.st_ino;
		s.size = st.st_size;
		s.written = st.st_mtim;
		s.changed = st.st_ctim;
	}
	return s;
}

static int
same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->written.tv_sec == b->written.tv_sec && a->written.tv_nsec == b->written.tv_nsec &&
	       a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

int
sources_same(const struct stamp a[SOURCE_FILES], const struct stamp b[SOURCE_FILES])
{
	size_t i;

	for (i = 0; i < SOURCE_FILES && same_stamp(&a[i], &b[i]); i++)
		;
	return i == SOURCE_FILES;
}

void
sources_stamps(const char *path, struct stamp out[SOURCE_FILES])
{
	char *release = served_release_path(path), *signature = served_signature_path(path);

	out[0] = stamp_of(path);
	out[1] = stamp_of(release == NULL ? "" : release);
	out[2] = stamp_of(signature == NULL ? "" : signature);
	free(release);
	free(signature);
}

/* The stamps are taken first, so that what changes meanwhile counts as changed. */
static int
open_one(struct sources *s, struct source *from, const char *path, struct rai_serve_model *out,
    struct rai_err *err)
{
	const struct served_from f = {.path = path,
	    .name = from->name,
	    .release = s->release,
	    .digest = from->digest,
	    .signers = s->signers};

	sources_stamps(path, from->read);
	return served_open(&f, out, err);
}

void
sources_drop(const struct rai_serve_model *m, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		m[i].release(m[i].payload);
}

int
sources_open(struct sources *s, struct rai_serve_model **out, struct rai_err *err)
{
	struct rai_serve_model *m = calloc(s->n, sizeof(*m));
	size_t i;
	int rc = m == NULL ? rai_fail_memory(err) : 0;

	for (i = 0; rc == 0 && i < s->n; i++) {
		struct source *from = &s->source[i];

		rc = open_one(s, from, from->path, &m[i], err);
		if (rc == 0 && from->name == NULL && (from->name = strdup(m[i].name)) == NULL) {
			m[i].release(m[i].payload);
			rc = rai_fail_memory(err);
		}
		if (rc != 0)
			sources_drop(m, i);
	}
	if (rc != 0)
		free(m);
	else
		*out = m;
	return rc;
}

/* The lock is held. */
static int
read_one(struct sources *s, struct source *from, const char *path, struct rai_err *err)
{
	char *kept = path == NULL ? NULL : strdup(path);
	struct stamp before[SOURCE_FILES];
	struct rai_serve_model m;
	struct rai_buf text = RAI_BUF_INIT(4096);
	int rc = -1;

	memcpy(before, from->read, sizeof(before));
	if (path != NULL && kept == NULL)
		rai_fail_memory(err);
	else if (open_one(s, from, path == NULL ? from->path : path, &m, err) == 0) {
		rai_buf_printf(&text, "now serving %s %s (%s)", m.name, m.version, m.digest);
		rc = rai_serve_app_swap(s->app, &m, err);
	}
	if (rc == 0)
		rai_cli_warn(s->cli, "%s", text.ptr);
	if (rc == 0 && kept != NULL) {
		free(from->path);
		from->path = kept;
		kept = NULL;
	} else if (rc != 0 && path != NULL)
		memcpy(from->read, before, sizeof(before));
	free(kept);
	rai_buf_free(&text);
	return rc;
}

int
sources_read(struct sources *s, const char *name, const char *path, struct rai_err *err)
{
	size_t i;
	int rc;

	for (i = 0; i < s->n && strcmp(s->source[i].name, name) != 0; i++)
		;
	if (i == s->n)
		return rai_fail(err, RAI_EINPUT, "no model is called \"%.100s\"", name);
	pthread_mutex_lock(&s->lock);
	rc = read_one(s, &s->source[i], path, err);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

static void
reload_one(struct sources *s, struct source *from)
{
	struct rai_err err = RAI_ERR_INIT;

	if (read_one(s, from, NULL, &err) != 0)
		rai_cli_warn(s->cli, "%s: the model stays as it was: %s", from->name, err.msg);
}

void
sources_reload(struct sources *s)
{
	struct stamp now[SOURCE_FILES];
	size_t i;

	pthread_mutex_lock(&s->lock);
	for (i = 0; i < s->n; i++) {
		sources_stamps(s->source[i].path, now);
		if (!sources_same(now, s->source[i].read))
			reload_one(s, &s->source[i]);
		else
			rai_cli_warn(
			    s->cli, "%s: %s has not changed", s->source[i].name, s->source[i].path);
	}
	pthread_mutex_unlock(&s->lock);
}

void
sources_watch(struct sources *s)
{
	struct stamp now[SOURCE_FILES];
	size_t i;

	pthread_mutex_lock(&s->lock);
	for (i = 0; i < s->n; i++) {
		struct source *from = &s->source[i];

		sources_stamps(from->path, now);
		if (!sources_same(now, from->read) && sources_same(now, from->seen))
			reload_one(s, from);
		memcpy(from->seen, now, sizeof(now));
	}
	pthread_mutex_unlock(&s->lock);
}
