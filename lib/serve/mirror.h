#ifndef RAI_SERVE_MIRROR_H
#define RAI_SERVE_MIRROR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ulid.h"
#include "table/schema.h"

/*
 * Rows that another model predicts once more, off the path of the reply: a bounded queue, and a
 * thread of its own with less right to the processor than those that answer.  Handing a row on
 * never waits for it; one that does not fit is dropped and counted.
 */
struct rai_serve_mirror;

struct rai_serve_mirror_row {
	char id[RAI_ULID_TEXT]; /* of the prediction that was given */
	int64_t ms;             /* when */
	struct rai_cell *cell;
};

struct rai_serve_mirror_config {
	size_t rows, ncol; /* that may wait, at least 1; cells of each */
	void (*score)(void *payload, const struct rai_serve_mirror_row *row); /* on the thread */
	void *payload;
};

int rai_serve_mirror_new(const struct rai_serve_mirror_config *config,
    struct rai_serve_mirror **out, struct rai_err *err);

/* Ends the thread after the row it is at; rows that wait are dropped.  NULL is fine. */
void rai_serve_mirror_free(struct rai_serve_mirror *m);

/*
 * A free row that the caller fills, and hands on with the second call; other threads wait in
 * between.  NULL: there is none, and it has been counted as dropped.
 */
struct rai_serve_mirror_row *rai_serve_mirror_begin(struct rai_serve_mirror *m);
void rai_serve_mirror_end(struct rai_serve_mirror *m);

uint64_t rai_serve_mirror_dropped(const struct rai_serve_mirror *m);

#endif
