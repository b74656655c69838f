#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
read_all(int fd, const char *what, struct rai_buf *out, struct rai_err *err)
{
	char chunk[1 << 16];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return rai_fail_errno(err, "%s: read", what);
		rai_buf_add(out, chunk, (size_t)n);
		if (out->bad)
			break;
	}
	return rai_buf_check(out, what, err);
}

int
rai_file_read(const char *path, struct rai_buf *out, struct rai_err *err)
{
	int fd, rc;

	if (strcmp(path, "-") == 0)
		return read_all(0, "stdin", out, err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return rai_fail_errno(err, "%s", path);
	rc = read_all(fd, path, out, err);
	close(fd);
	return rc;
}

int
rai_file_read_regular(const char *path, struct rai_buf *out, struct rai_err *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), rc;
	struct stat st;

	if (fd < 0)
		return rai_fail_errno(err, "%s", path);
	if (fstat(fd, &st) != 0)
		rc = rai_fail_errno(err, "%s", path);
	else if (!S_ISREG(st.st_mode))
		rc = rai_fail(err, RAI_EINPUT, "%s: is no regular file", path);
	else
		rc = read_all(fd, path, out, err);
	close(fd);
	return rc;
}

static int
write_all(int fd, const char *p, size_t n)
{
	ssize_t w;

	while (n > 0) {
		w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -1;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

/* A rename is only durable once its folder is. */
static int
sync_folder(const char *path)
{
	char *copy = strdup(path), *slash;
	int fd, rc = -1;

	if (copy == NULL)
		return -1;
	slash = strrchr(copy, '/');
	if (slash == copy)
		slash[1] = '\0';
	else if (slash != NULL)
		*slash = '\0';
	fd = open(slash != NULL ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	if (rc != 0 && (errno == EINVAL || errno == EROFS))
		rc = 0; /* some file systems cannot sync a folder */
	close(fd);
	return rc;
}

static int
write_into(const char *path, const void *p, size_t n, struct rai_err *err)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return rai_fail_errno(err, "%s", path);
	if (write_all(fd, p, n) != 0)
		rc = rai_fail_errno(err, "%s: write", path);
	close(fd);
	return rc;
}

int
rai_file_write(const char *path, const void *p, size_t n, mode_t mode, struct rai_err *err)
{
	struct rai_buf tmp = RAI_BUF_INIT(8192);
	struct stat st;
	int fd = -1, rc = -1;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return write_into(path, p, n, err);
	rai_buf_printf(&tmp, "%s.tmp.XXXXXX", path);
	if (rai_buf_check(&tmp, path, err) != 0)
		goto out;
	fd = mkstemp(tmp.ptr);
	if (fd < 0) {
		rai_fail_errno(err, "%s", path);
		goto out;
	}
	if (write_all(fd, p, n) != 0 || fchmod(fd, mode) != 0 || fsync(fd) != 0) {
		rai_fail_errno(err, "%s: write", path);
		unlink(tmp.ptr);
		goto out;
	}
	if (rename(tmp.ptr, path) != 0) {
		rai_fail_errno(err, "%s: rename", path);
		unlink(tmp.ptr);
		goto out;
	}
	if (sync_folder(path) != 0) {
		rai_fail_errno(err, "%s: sync", path);
		goto out;
	}
	rc = 0;
out:
	if (fd >= 0)
		close(fd);
	rai_buf_free(&tmp);
	return rc;
}

int
rai_file_mkdirs(const char *path, struct rai_err *err)
{
	char *copy = strdup(path), *p;
	int rc = -1;

	if (copy == NULL)
		return rai_fail_memory(err);
	for (p = copy + 1;; p++) {
		char was = *p;

		if (was != '/' && was != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
			rai_fail_errno(err, "%s", copy);
			goto out;
		}
		*p = was;
		if (was == '\0')
			break;
	}
	rc = 0;
out:
	free(copy);
	return rc;
}

int
rai_file_mkdirs_for(const char *path, struct rai_err *err)
{
	char *copy = strdup(path), *slash;
	int rc = 0;

	if (copy == NULL)
		return rai_fail_memory(err);
	slash = strrchr(copy, '/');
	if (slash != NULL && slash != copy) {
		*slash = '\0';
		rc = rai_file_mkdirs(copy, err);
	}
	free(copy);
	return rc;
}

static int
remove_children(const char *path, struct rai_err *err)
{
	struct dirent *e;
	DIR *d = opendir(path);
	int rc = 0;

	if (d == NULL)
		return rai_fail_errno(err, "%s", path);
	while (rc == 0 && (e = readdir(d)) != NULL) {
		char *child;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		child = rai_file_join(path, e->d_name);
		rc = child == NULL ? rai_fail_memory(err) : rai_file_remove_tree(child, err);
		free(child);
	}
	closedir(d);
	return rc;
}

int
rai_file_remove_tree(const char *path, struct rai_err *err)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : rai_fail_errno(err, "%s", path);
	if (S_ISDIR(st.st_mode) && remove_children(path, err) != 0)
		return -1;
	if (remove(path) != 0 && errno != ENOENT)
		return rai_fail_errno(err, "%s", path);
	return 0;
}

char *
rai_file_join(const char *dir, const char *name)
{
	size_t n = strlen(dir), m = strlen(name);
	int slash = n > 0 && dir[n - 1] != '/';
	char *p = malloc(n + m + 2);

	if (p == NULL)
		return NULL;
	memcpy(p, dir, n);
	if (slash)
		p[n++] = '/';
	memcpy(p + n, name, m + 1);
	return p;
}

void
rai_file_scratch(const char *name, char *out, size_t size)
{
	const char *folder = getenv("TMPDIR");

	snprintf(
	    out, size, "%s/%s.XXXXXX", folder != NULL && *folder != '\0' ? folder : "/tmp", name);
}
