#include "table/source.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "base/child.h"

#define RAW ((size_t)1 << 16)

extern char **environ;

struct rai_source {
	char *name;
	int fd;          /* -1: memory */
	pid_t pid;       /* of the command; 0: none */
	const char *mem; /* what is left of the memory */
	size_t mem_left;
	struct rai_hash *hash; /* NULL: nobody will ask */
	char digest[RAI_HASH_DIGEST];
	unsigned char *raw; /* RAW bytes, read and not handed out yet: raw_n from raw_at */
	size_t raw_at, raw_n;
	int started, gzip, ended;
	int in_member; /* gzip: between a member's start and end */
	z_stream z;
};

static struct rai_source *
source_new(const char *name)
{
	struct rai_source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->fd = -1;
	s->name = strdup(name);
	s->raw = malloc(RAW);
	if (s->name == NULL || s->raw == NULL) {
		rai_source_close(s);
		return NULL;
	}
	return s;
}

/* Starts the command: what it writes arrives at s->fd, it has nothing to read. */
static int
spawn(struct rai_source *s, const char *const *command, size_t n, struct rai_err *err)
{
	posix_spawn_file_actions_t actions;
	char **argv = calloc(n + 1, sizeof(*argv));
	int to[2] = {-1, -1}, rc;
	size_t i;

	if (argv == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++)
		memcpy(
		    &argv[i], &command[i], sizeof(argv[i])); /* posix_spawn's argv is not const */
	if (pipe2(to, O_CLOEXEC) != 0) {
		free(argv);
		return rai_fail_errno(err, "%s: pipe", s->name);
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, to[1], 1);
	rc = posix_spawnp(&s->pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(to[1]);
	free(argv);
	s->fd = to[0];
	if (rc != 0) {
		s->pid = 0;
		return rai_fail(
		    err, RAI_EINPUT, "%s: cannot run %s: %s", s->name, command[0], strerror(rc));
	}
	return 0;
}

int
rai_source_open(const char *name, const char *const *command, size_t ncommand,
    struct rai_source **out, struct rai_err *err)
{
	struct rai_source *s = source_new(strcmp(name, "-") == 0 ? "(stdin)" : name);

	if (s == NULL)
		return rai_fail_memory(err);
	if (ncommand > 0) {
		if (spawn(s, command, ncommand, err) != 0)
			goto fail;
	} else if (strcmp(name, "-") == 0) {
		s->fd = dup(0);
		if (s->fd < 0) {
			rai_fail_errno(err, "(stdin)");
			goto fail;
		}
	} else {
		s->fd = open(name, O_RDONLY | O_CLOEXEC);
		if (s->fd < 0) {
			rai_fail_errno(err, "%s", name);
			goto fail;
		}
	}
	*out = s;
	return 0;
fail:
	rai_source_close(s);
	return -1;
}

int
rai_source_fd(const char *name, int fd, struct rai_source **out, struct rai_err *err)
{
	struct rai_source *s = source_new(name);

	if (s == NULL) {
		close(fd);
		return rai_fail_memory(err);
	}
	s->fd = fd;
	*out = s;
	return 0;
}

int
rai_source_memory(
    const char *name, const void *p, size_t n, struct rai_source **out, struct rai_err *err)
{
	struct rai_source *s = source_new(name);

	if (s == NULL)
		return rai_fail_memory(err);
	s->mem = p;
	s->mem_left = n;
	*out = s;
	return 0;
}

/* The command writes no more: did it end well? */
static int
reap(struct rai_source *s, struct rai_err *err)
{
	int status;
	pid_t pid = s->pid;

	s->pid = 0;
	if (pid == 0)
		return 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return rai_fail_errno(err, "%s: wait", s->name);
	if (WIFSIGNALED(status))
		return rai_fail(err, RAI_ESYS, "%s: the command was ended by signal %d", s->name,
		    WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return rai_fail(err, RAI_ESYS, "%s: the command ended with status %d", s->name,
		    WEXITSTATUS(status));
	return 0;
}

/* Raw bytes, counted into the digest. */
static int
read_raw(struct rai_source *s, void *p, size_t n, size_t *got, struct rai_err *err)
{
	ssize_t k;

	if (s->fd < 0) {
		*got = n < s->mem_left ? n : s->mem_left;
		if (*got > 0)
			memcpy(p, s->mem, *got);
		s->mem += *got;
		s->mem_left -= *got;
	} else {
		do
			k = read(s->fd, p, n);
		while (k < 0 && errno == EINTR);
		if (k < 0)
			return rai_fail_errno(err, "%s", s->name);
		*got = (size_t)k;
	}
	if (s->hash != NULL)
		rai_hash_add(s->hash, p, *got);
	return *got == 0 ? reap(s, err) : 0;
}

/* Fills raw when it is empty. */
static int
fill(struct rai_source *s, struct rai_err *err)
{
	if (s->raw_n > 0)
		return 0;
	s->raw_at = 0;
	return read_raw(s, s->raw, RAW, &s->raw_n, err);
}

/* The first bytes say whether this is gzip (RFC 1952, 2.3.1). */
static int
start(struct rai_source *s, struct rai_err *err)
{
	size_t got = 1;

	s->started = 1;
	while (s->raw_n < 2 && got > 0) {
		if (read_raw(s, s->raw + s->raw_n, RAW - s->raw_n, &got, err) != 0)
			return -1;
		s->raw_n += got;
	}
	s->gzip = s->raw_n >= 2 && s->raw[0] == 0x1f && s->raw[1] == 0x8b;
	if (s->gzip && inflateInit2(&s->z, 15 + 16) != Z_OK) {
		s->gzip = 0;
		return rai_fail_memory(err);
	}
	return 0;
}

static int
read_gzip(struct rai_source *s, void *p, size_t n, size_t *got, struct rai_err *err)
{
	int rc;

	s->z.next_out = p;
	s->z.avail_out = (uInt)n;
	while (s->z.avail_out == n) {
		if (fill(s, err) != 0)
			return -1;
		if (s->raw_n == 0) {
			if (s->in_member)
				return rai_fail(err, RAI_EINPUT, "%s: gzip is cut off", s->name);
			s->ended = 1;
			break;
		}
		s->in_member = 1;
		s->z.next_in = s->raw + s->raw_at;
		s->z.avail_in = (uInt)s->raw_n;
		rc = inflate(&s->z, Z_NO_FLUSH);
		s->raw_at += s->raw_n - s->z.avail_in;
		s->raw_n = s->z.avail_in;
		if (rc == Z_STREAM_END) {
			s->in_member = 0;
			inflateReset(&s->z);
		} else if (rc != Z_OK)
			return rai_fail(err, RAI_EINPUT, "%s: gzip is damaged (%s)", s->name,
			    s->z.msg == NULL ? "no detail" : s->z.msg);
	}
	*got = n - s->z.avail_out;
	return 0;
}

int
rai_source_read(struct rai_source *s, void *p, size_t n, size_t *got, struct rai_err *err)
{
	*got = 0;
	if (s->ended || n == 0)
		return 0;
	if (!s->started && start(s, err) != 0)
		return -1;
	if (n > (size_t)1 << 30)
		n = (size_t)1 << 30;
	if (s->gzip)
		return read_gzip(s, p, n, got, err);
	if (s->raw_n > 0) {
		*got = n < s->raw_n ? n : s->raw_n;
		memcpy(p, s->raw + s->raw_at, *got);
		s->raw_at += *got;
		s->raw_n -= *got;
		return 0;
	}
	if (read_raw(s, p, n, got, err) != 0)
		return -1;
	s->ended = *got == 0;
	return 0;
}

size_t
rai_source_size(const struct rai_source *s)
{
	struct stat st;

	if (s->fd < 0 || s->pid > 0 || s->gzip || fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	return (size_t)st.st_size;
}

const char *
rai_source_name(const struct rai_source *s)
{
	return s->name;
}

int
rai_source_keep_digest(struct rai_source *s, struct rai_err *err)
{
	s->hash = rai_hash_new();
	return s->hash == NULL ? rai_fail_memory(err) : 0;
}

void
rai_source_digest(struct rai_source *s, char digest[RAI_HASH_DIGEST])
{
	if (s->hash != NULL) {
		memcpy(s->digest, "sha256:", 7);
		rai_hash_end(s->hash, s->digest + 7);
		s->hash = NULL;
	}
	memcpy(digest, s->digest, RAI_HASH_DIGEST);
}

void
rai_source_close(struct rai_source *s)
{
	char lost[RAI_HASH_HEX];

	if (s == NULL)
		return;
	if (s->gzip)
		inflateEnd(&s->z);
	if (s->fd >= 0)
		close(s->fd);
	if (s->pid > 0)
		rai_child_end(s->pid, NULL);
	if (s->hash != NULL)
		rai_hash_end(s->hash, lost);
	free(s->raw);
	free(s->name);
	free(s);
}
