#include "origin/dvc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "origin/fetch.h"
#include "origin/pointer.h"
#include "origin/project.h"
#include "origin/s3.h"

enum { LIST_MAX = 64 << 20, REDIRECTS = 5 };

/* One object of the cache: a file, or the list of a folder's files. */
struct object {
	const char *what; /* the pointer, for messages */
	char md5[RAI_POINTER_MD5];
	int list, legacy;
	int64_t size;       /* -1: not known */
	const char *remote; /* or NULL: the default */
	const struct rai_project *project;
	const struct rai_origin_options *opt;
};

/* Where DVC 3 keeps an object, and where DVC 2 does. */
static void
object_path(const struct object *o, int old, char out[64])
{
	snprintf(out, 64, "%s%.2s/%s%s", old ? "" : "files/md5/", o->md5, o->md5 + 2,
	    o->list ? ".dir" : "");
}

/* MD5 of a file as it is, and with \r\n as \n; leaves fd at its start. */
static int
digests(int fd, char plain[RAI_HASH_HEX], char folded[RAI_HASH_HEX], int64_t *size)
{
	struct rai_hash *h = rai_hash_new_md5(), *f = rai_hash_new_md5();
	char buf[1 << 16];
	ssize_t n = 0, i, from;
	int cr = 0;

	*size = 0;
	while (h != NULL && f != NULL && (n = read(fd, buf, sizeof(buf))) > 0) {
		rai_hash_add(h, buf, (size_t)n);
		*size += n;
		for (i = from = 0; i < n; i++) {
			if (cr && buf[i] != '\n')
				rai_hash_add(f, "\r", 1);
			cr = buf[i] == '\r';
			if (cr) {
				rai_hash_add(f, buf + from, (size_t)(i - from));
				from = i + 1;
			}
		}
		rai_hash_add(f, buf + from, (size_t)(n - from));
	}
	if (cr)
		rai_hash_add(f, "\r", 1);
	n = h == NULL || f == NULL ? -1 : n;
	rai_hash_end(h, plain);
	rai_hash_end(f, folded);
	return n < 0 || lseek(fd, 0, SEEK_SET) != 0 ? -1 : 0;
}

/* where: what fd was opened from. */
static int
check(const struct object *o, int fd, const char *where, struct rai_err *err)
{
	char plain[RAI_HASH_HEX], folded[RAI_HASH_HEX];
	int64_t size;

	if (digests(fd, plain, folded, &size) != 0)
		return rai_fail_errno(err, "%s: %s", o->what, where);
	if (strcmp(plain, o->md5) != 0 && !(o->legacy && strcmp(folded, o->md5) == 0))
		return rai_fail(err, RAI_EINPUT, "%s: %s is damaged: its md5 is %s, not %s",
		    o->what, where, plain, o->md5);
	if (o->size >= 0 && size != o->size)
		return rai_fail(err, RAI_EINPUT, "%s: %s has %lld bytes, not the %lld of size",
		    o->what, where, (long long)size, (long long)o->size);
	return 0;
}

/* 0; 1: there is no such file; -1. */
static int
open_checked(const struct object *o, const char *path, int *fd, struct rai_err *err)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 1;
	if (*fd < 0)
		return rai_fail_errno(err, "%s: %s", o->what, path);
	if (check(o, *fd, path, err) == 0)
		return 0;
	close(*fd);
	return -1;
}

/* In a folder laid out as a cache; as open_checked(). */
static int
in_folder(const struct object *o, const char *folder, int *fd, struct rai_err *err)
{
	char relative[64], *path;
	int i, rc = 1;

	for (i = 0; i < 2 && rc == 1; i++) {
		object_path(o, o->legacy ? !i : i, relative);
		path = rai_file_join(folder, relative);
		rc = path == NULL ? rai_fail_memory(err) : open_checked(o, path, fd, err);
		free(path);
	}
	return rc;
}

