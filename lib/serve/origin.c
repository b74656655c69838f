#include "serve/origin.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Up to where a file is read; another one of its name is read anew. */
struct place {
	dev_t dev;
	ino_t ino;
	off_t end;
};

struct rai_serve_origins {
	pthread_mutex_t lock;
	const char *const *file;
	size_t nfile, n;
	struct rai_serve_origin *known; /* n, as they were asked for last */
	struct place *place;            /* nfile */
};

enum { CHUNK = 256 << 10 }; /* no event is longer */

int
rai_serve_origins_new(const char *const *file, size_t nfile, size_t n,
    struct rai_serve_origins **out, struct rai_err *err)
{
	struct rai_serve_origins *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return rai_fail_memory(err);
	pthread_mutex_init(&o->lock, NULL);
	o->file = file;
	o->nfile = nfile;
	o->n = n;
	o->known = calloc(n + 1, sizeof(*o->known));
	o->place = calloc(nfile + 1, sizeof(*o->place));
	if (o->known == NULL || o->place == NULL) {
		rai_serve_origins_free(o);
		return rai_fail_memory(err);
	}
	*out = o;
	return 0;
}

void
rai_serve_origins_free(struct rai_serve_origins *o)
{
	if (o == NULL)
		return;
	pthread_mutex_destroy(&o->lock);
	free(o->known);
	free(o->place);
	free(o);
}

static void
take_event(const struct rai_event *e, struct rai_serve_origin *wanted, size_t n)
{
	int trained = rai_event_is(e, "model.trained"),
	    released = rai_event_is(e, "model.released");
	const struct cJSON *digest = rai_json_get(e->data, "artifact_digest");
	const struct cJSON *commit = rai_json_get(e->data, "commit");
	size_t i;

	if (rai_json_kind(digest) != RAI_JSON_STR)
		return;
	for (i = 0; i < n; i++) {
		struct rai_serve_origin *w = &wanted[i];

		if (strcmp(w->digest, rai_json_as_str(digest)) != 0)
			continue;
		if (trained && (!w->trained || w->trained_ms <= e->time_ms)) {
			w->trained = 1;
			w->trained_ms = e->time_ms;
		}
		if (released && (!w->released || w->released_ms <= e->time_ms)) {
			w->released = 1;
			w->released_ms = e->time_ms;
			snprintf(w->commit, sizeof(w->commit), "%s",
			    rai_json_kind(commit) == RAI_JSON_STR ? rai_json_as_str(commit) : "");
		}
	}
}

/* Most lines are about something else, and are not parsed. */
static void
take_line(const char *line, size_t len, struct rai_serve_origin *wanted, size_t n)
{
	static const char *const kind[] = {"model.trained", "model.released"};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_event e;
	struct cJSON *doc;

	if (len == 0 || line[0] != '{' ||
	    (memmem(line, len, kind[0], strlen(kind[0])) == NULL &&
		memmem(line, len, kind[1], strlen(kind[1])) == NULL))
		return;
	doc = rai_json_parse(line, len, &err);
	if (doc != NULL && rai_event_read(doc, &e, &err) == 0)
		take_event(&e, wanted, n);
	rai_json_free(doc);
}

/* How much of text is done with: all whole lines, or all of it where there is no end of a line. */
static size_t
take_lines(const char *text, size_t len, struct rai_serve_origin *wanted, size_t n)
{
	const char *at = text, *end = text + len, *next;

	while ((next = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		take_line(at, (size_t)(next - at), wanted, n);
		at = next + 1;
	}
	return at > text || len < CHUNK ? (size_t)(at - text) : len;
}

/* The first line may be cut: then it is no event. */
static void
read_on(int fd, char *text, struct place *at, struct rai_serve_origin *wanted, size_t n)
{
	struct stat st;
	size_t done = 1;
	ssize_t got;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	if (at->dev != st.st_dev || at->ino != st.st_ino || at->end > st.st_size)
		at->end = 0;
	at->dev = st.st_dev;
	at->ino = st.st_ino;
	if (st.st_size - at->end > RAI_ORIGIN_BYTES)
		at->end = st.st_size - RAI_ORIGIN_BYTES;
	for (; done > 0 && at->end < st.st_size; at->end += (off_t)done) {
		got = pread(fd, text, CHUNK, at->end);
		done = got > 0 ? take_lines(text, (size_t)got, wanted, n) : 0;
	}
}

/* What is known of the wanted already.  One that is new may stand in what has been read. */
static void
recall(struct rai_serve_origins *o, struct rai_serve_origin *wanted)
{
	size_t i, k;

	for (i = 0; i < o->n; i++) {
		for (k = 0; k < o->n && strcmp(o->known[k].digest, wanted[i].digest) != 0; k++)
			;
		if (k < o->n)
			wanted[i] = o->known[k];
		else
			memset(o->place, 0, o->nfile * sizeof(*o->place));
	}
}

void
rai_serve_origins_find(struct rai_serve_origins *o, struct rai_serve_origin *wanted)
{
	char *text = o->nfile > 0 ? malloc(CHUNK) : NULL;
	size_t i;
	int fd;

	if (text == NULL)
		return;
	pthread_mutex_lock(&o->lock);
	recall(o, wanted);
	for (i = 0; i < o->nfile; i++) {
		fd = open(o->file[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			continue;
		read_on(fd, text, &o->place[i], wanted, o->n);
		close(fd);
	}
	memcpy(o->known, wanted, o->n * sizeof(*wanted));
	pthread_mutex_unlock(&o->lock);
	free(text);
}
