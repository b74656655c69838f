#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "chain.h"
#include "state.h"

static struct position *
find(const struct positions *p, const char *path)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->list[i].path, path) == 0)
			return &p->list[i];
	return NULL;
}

const struct position *
position_find(const struct positions *p, const char *path)
{
	return find(p, path);
}

static struct position *
add(struct positions *p, const char *path)
{
	struct position *list = reallocarray(p->list, p->n + 1, sizeof(*list));

	if (list == NULL)
		return NULL;
	p->list = list;
	list[p->n] = (struct position){.path = strdup(path)};
	return list[p->n].path != NULL ? &list[p->n++] : NULL;
}

/* The digest of the first n bytes.  0, or -1: there are not so many. */
static int
head_digest(int fd, int64_t n, char digest[RAI_HASH_DIGEST])
{
	char head[STATE_HEAD];
	ssize_t got = 0, have = 0;

	while (have < n && (got = pread(fd, head + have, (size_t)(n - have), have)) > 0)
		have += got;
	return have == n ? rai_hash_bytes(head, (size_t)n, digest, NULL) : -1;
}

int
position_set(struct positions *p, const char *path, int fd, int64_t offset, int64_t line,
    struct rai_err *err)
{
	struct position *at = find(p, path);
	struct stat st;

	if (at == NULL && (at = add(p, path)) == NULL)
		return rai_fail_memory(err);
	if (fstat(fd, &st) != 0)
		return rai_fail_errno(err, "%s", path);
	at->dev = (int64_t)st.st_dev;
	at->ino = (int64_t)st.st_ino;
	at->offset = offset;
	at->line = line;
	at->head = offset < STATE_HEAD ? offset : STATE_HEAD;
	if (head_digest(fd, at->head, at->digest) != 0) /* it is being truncated: it is new then */
		at->offset = at->head = at->line = 0;
	return 0;
}

void
positions_release(struct positions *p)
{
	while (p->n > 0)
		free(p->list[--p->n].path);
	free(p->list);
	p->list = NULL;
}

static int
is_the_same(const struct position *p, const char *name)
{
	char digest[RAI_HASH_DIGEST];
	struct stat st;
	int fd = open(name, O_RDONLY | O_CLOEXEC), same;

	if (fd < 0)
		return -1;
	same = fstat(fd, &st) == 0 && st.st_size >= p->offset;
	if (same && p->head == 0)
		same = (int64_t)st.st_dev == p->dev && (int64_t)st.st_ino == p->ino;
	else if (same)
		same = head_digest(fd, p->head, digest) == 0 && strcmp(digest, p->digest) == 0;
	close(fd);
	return same;
}

int
position_place(const struct position *p)
{
	char name[PATH_MAX];
	int i, same, holes = 0;

	for (i = 0; i < CHAIN_PLACES && holes <= CHAIN_HOLES; i++) {
		if (chain_name(p->path, i, name, sizeof(name)) != 0)
			return -1;
		if ((same = is_the_same(p, name)) == 1)
			return i;
		holes = same < 0 ? holes + 1 : 0;
	}
	return p->head == 0 ? 0 : -1; /* nothing of it was read */
}