static int
in_cache(const struct object *o, int *fd, struct rai_err *err)
{
	const char *base = o->project->dvc;
	const char *dir = rai_project_get(o->project, "cache", "dir", &base);
	char *folder = rai_project_path(base, dir != NULL ? dir : "cache");
	int rc;

	if (folder == NULL)
		return rai_fail_memory(err);
	rc = in_folder(o, folder, fd, err);
	free(folder);
	return rc;
}

static int
fetch_http(
    const struct object *o, const char *section, const char *url, int *fd, struct rai_err *err)
{
	const char *auth = rai_project_get(o->project, section, "auth", NULL);
	struct rai_http_auth basic = {rai_project_get(o->project, section, "user", NULL),
	    rai_project_get(o->project, section, "password", NULL), NULL};
	struct rai_origin_call call = {
	    url, url, basic.user != NULL ? &basic : NULL, NULL, REDIRECTS, o->opt};
	char shown[RAI_HTTP_SHOWN];

	if (auth != NULL && strcmp(auth, "basic") != 0)
		return rai_fail(err, RAI_EINPUT,
		    "[%s] auth = %.40s is not spoken, only basic: run dvc pull, and read the file",
		    section, auth);
	if (basic.user != NULL && basic.password == NULL)
		return rai_fail(err, RAI_EINPUT, "[%s] has a user without a password", section);
	rai_http_show(url, shown);
	call.name = shown;
	return rai_origin_fetch(&call, fd, err);
}

static int
fetch_s3(const struct object *o, const char *section, const char *url, int *fd, struct rai_err *err)
{
	const struct rai_project *p = o->project;
	struct rai_origin_s3 known = {.endpoint = rai_project_get(p, section, "endpointurl", NULL),
	    .region = rai_project_get(p, section, "region", NULL),
	    .profile = rai_project_get(p, section, "profile", NULL),
	    .key_id = rai_project_get(p, section, "access_key_id", NULL),
	    .secret = rai_project_get(p, section, "secret_access_key", NULL),
	    .token = rai_project_get(p, section, "session_token", NULL)};

	return rai_origin_s3(url, &known, o->opt, fd, err);
}

/* base is a URL laid out as a cache; as open_checked(). */
static int
at_url(const struct object *o, const char *section, const char *base, int *fd, struct rai_err *err)
{
	struct rai_buf url = RAI_BUF_INIT(8192);
	size_t n = strlen(base);
	char relative[64];
	int i, rc = 1;

	while (n > 0 && base[n - 1] == '/')
		n--;
	for (i = 0; i < 2 && rc == 1; i++) {
		object_path(o, o->legacy ? !i : i, relative);
		rai_buf_clear(&url);
		rai_buf_add(&url, base, n);
		rai_buf_printf(&url, "/%s", relative);
		if (rai_buf_check(&url, "url", err) != 0)
			rc = -1;
		else if (strncmp(base, "s3://", 5) == 0)
			rc = fetch_s3(o, section, url.ptr, fd, err);
		else
			rc = fetch_http(o, section, url.ptr, fd, err);
	}
	rai_buf_free(&url);
	if (rc < 0)
		return rai_wrap(err, "%s", o->what);
	if (rc == 0 && check(o, *fd, "what the remote has", err) != 0) {
		close(*fd);
		return -1;
	}
	return rc;
}

