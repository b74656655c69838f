#include <string.h>

#include "table/rows.h"

/* The row at at ends before the next line feed, or at the end of the source. */
static int
find_end(struct rai_rows *r, struct rai_err *err)
{
	const char *feed;

	while ((feed = memchr(r->buf + r->at, '\n', r->end - r->at)) == NULL && !r->ended)
		if (rai_rows_refill(r, err) < 0)
			return -1;
	r->row = r->buf + r->at;
	r->row_len = feed == NULL ? r->end - r->at : (size_t)(feed - r->row);
	return 0;
}

int
rai_rows_skip(struct rai_rows *r, const char **text, size_t *len, size_t *line, struct rai_err *err)
{
	const char *p;

	if (r->fault == RAI_REFUSED_QUOTES && find_end(r, err) != 0)
		return -1;
	*text = r->row;
	*len = r->row_len;
	*line = r->row_line;
	if (r->fault != RAI_REFUSED_QUOTES && r->fault != RAI_REFUSED_ENCODING)
		return 0; /* it was read to its end */
	*line = r->row_line = r->line++;
	for (p = r->row; (p = memchr(p, '\n', *len - (size_t)(p - r->row))) != NULL; p++)
		r->line++;
	r->at = (size_t)(r->row - r->buf) + *len;
	r->at += r->at < r->end;
	r->scan.window = NULL;
	rai_marks_forget(&r->marks);
	r->scan.row_high = 0;
	return 0;
}
