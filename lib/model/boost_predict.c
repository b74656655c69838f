#include <string.h>

#include "base/fpmath.h"
#include "model/boost.h"
#include "model/boost_loss.h"
#include "model/boost_ready.h"

#define ABREAST 8 /* trees, or rows, walked in step: their memory is waited for together */
#define BLOCK 64  /* rows that all trees are asked for before the next ones */

size_t
rai_boost_outputs(const struct rai_fitted *f)
{
	return f->nclass > 2 ? f->nclass : 1;
}

/* Level v of a category: 1 it goes left.  What is missing or unknown goes as the flag says. */
static int
level_goes_left(const struct rai_boost *s, const struct rai_boost_node *p, double v)
{
	const int64_t *set;
	size_t level;

	if ((p->what & RAI_BOOST_WIDE) == 0) {
		if (v >= 0 && v < 64)
			return (int)(p->u.bits >> (unsigned)v & 1);
	} else {
		set = s->sets + p->u.bits;
		if (v >= 0 && v < (double)set[0]) {
			level = (size_t)v;
			return (int)((uint64_t)set[1 + level / 64] >> level % 64 & 1);
		}
	}
	return (p->what & RAI_BOOST_MISSING_LEFT) != 0;
}

enum nodes { NUMBERS, MIXED };

static inline size_t
step(const struct rai_boost *s, const struct rai_boost_node *p, const double *x, enum nodes nodes)
{
	double v = x[p->what & RAI_BOOST_FEATURE];
	int left = (v <= p->u.value) | ((v != v) & (p->what / RAI_BOOST_MISSING_LEFT & 1));

	if (nodes == MIXED && (p->what & RAI_BOOST_CATEGORY) != 0)
		left = level_goes_left(s, p, v);
	/* which way is chance, so no branch: the compiler would guess it wrong half of the time */
	return p->right ^ ((size_t)-left & (p->left ^ p->right));
}

size_t
rai_boost_step(const struct rai_boost *s, const struct rai_boost_node *p, const double *x)
{
	return step(s, p, x, MIXED);
}

/* Walks on until all stand on leaves, which stay where they are; x[k] is the row of at[k]. */
static inline void
walk_nodes(const struct rai_boost *s, const struct rai_boost_node **at, const double *const *x,
    size_t n, enum nodes nodes)
{
	size_t k, go, moved;

	do {
		moved = 0;
		for (k = 0; k < n; k++) {
			go = step(s, at[k], x[k], nodes);
			at[k] += go;
			moved |= go;
		}
	} while (moved != 0);
}

static void
walk(const struct rai_boost *s, const struct rai_boost_node **at, const double *const *x, size_t n)
{
	if (s->categories)
		walk_nodes(s, at, x, n, MIXED);
	else if (n == ABREAST)
		walk_nodes(s, at, x, ABREAST, NUMBERS);
	else
		walk_nodes(s, at, x, n, NUMBERS);
}

/* Leaf t of a row goes to the sum t mod nsum of its nsum ones. */
static void
add_trees(const struct rai_fitted *f, size_t from, size_t to, const double *x, size_t n,
    double *sum, size_t nsum)
{
	const struct rai_boost *s = f->state;
	const struct rai_boost_node *at[ABREAST];
	const double *row[ABREAST];
	size_t t, i, k, m;

	for (t = from; t < to; t++)
		for (i = 0; i < n; i += m) {
			m = n - i < ABREAST ? n - i : ABREAST;
			for (k = 0; k < m; k++) {
				at[k] = s->node + s->root[t];
				row[k] = x + (i + k) * f->width;
			}
			walk(s, at, row, m);
			for (k = 0; k < m; k++)
				sum[(i + k) * nsum + t % nsum] += at[k]->u.value;
		}
}

void
rai_boost_add_trees(
    const struct rai_fitted *f, size_t from, size_t to, const double *x, size_t n, double *score)
{
	add_trees(f, from, to, x, n, score, rai_boost_outputs(f));
}

