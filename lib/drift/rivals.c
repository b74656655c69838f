#include "drift/rivals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

#define MOST ((size_t)1 << 23)

enum { SAID = 1, TRUTH = 4 }; /* SAID << side */

struct row {
	uint64_t id[2]; /* both 0: nothing here */
	double said[2], actual;
	unsigned have;
};

struct loss {
	int64_t ms;
	double value;
};

struct losses {
	struct loss *at;
	size_t n, cap;
};

struct rai_drift_rivals {
	struct row *row; /* cap, a power of two */
	size_t n, cap;
	int classes;
	struct losses side[2];
	struct rai_stat_sequence pairs;
};

struct rai_drift_rivals *
rai_drift_rivals_new(void)
{
	struct rai_drift_rivals *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->cap = 1024;
	r->row = calloc(r->cap, sizeof(*r->row));
	if (r->row == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

void
rai_drift_rivals_free(struct rai_drift_rivals *r)
{
	if (r == NULL)
		return;
	free(r->row);
	free(r->side[0].at);
	free(r->side[1].at);
	free(r);
}

/* FNV-1a, mixed into numbers of two streams. */
static void
hash(const char *text, uint64_t out[2])
{
	uint64_t h = UINT64_C(14695981039346656037), g = 0;
	struct rai_rng r;

	for (; *text != '\0'; text++) {
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
		g = (g + (unsigned char)*text) * UINT64_C(6364136223846793005) +
		    1442695040888963407U;
	}
	r = rai_rng_new(h, 1);
	out[0] = rai_rng_u64(&r) | 1;
	r = rai_rng_new(g, 2);
	out[1] = rai_rng_u64(&r);
}

void
rai_drift_rivals_classes(struct rai_drift_rivals *r)
{
	r->classes = 1;
}

double
rai_drift_rivals_class(const char *text)
{
	uint64_t h[2];

	hash(text, h);
	return (double)(h[1] >> 11);
}

static struct row *
place(struct row *row, size_t cap, const uint64_t id[2])
{
	size_t i = (size_t)id[1] & (cap - 1);

	while (row[i].id[0] != 0 && (row[i].id[0] != id[0] || row[i].id[1] != id[1]))
		i = (i + 1) & (cap - 1);
	return &row[i];
}

static int
grow(struct rai_drift_rivals *r, struct rai_err *err)
{
	struct row *bigger;
	size_t i;

	if (r->n >= MOST)
		return rai_fail(err, RAI_EINPUT,
		    "more than %zu rows to be compared: give a part of the logs", MOST);
	bigger = calloc(2 * r->cap, sizeof(*bigger));
	if (bigger == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < r->cap; i++)
		if (r->row[i].id[0] != 0)
			*place(bigger, 2 * r->cap, r->row[i].id) = r->row[i];
	free(r->row);
	r->row = bigger;
	r->cap *= 2;
	return 0;
}

static struct row *
find(struct rai_drift_rivals *r, const char *id, struct rai_err *err)
{
	uint64_t key[2];
	struct row *row;

	if (2 * (r->n + 1) > r->cap && grow(r, err) != 0)
		return NULL;
	hash(id, key);
	row = place(r->row, r->cap, key);
	if (row->id[0] == 0) {
		memcpy(row->id, key, sizeof(row->id));
		r->n++;
	}
	return row;
}

/* NaN: none. */
static double
loss_of(const struct rai_drift_rivals *r, const struct row *row, int side)
{
	if (r->classes)
		return row->said[side] != row->actual;
	return row->actual != 0 ? fmin(1, fabs(row->actual - row->said[side]) / fabs(row->actual))
				: NAN;
}

static int
add_loss(struct losses *l, double value, int64_t ms, struct rai_err *err)
{
	size_t cap = l->cap > 0 ? 2 * l->cap : 1024;
	struct loss *bigger;

	if (l->n == l->cap) {
		bigger = reallocarray(l->at, cap, sizeof(*bigger));
		if (bigger == NULL)
			return rai_fail_memory(err);
		l->at = bigger;
		l->cap = cap;
	}
	l->at[l->n++] = (struct loss){ms, value};
	return 0;
}

/* A part of the row has come: what is complete by it counts. */
static int
complete(
    struct rai_drift_rivals *r, struct row *row, unsigned part, int64_t ms, struct rai_err *err)
{
	int side;
	double v;

	if ((row->have & part) != 0)
		return 0;
	row->have |= part;
	if ((row->have & TRUTH) == 0)
		return 0;
	for (side = 0; side < 2; side++) {
		unsigned said = (unsigned)SAID << side;

		if ((row->have & said) == 0 || (part != TRUTH && part != said))
			continue;
		v = loss_of(r, row, side);
		if (!isnan(v) && add_loss(&r->side[side], v, ms, err) != 0)
			return -1;
	}
	if ((row->have & 3) == 3)
		rai_stat_sequence_add(&r->pairs, loss_of(r, row, 1) - loss_of(r, row, 0));
	return 0;
}

int
rai_drift_rivals_said(struct rai_drift_rivals *r, const char *id, int side, double value,
    int64_t time_ms, struct rai_err *err)
{
	struct row *row = find(r, id, err);
	unsigned part = (unsigned)SAID << side;

	if (row == NULL)
		return -1;
	if ((row->have & part) == 0)
		row->said[side] = value;
	return complete(r, row, part, time_ms, err);
}

int
rai_drift_rivals_truth(
    struct rai_drift_rivals *r, const char *id, double value, int64_t time_ms, struct rai_err *err)
{
	struct row *row = find(r, id, err);

	if (row == NULL)
		return -1;
	if ((row->have & TRUTH) == 0)
		row->actual = value;
	return complete(r, row, TRUTH, time_ms, err);
}

static double
mean(const struct losses *l)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < l->n; i++)
		sum += l->at[i].value;
	return l->n > 0 ? sum / (double)l->n : NAN;
}