static int
in_remote(const struct object *o, int *fd, struct rai_err *err)
{
	const char *name = o->remote, *url, *base = o->project->dvc;
	char section[256], *folder;
	int rc;

	if (name == NULL)
		name = rai_project_get(o->project, "core", "remote", NULL);
	if (name == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "%s: %s is not in the cache, and %s/config names no remote ([core] remote = "
		    "...)",
		    o->what, o->md5, o->project->dvc);
	snprintf(section, sizeof(section), "remote \"%.200s\"", name);
	url = rai_project_get(o->project, section, "url", &base);
	if (url == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "%s: %s/config has no url for the remote \"%.60s\"", o->what, o->project->dvc,
		    name);
	if (strncmp(url, "s3://", 5) == 0 || strncmp(url, "https://", 8) == 0 ||
	    strncmp(url, "http://", 7) == 0) {
		rc = at_url(o, section, url, fd, err);
	} else if (rai_origin_is_url(url)) {
		return rai_fail(err, RAI_EINPUT,
		    "%s: the remote \"%.60s\" is neither a folder nor https or s3: run dvc pull "
		    "first, and it is found in the cache",
		    o->what, name);
	} else {
		folder = rai_project_path(base, url);
		rc = folder == NULL ? rai_fail_memory(err) : in_folder(o, folder, fd, err);
		free(folder);
	}
	if (rc == 1)
		return rai_fail(err, RAI_EINPUT,
		    "%s: %s is neither in the cache nor in the remote \"%.60s\": run dvc push "
		    "where the data are",
		    o->what, o->md5, name);
	return rc;
}

/* place: where the file would stand in the work tree, or NULL; another content is no harm. */
static int
open_object(const struct object *o, const char *place, int *fd, struct rai_err *err)
{
	int rc = in_cache(o, fd, err);

	if (rc != 1)
		return rc;
	if (place != NULL && open_checked(o, place, fd, NULL) == 0)
		return 0;
	return in_remote(o, fd, err);
}

/* From the list of a folder to the object of one file in it. */
static int
enter_folder(struct object *o, const char *inside, struct rai_err *err)
{
	struct rai_buf list = RAI_BUF_INIT(LIST_MAX);
	char buf[1 << 14];
	ssize_t n;
	int fd, rc = -1;

	o->list = 1;
	o->size = -1;
	if (open_object(o, NULL, &fd, err) != 0)
		return -1;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		rai_buf_add(&list, buf, (size_t)n);
	if (n < 0)
		rai_fail_errno(err, "%s: its list of files", o->what);
	else if (rai_buf_check(&list, o->what, err) == 0)
		rc = rai_pointer_find(o->what, list.ptr, list.len, inside, o->md5, err);
	o->list = 0;
	close(fd);
	rai_buf_free(&list);
	return rc;
}

/* Beside the pointer; caller frees; NULL: out of memory. */
static char *
place_of(const char *pointer, const char *path, const char *inside)
{
	const char *slash = strrchr(pointer, '/');
	struct rai_buf b = RAI_BUF_INIT(1 << 16);

	if (slash != NULL)
		rai_buf_add(&b, pointer, (size_t)(slash - pointer) + 1);
	rai_buf_str(&b, path);
	if (inside != NULL)
		rai_buf_printf(&b, "/%s", inside);
	if (b.bad) {
		rai_buf_free(&b);
		return NULL;
	}
	return rai_buf_take(&b);
}

int
rai_origin_dvc(const char *pointer, const char *inside, const struct rai_origin_options *opt,
    int *fd, struct rai_err *err)
{
	struct rai_pointer p;
	struct rai_project project = {.dvc = NULL};
	struct object o = {.what = pointer, .project = &project, .opt = opt};
	char *place = NULL;
	int rc = -1;

	if (rai_pointer_read(pointer, &p, err) != 0 ||
	    rai_project_find(pointer, &project, err) != 0)
		goto out;
	memcpy(o.md5, p.md5, sizeof(o.md5));
	o.legacy = p.legacy;
	o.size = p.size;
	o.remote = p.remote;
	if (p.folder && enter_folder(&o, inside, err) != 0)
		goto out;
	if (!p.folder && inside != NULL) {
		rai_fail(
		    err, RAI_EINPUT, "%s: stands for one file, with nothing below it", pointer);
		goto out;
	}
	place = place_of(pointer, p.path, inside);
	rc = place == NULL ? rai_fail_memory(err) : open_object(&o, place, fd, err);
out:
	free(place);
	rai_pointer_release(&p);
	rai_project_release(&project);
	return rc;
}
