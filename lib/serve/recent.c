#include "serve/recent.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A member's text, cut where it is too long; "" when it is absent or no text. */
static void
copy(const struct cJSON *data, const char *key, char *out, size_t size)
{
	const struct cJSON *v = rai_json_get(data, key);

	snprintf(out, size, "%s", rai_json_kind(v) == RAI_JSON_STR ? rai_json_as_str(v) : "");
}

/* "ai.reconciled.model.trained.v1" as "model trained". */
static void
name_kind(const char *type, char *out, size_t size)
{
	size_t n;

	if (strncmp(type, RAI_EVENT_PREFIX, strlen(RAI_EVENT_PREFIX)) == 0)
		type += strlen(RAI_EVENT_PREFIX);
	snprintf(out, size, "%s", type);
	n = strlen(out);
	if (n > 3 && strcmp(out + n - 3, ".v1") == 0)
		out[n - 3] = '\0';
	for (; *out != '\0'; out++)
		if (*out == '.')
			*out = ' ';
}

/* What people want to know of any event: the first few of these members that are text. */
static void
say(const struct cJSON *data, char *out, size_t size)
{
	static const char *const keys[] = {"version", "verdict", "advice", "reason", "health",
	    "action", "message", "target", "revision", "kind", "branch"};
	char value[96];
	size_t i, shown = 0, used = 0;
	int n;

	out[0] = '\0';
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]) && shown < 3; i++) {
		copy(data, keys[i], value, sizeof(value));
		if (value[0] == '\0')
			continue;
		n = snprintf(
		    out + used, size - used, "%s%s %s", shown++ > 0 ? "; " : "", keys[i], value);
		if (n < 0 || (size_t)n >= size - used)
			return;
		used += (size_t)n;
	}
}

/* Into its place by time, and the oldest falls off. */
static void
keep(struct rai_serve_recent *r, const struct rai_serve_event *e)
{
	size_t i = r->n < RAI_RECENT_EVENTS ? r->n : RAI_RECENT_EVENTS - 1;

	if (r->n == RAI_RECENT_EVENTS && r->event[i].ms >= e->ms)
		return;
	for (; i > 0 && r->event[i - 1].ms <= e->ms; i--)
		r->event[i] = r->event[i - 1];
	r->event[i] = *e;
	if (r->n < RAI_RECENT_EVENTS)
		r->n++;
}

static void
read_line(struct rai_serve_recent *r, const char *line, size_t len)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_event e;
	struct rai_event event;
	struct cJSON *doc = len > 0 && line[0] == '{' ? rai_json_parse(line, len, &err) : NULL;

	if (doc != NULL && rai_event_read(doc, &event, &err) == 0) {
		memset(&e, 0, sizeof(e));
		e.ms = event.time_ms;
		name_kind(event.type, e.what, sizeof(e.what));
		snprintf(
		    e.subject, sizeof(e.subject), "%s", event.subject == NULL ? "" : event.subject);
		say(event.data, e.text, sizeof(e.text));
		keep(r, &e);
	}
	rai_json_free(doc);
}

/* text: the end of a file; its first line is whole only when the file begins there. */
static void
read_lines(struct rai_serve_recent *r, const char *text, size_t n, int whole)
{
	const char *end = text + n, *next;

	if (!whole) {
		next = memchr(text, '\n', n);
		text = next == NULL ? end : next + 1;
	}
	for (; text < end; text = next + 1) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (next == NULL) /* still being written */
			return;
		read_line(r, text, (size_t)(next - text));
	}
}

static int
read_file(struct rai_serve_recent *r, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = malloc(RAI_RECENT_BYTES);
	struct stat st;
	off_t from;
	ssize_t n = -1;

	if (fd >= 0 && text != NULL && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		from = st.st_size > RAI_RECENT_BYTES ? st.st_size - RAI_RECENT_BYTES : 0;
		n = pread(fd, text, RAI_RECENT_BYTES, from);
		if (n > 0)
			read_lines(r, text, (size_t)n, from == 0);
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return n < 0 ? -1 : 0;
}

void
rai_serve_recent_read(const char *const *file, size_t n, struct rai_serve_recent *out)
{
	size_t i;

	out->n = out->missing = 0;
	for (i = 0; i < n; i++)
		if (read_file(out, file[i]) != 0)
			out->missing++;
}
