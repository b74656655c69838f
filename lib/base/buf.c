#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char rai_buf_empty[1] = "";

enum { BAD_MEMORY = 1, BAD_TOO_LARGE = 2 };

void
rai_buf_init(struct rai_buf *b, size_t max)
{
	*b = (struct rai_buf)RAI_BUF_INIT(max);
}

/* What reserve() does when there is no room yet, or may be none. */
static int
grow(struct rai_buf *b, size_t n)
{
	size_t cap;
	char *p;

	if (b->bad)
		return -1;
	if (n > b->max || b->len > b->max - n) {
		b->bad = BAD_TOO_LARGE;
		return -1;
	}
	if (b->len + n < b->cap)
		return 0;
	cap = b->cap < 64 ? 64 : b->cap;
	while (cap <= b->len + n)
		cap *= 2;
	p = realloc(b->cap ? b->ptr : NULL, cap);
	if (p == NULL) {
		b->bad = BAD_MEMORY;
		return -1;
	}
	b->ptr = p;
	b->cap = cap;
	return 0;
}

/* Makes room for n more bytes and the NUL; 0 when there is. */
static inline int
reserve(struct rai_buf *b, size_t n)
{
	size_t least = b->cap < b->max ? b->cap : b->max;

	return !b->bad && b->len < least && n < least - b->len ? 0 : grow(b, n);
}

char *
rai_buf_extend(struct rai_buf *b, size_t n)
{
	char *p;

	if (reserve(b, n) != 0)
		return NULL;
	p = b->ptr + b->len;
	b->len += n;
	b->ptr[b->len] = '\0';
	return p;
}

void
rai_buf_add(struct rai_buf *b, const void *p, size_t n)
{
	char *to = rai_buf_extend(b, n);

	if (to != NULL && n > 0)
		memcpy(to, p, n);
}

void
rai_buf_str(struct rai_buf *b, const char *s)
{
	rai_buf_add(b, s, strlen(s));
}

void
rai_buf_char_more(struct rai_buf *b, char c)
{
	if (reserve(b, 1) != 0)
		return;
	b->ptr[b->len++] = c;
	b->ptr[b->len] = '\0';
}

void
rai_buf_printf(struct rai_buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0 && reserve(b, (size_t)n) == 0) {
		vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void
rai_buf_word(struct rai_buf *b, const char *s)
{
	if (*s != '\0' && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-./:@%+=,") == strlen(s)) {
		rai_buf_str(b, s);
		return;
	}
	rai_buf_char(b, '\'');
	for (; *s != '\0'; s++)
		if (*s == '\'')
			rai_buf_str(b, "'\\''");
		else
			rai_buf_char(b, *s);
	rai_buf_char(b, '\'');
}

void
rai_buf_clear(struct rai_buf *b)
{
	b->len = 0;
	b->bad = 0;
	if (b->cap > 0)
		b->ptr[0] = '\0';
}

char *
rai_buf_take(struct rai_buf *b)
{
	char *p;

	if (reserve(b, 0) != 0 && b->cap == 0)
		return NULL;
	p = b->ptr;
	p[b->len] = '\0';
	*b = (struct rai_buf)RAI_BUF_INIT(b->max);
	return p;
}

void
rai_buf_free(struct rai_buf *b)
{
	if (b->cap > 0)
		free(b->ptr);
	*b = (struct rai_buf)RAI_BUF_INIT(b->max);
}

int
rai_buf_check(const struct rai_buf *b, const char *what, struct rai_err *err)
{
	if (b->bad == BAD_TOO_LARGE)
		return rai_fail(err, RAI_EINPUT, "%s: larger than %zu bytes", what, b->max);
	if (b->bad)
		return rai_fail_memory(err);
	return 0;
}