/* All trees for one row: several trees in step. */
static void
score_row(const struct rai_fitted *f, const double *x, double *score)
{
	const struct rai_boost *s = f->state;
	const struct rai_boost_node *at[ABREAST];
	const double *row[ABREAST];
	double sum[RAI_BOOST_SUMS] = {0};
	size_t t, k, m, outputs = rai_boost_outputs(f);

	memcpy(score, s->base, outputs * sizeof(*score));
	for (k = 0; k < ABREAST; k++)
		row[k] = x;
	for (t = 0; t < s->ntree; t += m) {
		m = s->ntree - t < ABREAST ? s->ntree - t : ABREAST;
		for (k = 0; k < m; k++)
			at[k] = s->node + s->root[t + k];
		walk(s, at, row, m);
		for (k = 0; k < m; k++)
			if (outputs == 1)
				sum[(t + k) % RAI_BOOST_SUMS] += at[k]->u.value;
			else
				score[(t + k) % outputs] += at[k]->u.value;
	}
	if (outputs == 1)
		score[0] += rai_boost_total(sum);
}

/* All trees for at most BLOCK rows, whose scores are the base. */
static void
score_block(const struct rai_fitted *f, const double *x, size_t n, double *score)
{
	const struct rai_boost *s = f->state;
	double sum[BLOCK * RAI_BOOST_SUMS] = {0};
	size_t i;

	if (rai_boost_outputs(f) > 1) {
		rai_boost_add_trees(f, 0, s->ntree, x, n, score);
		return;
	}
	add_trees(f, 0, s->ntree, x, n, sum, RAI_BOOST_SUMS);
	for (i = 0; i < n; i++)
		score[i] += rai_boost_total(sum + i * RAI_BOOST_SUMS);
}

/* Scores at the front of out into predictions, from the last row to the first. */
static void
link_rows(const struct rai_fitted *f, size_t n, double *out)
{
	size_t i, k = f->nclass;
	double p;

	if (k > 2)
		for (i = 0; i < n; i++)
			rai_boost_loss_softmax(out + i * k, k, 1, out + i * k);
	else if (k == 2)
		for (i = n; i-- > 0;) {
			p = rai_boost_loss_sigmoid(out[i]);
			out[2 * i] = 1 - p;
			out[2 * i + 1] = p;
		}
	else if ((enum rai_boost_loss)f->param[RAI_BOOST_LOSS] == RAI_BOOST_POISSON)
		for (i = 0; i < n; i++)
			out[i] = rai_exp(out[i]);
}

/* The sooner way to ask for n rows, or NULL. */
static const struct rai_boost_ready *
ready(const struct rai_fitted *f, size_t n)
{
	struct rai_boost *s = f->state;
	struct rai_boost_ready *r = atomic_load_explicit(&s->ready, memory_order_acquire);
	size_t asked;

	if (r != NULL || !f->seldom)
		return r;
	asked = atomic_fetch_add(&s->asked, n);
	if (asked >= RAI_BOOST_SELDOM || asked + n < RAI_BOOST_SELDOM)
		return NULL;
	r = rai_boost_ready_new(s, f->width);
	atomic_store_explicit(&s->ready, r, memory_order_release);
	return r;
}

void
rai_boost_predict(const struct rai_fitted *f, const double *x, double *out)
{
	const struct rai_boost *s = f->state;
	const struct rai_boost_ready *r = ready(f, 1);

	if (r == NULL)
		score_row(f, x, out);
	else {
		memcpy(out, s->base, rai_boost_outputs(f) * sizeof(*out));
		rai_boost_ready_add(r, x, 1, rai_boost_outputs(f), out);
	}
	link_rows(f, 1, out);
}

void
rai_boost_predict_rows(const struct rai_fitted *f, const double *x, size_t n, double *out)
{
	const struct rai_boost *s = f->state;
	const struct rai_boost_ready *r = ready(f, n);
	size_t i, m, outputs = rai_boost_outputs(f);

	for (i = 0; i < n; i++)
		memcpy(out + i * outputs, s->base, outputs * sizeof(*out));
	if (r != NULL)
		rai_boost_ready_add(r, x, n, outputs, out);
	for (i = 0; r == NULL && i < n; i += m) {
		m = n - i < BLOCK ? n - i : BLOCK;
		score_block(f, x + i * f->width, m, out + i * outputs);
	}
	link_rows(f, n, out);
}
