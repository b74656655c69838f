#include "host/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/num.h"
#include "json/json.h"

enum { MAX_FILE = 1 << 21 };

char *
rai_host_store_path(const char *state, const char *folder, const char *prefix, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s/%s%s.json", state, folder, prefix, name) < 0)
		return NULL;
	return path;
}

int
rai_host_store_make(const char *state, char **path, struct rai_err *err)
{
	static const char *const folders[] = {
	    "live", "replicas", "status", "images", "logs", "data"};
	size_t i;
	int rc = 0;

	if (rai_file_mkdirs(state, err) != 0)
		return -1;
	*path = realpath(state, NULL);
	if (*path == NULL)
		return rai_fail_errno(err, "%s", state);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]) && rc == 0; i++) {
		char *folder = rai_file_join(*path, folders[i]);

		rc = folder == NULL ? rai_fail_memory(err) : rai_file_mkdirs(folder, err);
		free(folder);
	}
	if (rc != 0) {
		free(*path);
		*path = NULL;
	}
	return rc;
}

int
rai_host_store_lock(const char *state, int *out, pid_t *holder, struct rai_err *err)
{
	char *path = rai_file_join(state, "lock"), text[32];
	int64_t pid = 0;
	ssize_t n;
	int fd;

	if (path == NULL)
		return rai_fail_memory(err);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) {
		rai_fail_errno(err, "%s", path);
		free(path);
		return -1;
	}
	free(path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		n = pread(fd, text, sizeof(text), 0);
		if (n > 0)
			rai_num_int(text, strcspn(text, "\n"), 1, INT32_MAX, &pid);
		*holder = (pid_t)pid;
		close(fd);
		return 1;
	}
	n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n) {
		close(fd);
		return rai_fail_errno(err, "%s/lock", state);
	}
	*out = fd;
	return 0;
}

int
rai_host_store_is(const char *path, const char *text, size_t n)
{
	struct rai_buf b = RAI_BUF_INIT(MAX_FILE);
	int same;

	same = rai_file_read(path, &b, NULL) == 0 && b.len == n && memcmp(b.ptr, text, n) == 0;
	rai_buf_free(&b);
	return same;
}

int
rai_host_store_put(const char *path, const char *text, size_t n, struct rai_err *err)
{
	char *tmp = NULL;
	int fd, rc = -1;

	if (rai_host_store_is(path, text, n))
		return 0;
	if (asprintf(&tmp, "%s.tmp", path) < 0)
		return rai_fail_memory(err);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, n) != (ssize_t)n || rename(tmp, path) != 0) {
		rai_fail_errno(err, "%s", path);
		unlink(tmp);
	} else
		rc = 0;
	if (fd >= 0)
		close(fd);
	free(tmp);
	return rc;
}

static void
show(const struct cJSON *j, char *out, size_t size)
{
	struct rai_buf b = RAI_BUF_INIT(4096);
	struct rai_jw w;

	if (j == NULL)
		rai_buf_str(&b, "nothing");
	else {
		rai_jw_init(&w, &b);
		rai_jw_node(&w, NULL, j);
	}
	snprintf(out, size, "%.60s%s", b.ptr, b.len > 60 ? "..." : "");
	rai_buf_free(&b);
}

/* Goes down where both have children; writes the path and returns 1 at the first difference. */
static int
walk(const struct cJSON *a, const struct cJSON *b, const char *path, char *out, size_t size)
{
	enum rai_json_kind kind = rai_json_kind(a);
	const struct cJSON *i, *k;
	char sub[256], was[80], is[80];
	size_t n = 0;

	if (kind != rai_json_kind(b) || (kind != RAI_JSON_OBJECT && kind != RAI_JSON_ARRAY) ||
	    (kind == RAI_JSON_ARRAY && rai_json_count(a) != rai_json_count(b))) {
		show(a, was, sizeof(was));
		show(b, is, sizeof(is));
		if (strcmp(was, is) == 0 && kind == rai_json_kind(b) && kind != RAI_JSON_ARRAY)
			return 0;
		snprintf(out, size, "%s: %s -> %s", path, was, is);
		return 1;
	}
	for (i = rai_json_first(a), k = rai_json_first(b); i != NULL; i = rai_json_next(i), n++) {
		if (kind == RAI_JSON_OBJECT) {
			snprintf(
			    sub, sizeof(sub), "%s%s%s", path, *path ? "." : "", rai_json_key(i));
			if (walk(i, rai_json_get(b, rai_json_key(i)), sub, out, size))
				return 1;
			continue;
		}
		snprintf(sub, sizeof(sub), "%s[%zu]", path, n);
		if (walk(i, k, sub, out, size))
			return 1;
		k = rai_json_next(k);
	}
	return 0;
}

void
rai_host_store_difference(const char *was, const char *is, char *out, size_t size)
{
	struct cJSON *a = rai_json_parse(was, strlen(was), NULL);
	struct cJSON *b = rai_json_parse(is, strlen(is), NULL);

	if (a == NULL || b == NULL)
		snprintf(out, size, "no longer JSON");
	else if (!walk(a, b, "", out, size) && !walk(b, a, "", out, size))
		snprintf(out, size, "other blanks or order");
	rai_json_free(a);
	rai_json_free(b);
}
