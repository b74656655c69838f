#include "serve/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row finds its place among WAYS, by its id; the oldest there makes room. */
enum { WAYS = 8, SETS = RAI_EVIDENCE_KEPT / WAYS };

enum {
	HAVE_CHAMPION = 1 << RAI_SIDE_CHAMPION,
	HAVE_CHALLENGER = 1 << RAI_SIDE_CHALLENGER,
	HAVE_TRUTH = 4,
	HAVE_ALL = 7
};

struct row {
	char id[RAI_ULID_TEXT];
	unsigned char have;
	double prediction[2], actual; /* by side */
	uint64_t age;                 /* 0: nothing here */
};

struct rai_serve_evidence {
	enum rai_join_task task;
	uint64_t now;
	struct rai_stat_sequence so_far;
	struct row *row; /* RAI_EVIDENCE_KEPT */
};

int
rai_serve_evidence_new(
    enum rai_join_task task, struct rai_serve_evidence **out, struct rai_err *err)
{
	struct rai_serve_evidence *e = calloc(1, sizeof(*e));

	if (e != NULL)
		e->row = calloc(RAI_EVIDENCE_KEPT, sizeof(*e->row));
	if (e == NULL || e->row == NULL) {
		free(e);
		return rai_fail_memory(err);
	}
	e->task = task;
	*out = e;
	return 0;
}

void
rai_serve_evidence_free(struct rai_serve_evidence *e)
{
	if (e == NULL)
		return;
	free(e->row);
	free(e);
}

/* The row with this id, or NULL; *oldest: the one of its places that is to be used next. */
static struct row *
find(struct rai_serve_evidence *e, const char *id, struct row **oldest)
{
	uint64_t h = (uint64_t)rai_serve_join_class(id);
	struct row *set = e->row + (h ^ h >> 26) % SETS * WAYS;
	size_t i;

	*oldest = set;
	for (i = 0; i < WAYS; i++) {
		if (set[i].age > 0 && strcmp(set[i].id, id) == 0)
			return &set[i];
		if (set[i].age < (*oldest)->age)
			*oldest = &set[i];
	}
	return NULL;
}

static double
loss(enum rai_join_task task, double prediction, double actual)
{
	if (task == RAI_JOIN_CLASSES)
		return prediction != actual;
	return fmin(1, fabs(actual - prediction) / fabs(actual));
}

/* A row that has everything becomes a pair, and its place is free. */
static void
settle(struct rai_serve_evidence *e, struct row *r)
{
	if (r->have != HAVE_ALL)
		return;
	if (e->task == RAI_JOIN_CLASSES || r->actual != 0)
		rai_stat_sequence_add(
		    &e->so_far, loss(e->task, r->prediction[RAI_SIDE_CHALLENGER], r->actual) -
				    loss(e->task, r->prediction[RAI_SIDE_CHAMPION], r->actual));
	r->age = 0;
}

void
rai_serve_evidence_prediction(
    struct rai_serve_evidence *e, const char *id, enum rai_serve_side side, double prediction)
{
	struct row *place, *r = find(e, id, &place);

	if (r == NULL) {
		r = place;
		memset(r, 0, sizeof(*r));
		memcpy(r->id, id, strnlen(id, sizeof(r->id) - 1));
		r->age = ++e->now;
	}
	r->have |= (unsigned char)(1 << side);
	r->prediction[side] = prediction;
	settle(e, r);
}

void
rai_serve_evidence_truth(struct rai_serve_evidence *e, const char *id, double actual)
{
	struct row *place, *r = find(e, id, &place);

	if (r == NULL || (r->have & HAVE_TRUTH) != 0)
		return;
	r->have |= HAVE_TRUTH;
	r->actual = actual;
	settle(e, r);
}

const struct rai_stat_sequence *
rai_serve_evidence_so_far(const struct rai_serve_evidence *e)
{
	return &e->so_far;
}
