#ifndef RAI_DISPATCH_INPUT_H
#define RAI_DISPATCH_INPUT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Documents from stdin as they come: JSON lines, or a document over several lines.  A broken
 * document costs itself only: a following line that can be read alone is read.
 */
struct input {
	struct rai_buf raw;     /* bytes not yet split */
	struct rai_buf pending; /* lines of a document that is not complete */
	size_t line, first;     /* the current line; the first of pending */
	int depth, in_string, escaped;
	int ended;
};

enum input_result { INPUT_END, INPUT_DOCUMENT, INPUT_BAD };

void input_init(struct input *in);
void input_free(struct input *in);

/*
 * readable(text, len) says whether a line is a whole document.  INPUT_DOCUMENT: it was appended to
 * out, *line is where it began.  INPUT_BAD: lines from *line on are none, err says why.
 * -1: stdin cannot be read.
 */
int input_next(struct input *in, int (*readable)(const char *text, size_t len), struct rai_buf *out,
    size_t *line, struct rai_err *err);

#endif
