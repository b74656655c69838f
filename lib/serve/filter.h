#ifndef RAI_SERVE_FILTER_H
#define RAI_SERVE_FILTER_H

#include "serve/app.h"

/*
 * Predictions without a server: lines in, lines out, in their order.  A line is a row as /predict
 * takes it; its answer is {"prediction": ...} and, of classes, "probabilities", or where it cannot
 * be read {"error": "...", "line": number}.  Empty lines have no answer.
 */
struct rai_serve_filter {
	const struct rai_serve_model *model;
	int in; /* a file descriptor */
	/* Writes the text out and empties it. */
	int (*emit)(struct rai_buf *text, struct rai_err *err);
	size_t threads;   /* 0: one per core */
	size_t max_line;  /* bytes of a line: longer ones are answered by an error */
	uint64_t refused; /* on return: lines that could not be read */
};

/* 0 when all lines are answered, well or not. */
int rai_serve_filter_run(struct rai_serve_filter *f, struct rai_err *err);

#endif
