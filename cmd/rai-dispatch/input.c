#include "input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "json/json.h"

enum { MAX_BYTES = 16 << 20 };

void
input_init(struct input *in)
{
	memset(in, 0, sizeof(*in));
	rai_buf_init(&in->raw, MAX_BYTES);
	rai_buf_init(&in->pending, MAX_BYTES);
}

void
input_free(struct input *in)
{
	rai_buf_free(&in->raw);
	rai_buf_free(&in->pending);
}

/* Brackets outside strings. */
static void
scan(struct input *in, const char *p, size_t n)
{
	for (; n > 0; p++, n--) {
		if (in->in_string) {
			if (in->escaped)
				in->escaped = 0;
			else if (*p == '\\')
				in->escaped = 1;
			else if (*p == '"')
				in->in_string = 0;
		} else if (*p == '"')
			in->in_string = 1;
		else if (*p == '{' || *p == '[')
			in->depth++;
		else if (*p == '}' || *p == ']')
			in->depth--;
	}
}

static void
forget(struct input *in)
{
	rai_buf_clear(&in->pending);
	in->depth = in->in_string = in->escaped = 0;
}

/* 1: the next line is at the start of raw, *n its length without the newline; 0: the end. */
static int
have_line(struct input *in, size_t *n, struct rai_err *err)
{
	char chunk[65536];
	const char *end;
	ssize_t got;

	for (;;) {
		end = memchr(in->raw.ptr, '\n', in->raw.len);
		if (end != NULL || (in->ended && in->raw.len > 0)) {
			*n = end != NULL ? (size_t)(end - in->raw.ptr) : in->raw.len;
			return 1;
		}
		if (in->ended)
			return 0;
		got = read(STDIN_FILENO, chunk, sizeof(chunk));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return rai_fail_errno(err, "stdin");
		in->ended = got == 0;
		rai_buf_add(&in->raw, chunk, (size_t)got);
		if (rai_buf_check(&in->raw, "stdin: one line", err) != 0)
			return -1;
	}
}

static void
drop_line(struct input *in, size_t n)
{
	size_t whole = n < in->raw.len ? n + 1 : n;

	memmove(in->raw.ptr, in->raw.ptr + whole, in->raw.len - whole);
	in->raw.len -= whole;
	in->raw.ptr[in->raw.len] = '\0';
}

static int
is_blank(const char *p, size_t n)
{
	for (; n > 0; p++, n--)
		if (*p != ' ' && *p != '\t' && *p != '\r')
			return 0;
	return 1;
}

/* The lines kept are no document: says why. */
static int
bad(struct input *in, size_t *line, const char *end, struct rai_err *err)
{
	struct cJSON *doc = rai_json_parse(in->pending.ptr, in->pending.len, err);

	if (doc != NULL || end != NULL)
		rai_fail(err, RAI_EINPUT, "%s", end != NULL ? end : "not JSON");
	rai_json_free(doc);
	*line = in->first;
	forget(in);
	return INPUT_BAD;
}

int
input_next(struct input *in, int (*readable)(const char *text, size_t len), struct rai_buf *out,
    size_t *line, struct rai_err *err)
{
	size_t n;
	int more;

	while ((more = have_line(in, &n, err)) == 1) {
		if (in->pending.len > 0 && in->raw.ptr[0] == '{' && readable(in->raw.ptr, n))
			return bad(in, line, "the JSON document is not complete", err);
		in->line++;
		if (in->pending.len == 0)
			in->first = in->line;
		if (in->pending.len > 0 || !is_blank(in->raw.ptr, n)) {
			scan(in, in->raw.ptr, n);
			rai_buf_add(&in->pending, in->raw.ptr, n);
			rai_buf_char(&in->pending, '\n');
		}
		drop_line(in, n);
		if (rai_buf_check(&in->pending, "stdin: one document", err) != 0)
			return -1;
		if (in->pending.len == 0)
			continue;
		if (in->in_string) /* no string goes over a line */
			return bad(in, line, "a string is not closed", err);
		if (in->depth <= 0) {
			rai_buf_add(out, in->pending.ptr, in->pending.len);
			*line = in->first;
			forget(in);
			return INPUT_DOCUMENT;
		}
	}
	if (more == 0 && in->pending.len > 0)
		return bad(in, line, "the JSON document is not complete", err);
	return more == 0 ? INPUT_END : -1;
}
