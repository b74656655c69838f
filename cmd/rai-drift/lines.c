#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536

int
lines_open(struct lines *l, const char *path, size_t max, struct rai_err *err)
{
	memset(l, 0, sizeof(*l));
	l->name = strcmp(path, "-") == 0 ? "stdin" : path;
	l->max = max;
	l->fd = l->name != path ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (l->fd < 0) {
		rai_fail_errno(err, "%s", path);
		if (err != NULL)
			err->code = RAI_EINPUT;
		return -1;
	}
	return 0;
}

void
lines_close(struct lines *l)
{
	if (l->fd > STDIN_FILENO)
		close(l->fd);
	free(l->buf);
	l->buf = NULL;
	l->fd = -1;
}

/* The line in progress stays; of one that is too long only max + 1 bytes. */
static int
make_room(struct lines *l, struct rai_err *err)
{
	size_t want;
	char *p;

	if (l->at > 0) {
		memmove(l->buf, l->buf + l->at, l->end - l->at);
		l->end -= l->at;
		l->at = 0;
	}
	if (l->end > l->max) {
		l->thrown += (int64_t)(l->end - (l->max + 1));
		l->end = l->max + 1;
		l->cutting = 1;
	}
	want = l->end + CHUNK;
	if (want <= l->cap)
		return 0;
	p = realloc(l->buf, want);
	if (p == NULL)
		return rai_fail_memory(err);
	l->buf = p;
	l->cap = want;
	return 0;
}

int
lines_fill(struct lines *l, struct rai_err *err)
{
	char *newline;
	ssize_t n;

	if (make_room(l, err) != 0)
		return -1;
	do
		n = read(l->fd, l->buf + l->end, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return rai_fail_errno(err, "%s", l->name);
	if (n == 0)
		return 0;
	if (l->cutting) {
		newline = memchr(l->buf + l->end, '\n', (size_t)n);
		l->thrown += newline != NULL ? newline - (l->buf + l->end) : n;
		if (newline == NULL)
			return 1;
		n -= newline - (l->buf + l->end);
		memmove(l->buf + l->end, newline, (size_t)n);
		l->cutting = 0;
	}
	l->end += (size_t)n;
	return 1;
}

int
lines_next(struct lines *l, const char **text, size_t *len)
{
	char *newline;

	if (l->cutting || l->at == l->end)
		return 0;
	newline = memchr(l->buf + l->at, '\n', l->end - l->at);
	if (newline == NULL)
		return 0;
	*text = l->buf + l->at;
	*len = (size_t)(newline - *text);
	l->at += *len + 1;
	l->number++;
	l->thrown = 0;
	return 1;
}

int64_t
lines_offset(const struct lines *l)
{
	off_t at = lseek(l->fd, 0, SEEK_CUR);

	return at < 0 ? -1 : (int64_t)at - (int64_t)(l->end - l->at) - l->thrown;
}

int
lines_back(struct lines *l, struct rai_err *err)
{
	int64_t at = lines_offset(l);
	struct stat st;

	if (l->end == l->at || at < 0)
		return 0;
	if (l->cutting && fstat(l->fd, &st) == 0 && st.st_size >= lseek(l->fd, 0, SEEK_CUR))
		return 0;
	if (lseek(l->fd, (off_t)at, SEEK_SET) < 0)
		return rai_fail_errno(err, "%s", l->name);
	l->at = l->end = 0;
	l->thrown = 0;
	l->cutting = 0;
	return 0;
}

void
lines_rest(struct lines *l, const char **text, size_t *len)
{
	*text = l->buf != NULL ? l->buf + l->at : "";
	*len = l->end - l->at;
	l->at = l->end;
	l->number++;
}
