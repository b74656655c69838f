#include "model/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "json/json.h"

struct entry {
	char *key;
	struct rai_outcome outcome;
};

struct rai_journal {
	char *path;
	int fd;
	pthread_mutex_t lock;
	struct entry *entry; /* n, sorted by key */
	size_t n, cap;
};

void
rai_journal_key(char key[RAI_JOURNAL_KEY], const char *arena, size_t index, size_t fold)
{
	snprintf(key, RAI_JOURNAL_KEY, "%s.%zu.%zu", arena, index, fold);
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

/* null stands for NaN. */
static int
read_metrics(const struct cJSON *obj, double *out)
{
	const struct cJSON *m = rai_json_get(obj, "metrics");
	size_t i = 0;

	if (rai_json_kind(m) != RAI_JSON_ARRAY || rai_json_count(m) != RAI_METRICS)
		return -1;
	for (m = rai_json_first(m); m != NULL; m = rai_json_next(m)) {
		if (rai_json_kind(m) != RAI_JSON_NUM && rai_json_kind(m) != RAI_JSON_NULL)
			return -1;
		out[i++] = rai_json_kind(m) == RAI_JSON_NUM ? rai_json_as_num(m) : NAN;
	}
	return 0;
}

/* One line; a line that is none is ignored: what it says will be found out again. */
static int
read_line(struct rai_journal *j, const char *line, size_t len, struct rai_err *err)
{
	struct cJSON *doc = rai_json_parse(line, len, NULL);
	struct entry e = {NULL, {.smear = 1}};
	struct entry *grown;
	const char *key;

	if (doc == NULL || rai_json_str(doc, "trial", &key, NULL) != 0 ||
	    read_metrics(doc, e.outcome.metric) != 0 ||
	    rai_json_num(doc, "smear", &e.outcome.smear, NULL) != 0 ||
	    rai_json_num(doc, "seconds", &e.outcome.seconds, NULL) != 0) {
		rai_json_free(doc);
		return 0;
	}
	if (j->n == j->cap) {
		size_t cap = j->cap == 0 ? 64 : 2 * j->cap;

		grown = realloc(j->entry, cap * sizeof(*grown));
		if (grown == NULL) {
			rai_json_free(doc);
			return rai_fail_memory(err);
		}
		j->entry = grown;
		j->cap = cap;
	}
	e.key = strdup(key);
	rai_json_free(doc);
	if (e.key == NULL)
		return rai_fail_memory(err);
	j->entry[j->n++] = e;
	return 0;
}

/* 1: these lines belong to this training, and are read; *whole: up to where lines are whole. */
static int
read_lines(struct rai_journal *j, const struct rai_buf *text, const char *binding, size_t *whole,
    struct rai_err *err)
{
	size_t at = strlen(binding), end;
	const char *newline;

	if (text->len <= at || memcmp(text->ptr, binding, at) != 0 || text->ptr[at] != '\n')
		return 0;
	for (at++; at < text->len; at = end + 1) {
		newline = memchr(text->ptr + at, '\n', text->len - at);
		if (newline == NULL)
			break;
		end = (size_t)(newline - text->ptr);
		if (read_line(j, text->ptr + at, end - at, err) != 0)
			return -1;
	}
	*whole = at;
	if (j->n > 0)
		qsort(j->entry, j->n, sizeof(*j->entry), by_key);
	return 1;
}

static int
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -1;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

/* Reads what is there, or begins anew; the file is left ending with a whole line. */
static int
begin(struct rai_journal *j, const char *binding, int fresh, enum rai_journal_state *state,
    struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RAI_JOURNAL_MAX);
	size_t whole = 0;
	int found = 0;

	if (rai_file_read(j->path, &text, err) == 0 && !fresh) {
		found = read_lines(j, &text, binding, &whole, err);
		if (found < 0) {
			rai_buf_free(&text);
			return -1;
		}
	}
	*state = found ? RAI_JOURNAL_FOUND : text.len == 0 ? RAI_JOURNAL_NEW : RAI_JOURNAL_FOREIGN;
	rai_buf_free(&text);
	if (ftruncate(j->fd, (off_t)whole) != 0 ||
	    (!found && (write_all(j->fd, binding, strlen(binding)) != 0 ||
			   write_all(j->fd, "\n", 1) != 0)))
		return rai_fail_errno(err, "%s: write", j->path);
	return 0;
}

void
rai_journal_close(struct rai_journal *j)
{
	size_t i;

	if (j == NULL)
		return;
	if (j->fd >= 0)
		close(j->fd);
	for (i = 0; i < j->n; i++)
		free(j->entry[i].key);
	free(j->entry);
	free(j->path);
	free(j);
}

int
rai_journal_open(const char *path, const char *binding, int fresh, struct rai_journal **out,
    enum rai_journal_state *state, struct rai_err *err)
{
	struct rai_journal *j = calloc(1, sizeof(*j));

	*out = NULL;
	if (j == NULL)
		return rai_fail_memory(err);
	j->fd = -1;
	pthread_mutex_init(&j->lock, NULL);
	j->path = strdup(path);
	if (j->path == NULL) {
		rai_fail_memory(err);
		goto fail;
	}
	j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (j->fd < 0) {
		rai_fail_errno(err, "%s", path);
		goto fail;
	}
	if (flock(j->fd, LOCK_EX | LOCK_NB) != 0) {
		*state = RAI_JOURNAL_BUSY;
		rai_journal_close(j);
		return 0;
	}
	if (begin(j, binding, fresh, state, err) != 0)
		goto fail;
	*out = j;
	return 0;
fail:
	rai_journal_close(j);
	return -1;
}

size_t
rai_journal_known(const struct rai_journal *j)
{
	return j->n;
}

int
rai_journal_find(const struct rai_journal *j, const char *key, struct rai_outcome *out)
{
	const struct entry want = {(char *)(uintptr_t)key, {.smear = 1}}, *e;

	if (j == NULL || j->n == 0)
		return 0;
	e = bsearch(&want, j->entry, j->n, sizeof(*e), by_key);
	if (e == NULL)
		return 0;
	*out = e->outcome;
	return 1;
}

void
rai_journal_add(struct rai_journal *j, const char *key, const struct rai_outcome *v)
{
	struct rai_buf line = RAI_BUF_INIT(1 << 16);
	struct rai_jw w;

	if (j == NULL)
		return;
	rai_jw_init(&w, &line);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "trial", key);
	rai_jw_nums(&w, "metrics", v->metric, RAI_METRICS);
	rai_jw_num(&w, "smear", v->smear);
	rai_jw_num(&w, "seconds", v->seconds);
	rai_jw_end(&w);
	rai_buf_char(&line, '\n');
	pthread_mutex_lock(&j->lock);
	if (!line.bad)
		(void)!write(j->fd, line.ptr, line.len);
	pthread_mutex_unlock(&j->lock);
	rai_buf_free(&line);
}

void
rai_journal_end(struct rai_journal *j)
{
	if (j != NULL)
		unlink(j->path);
	rai_journal_close(j);
}
