#ifndef RAI_BASE_BUF_H
#define RAI_BASE_BUF_H

#include <stddef.h>

#include "base/err.h"

/*
 * A growing byte string.  ptr is never NULL and always NUL-terminated; it may hold NUL bytes,
 * so trust len.  Running out of memory or passing max sets bad; later appends do nothing, and
 * the caller asks once, at the end, with rai_buf_check().
 */
struct rai_buf {
	char *ptr;
	size_t len, cap, max;
	int bad;
};

extern char rai_buf_empty[];
#define RAI_BUF_INIT(limit)                     \
	{                                       \
		rai_buf_empty, 0, 0, (limit), 0 \
	}

void rai_buf_init(struct rai_buf *b, size_t max);
void rai_buf_add(struct rai_buf *b, const void *p, size_t n);
void rai_buf_str(struct rai_buf *b, const char *s);
void rai_buf_char_more(struct rai_buf *b, char c); /* for the one below: there may be no room */
void rai_buf_printf(struct rai_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline void
rai_buf_char(struct rai_buf *b, char c)
{
	if (b->bad || b->len + 1 >= (b->cap < b->max ? b->cap : b->max)) {
		rai_buf_char_more(b, c);
		return;
	}
	b->ptr[b->len++] = c;
	b->ptr[b->len] = '\0';
}

/* Adds n bytes that the caller fills: where they begin, or NULL when they are lost. */
char *rai_buf_extend(struct rai_buf *b, size_t n);

/* s as one word of a POSIX shell: as it is where that is safe, else in single quotes. */
void rai_buf_word(struct rai_buf *b, const char *s);

/* Forgets the content, keeps the memory. */
void rai_buf_clear(struct rai_buf *b);

/* Caller frees with free(); b is empty again. */
char *rai_buf_take(struct rai_buf *b);
void rai_buf_free(struct rai_buf *b);

/* 0, or -1 with the reason (too large, or no memory) where an append was lost. */
int rai_buf_check(const struct rai_buf *b, const char *what, struct rai_err *err);

#endif