/* Neither lies all before the other; without times nothing is known. */
static int
overlap(const struct losses *a, const struct losses *b)
{
	const struct losses *side[] = {a, b};
	int64_t first[2] = {INT64_MAX, INT64_MAX}, last[2] = {0, 0};
	size_t i, k;

	for (k = 0; k < 2; k++)
		for (i = 0; i < side[k]->n; i++) {
			int64_t ms = side[k]->at[i].ms;

			if (ms <= 0)
				return 0;
			first[k] = ms < first[k] ? ms : first[k];
			last[k] = ms > last[k] ? ms : last[k];
		}
	return first[0] <= last[1] && first[1] <= last[0];
}

/* Does the next loss of a come before that of b?  At one time they take turns. */
static int
is_next(const struct losses *a, size_t i, const struct losses *b, size_t k)
{
	if (i == a->n || k == b->n)
		return i < a->n;
	return a->at[i].ms != b->at[k].ms ? a->at[i].ms < b->at[k].ms : i <= k;
}

/* Differences of the means since the last one, as soon as there is a loss of both. */
static void
by_time(const struct losses *a, const struct losses *b, struct rai_stat_sequence *s)
{
	double sum[2] = {0, 0}, n[2] = {0, 0};
	size_t i = 0, k = 0;

	while (i < a->n || k < b->n) {
		if (is_next(a, i, b, k)) {
			sum[0] += a->at[i++].value;
			n[0]++;
		} else {
			sum[1] += b->at[k++].value;
			n[1]++;
		}
		if (n[0] > 0 && n[1] > 0) {
			rai_stat_sequence_add(s, sum[1] / n[1] - sum[0] / n[0]);
			sum[0] = sum[1] = n[0] = n[1] = 0;
		}
	}
}

void
rai_drift_rivals_contest(const struct rai_drift_rivals *r, struct rai_drift_contest *out)
{
	const struct losses *a = &r->side[0], *b = &r->side[1];
	size_t least = a->n < b->n ? a->n : b->n, i;

	memset(out, 0, sizeof(*out));
	out->classes = r->classes;
	out->rows[0] = (int64_t)a->n;
	out->rows[1] = (int64_t)b->n;
	out->loss[0] = mean(a);
	out->loss[1] = mean(b);
	out->paired = r->pairs.n > 0 && 2 * (size_t)r->pairs.n >= least;
	if (out->paired) {
		out->so_far = r->pairs;
		return;
	}
	out->apart = !overlap(a, b);
	if (!out->apart)
		by_time(a, b, &out->so_far);
	for (i = 0; out->apart && i < least; i++)
		rai_stat_sequence_add(&out->so_far, b->at[i].value - a->at[i].value);
}
