#include "model/boost_ready.h"

#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"
#include "model/boost_masks.h"

/*
 * Trees with so many nodes of one feature that how many of its thresholds are below a value is
 * nearly what a short number holds, or more.  A fit would take too long for that: they are made.
 */
enum { INNER = 31, TREES = 2115, MASKED = 2048, ROWS = 600 };

#define NODES (2 * INNER + 1) /* of a tree */

static struct rai_boost_node nodes[TREES * NODES];
static int64_t roots[TREES + 1];
static const double base = 0.25;

/* Of the trees to be made: the numbers that are their thresholds, or 0: they ask for a category. */
struct plan {
	size_t ntree, nthreshold;
	struct rai_rng rng;
};

static struct rai_boost_node
question(struct plan *s, size_t number)
{
	struct rai_boost_node p = {.what = 0};

	if (s->nthreshold > 0)
		p.u.value = (double)(number < s->nthreshold ? number : s->nthreshold - 1);
	else {
		p.u.bits = rai_rng_u64(&s->rng);
		p.what = RAI_BOOST_CATEGORY;
		p.what |= rai_rng_below(&s->rng, 2) == 0 ? RAI_BOOST_MISSING_LEFT : 0;
	}
	return p;
}

/* From p on the inner nodes [from, to) of tree t, balanced, and their leaves; returns how many. */
static size_t
grow(struct plan *s, struct rai_boost_node *p, size_t t, size_t from, size_t to)
{
	size_t middle = from + (to - from) / 2, left, right;

	if (from == to) {
		*p = (struct rai_boost_node){.u.value = rai_rng_unit(&s->rng) - 0.5};
		return 1;
	}
	left = grow(s, p + 1, t, from, middle);
	right = grow(s, p + 1 + left, t, middle + 1, to);
	*p = question(s, middle * s->ntree + t);
	p->left = 1;
	p->right = (uint16_t)(1 + left);
	return 1 + left + right;
}

static struct rai_boost
make_trees(size_t ntree, size_t nthreshold)
{
	struct plan s = {ntree, nthreshold, rai_rng_new(31, 0)};
	size_t t;

	for (t = 0; t < ntree; t++)
		roots[t + 1] = roots[t] + (int64_t)grow(&s, nodes + roots[t], t, 0, INNER);
	return (struct rai_boost){.node = nodes,
	    .root = roots,
	    .ntree = ntree,
	    .base = &base,
	    .categories = nthreshold == 0};
}

/* Values on, below and above the numbers up to top, half of them near it. */
static void
make_rows(double *x, double top)
{
	static const double odd[] = {NAN, INFINITY, -INFINITY, -1, -0.0, 0.5};
	size_t i;

	for (i = 0; i < ROWS; i++)
		x[i] = i < sizeof(odd) / sizeof(odd[0]) ? odd[i]
		       : i < ROWS / 2                   ? top * (double)i / (ROWS / 2)
							: top + 10 - (double)(i - ROWS / 2) / 2;
}

/* What is made ready: masks, walks by places, or nothing, as there are too many of those. */
enum ready { MASKS, PLACES, NOTHING };

/* It is what is wanted, and gives the bits of the plain walk. */
static void
test_ready__bits_of_the_walk(size_t ntree, size_t nthreshold, enum ready way, const char *name)
{
	static double x[ROWS], want[ROWS], one[ROWS], many[ROWS];
	struct rai_boost s = make_trees(ntree, nthreshold);
	struct rai_boost_masks *m = rai_boost_masks_new(&s, 1);
	struct rai_fitted f;
	size_t i;

	printf("# %s: %zu nodes, %zu thresholds\n", name, ntree * INNER, nthreshold);
	rai_fitted_init(&f, rai_kind_find("boost"));
	f.width = 1;
	f.state = &s;
	make_rows(x, nthreshold > 0 ? (double)nthreshold : 64);
	for (i = 0; i < ROWS; i++)
		rai_boost_predict(&f, x + i, want + i);
	s.ready = rai_boost_ready_new(&s, 1);
	is_int(m != NULL ? MASKS : s.ready != NULL ? PLACES : NOTHING, way, name);
	for (i = 0; i < ROWS; i++)
		rai_boost_predict(&f, x + i, one + i);
	rai_boost_predict_rows(&f, x, ROWS, many);
	ok(memcmp(one, want, sizeof(want)) == 0, "row by row");
	ok(memcmp(many, want, sizeof(want)) == 0, "all at once");
	rai_boost_ready_free(s.ready);
	rai_boost_masks_free(m);
}

int
main(void)
{
	test_ready__bits_of_the_walk(
	    MASKED, MASKED * INNER, MASKS, "nearly as many nodes as masks may have");
	test_ready__bits_of_the_walk(
	    TREES, UINT16_MAX, PLACES, "more nodes, as many thresholds as are counted");
	test_ready__bits_of_the_walk(
	    TREES, TREES * INNER, NOTHING, "more thresholds than are counted");
	test_ready__bits_of_the_walk(TREES, 0, MASKS, "of a category nothing is counted");
	return tap_done();
}
