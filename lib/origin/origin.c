#include "origin/origin.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "origin/dvc.h"
#include "origin/fetch.h"
#include "origin/s3.h"

enum { REDIRECTS = 5 };

/* Letters, digits, + - . and "://" (RFC 3986, 3.1); of file: the colon is enough (RFC 8089). */
int
rai_origin_is_url(const char *source)
{
	size_t n = 0;

	if (strncasecmp(source, "file:", 5) == 0)
		return 1;
	if (!isalpha((unsigned char)source[0]))
		return 0;
	while (isalnum((unsigned char)source[n]) || (source[n] != '\0' && strchr("+-.", source[n])))
		n++;
	return n > 1 && strncmp(source + n, "://", 3) == 0;
}

static int
has_scheme(const char *source, const char *scheme)
{
	return strncasecmp(source, scheme, strlen(scheme)) == 0;
}

char *
rai_origin_name(const char *source)
{
	char shown[RAI_HTTP_SHOWN];

	if (!has_scheme(source, "http://") && !has_scheme(source, "https://"))
		return strdup(source);
	rai_http_show(source, shown);
	return strdup(shown);
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* file:/path, file:///path and file://localhost/path; caller frees *out. */
static int
file_path(const char *url, char **out, struct rai_err *err)
{
	const char *p = url + strlen("file:");
	char *to;

	if (strncmp(p, "//", 2) == 0) {
		p += 2;
		if (has_scheme(p, "localhost/"))
			p += strlen("localhost");
	}
	if (*p != '/')
		return rai_fail(err, RAI_EINPUT,
		    "%s: must be file:///path, of a file on this machine from its root", url);
	*out = to = malloc(strlen(p) + 1);
	if (to == NULL)
		return rai_fail_memory(err);
	for (; *p != '\0'; p++, to++) {
		*to = *p;
		if (*p != '%')
			continue;
		if (hex(p[1]) < 0 || hex(p[2]) < 0 || (p[1] == '0' && p[2] == '0')) {
			free(*out);
			return rai_fail(err, RAI_EINPUT,
			    "%s: after %% must stand two digits 0-9A-F (%%25 is %% itself)", url);
		}
		*to = (char)(hex(p[1]) * 16 + hex(p[2]));
		p += 2;
	}
	*to = '\0';
	return 0;
}

/*
 * What stands under this name in DVC: beside it as "<path>.dvc", or with a folder above it as
 * "<folder>.dvc".  1: nothing does.
 */
static int
try_pointers(const char *path, const struct rai_origin_options *opt, int *fd, struct rai_err *err)
{
	struct rai_buf pointer = RAI_BUF_INIT(1 << 16);
	size_t n = strlen(path);
	const char *inside;
	int rc = 1;

	while (rc == 1 && n > 0) {
		inside = path[n] == '\0' ? NULL : path + n + strspn(path + n, "/");
		rai_buf_clear(&pointer);
		rai_buf_add(&pointer, path, n);
		rai_buf_str(&pointer, ".dvc");
		if (path[n - 1] != '/' && !pointer.bad && access(pointer.ptr, R_OK) == 0)
			rc = rai_origin_dvc(pointer.ptr, inside, opt, fd, err);
		while (n > 0 && path[n - 1] != '/')
			n--;
		while (n > 0 && path[n - 1] == '/')
			n--;
	}
	rai_buf_free(&pointer);
	return rc;
}

static int
open_path(const char *path, const struct rai_origin_options *opt, int *fd, struct rai_err *err)
{
	size_t n = strlen(path);
	int rc, error;

	if (n > 4 && strcmp(path + n - 4, ".dvc") == 0 && path[n - 5] != '/' &&
	    access(path, F_OK) == 0)
		return rai_origin_dvc(path, NULL, opt, fd, err);
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	error = errno;
	if (*fd >= 0)
		return 0;
	if (error == ENOENT || error == ENOTDIR) {
		rc = try_pointers(path, opt, fd, err);
		if (rc != 1)
			return rc;
	}
	errno = error;
	return rai_fail_errno(err, "%s", path);
}

static int
open_http(const char *url, const struct rai_origin_options *opt, int *fd, struct rai_err *err)
{
	char shown[RAI_HTTP_SHOWN];
	struct rai_origin_call call = {shown, url, NULL, NULL, REDIRECTS, opt};

	rai_http_show(url, shown);
	return rai_origin_fetch(&call, fd, err) == 0 ? 0 : -1;
}

int
rai_origin_open(
    const char *source, const struct rai_origin_options *opt, int *fd, struct rai_err *err)
{
	const struct rai_origin_s3 nothing = {NULL, NULL, NULL, NULL, NULL, NULL};
	char *path = NULL;
	int rc;

	if (!rai_origin_is_url(source))
		return open_path(source, opt, fd, err);
	if (has_scheme(source, "http://") || has_scheme(source, "https://"))
		return open_http(source, opt, fd, err);
	if (has_scheme(source, "s3://"))
		return rai_origin_s3(source, &nothing, opt, fd, err) == 0 ? 0 : -1;
	if (!has_scheme(source, "file:"))
		return rai_fail(err, RAI_EINPUT,
		    "\"%.*s:\": only file:, https:// and s3:// are read; for others the program "
		    "that can goes into data.command",
		    (int)strcspn(source, ":"), source);
	if (file_path(source, &path, err) != 0)
		return -1;
	rc = open_path(path, opt, fd, err);
	free(path);
	return rc;
}
