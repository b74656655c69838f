#include "model/walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/tap.h"
#include "model/walk_top.h"

/* Made-up trees of every shape: each way of walking must end at the leaf that one step at a time,
 * by the rule in model/grow.h, finds. */
#define TREES 300
#define NODES 200 /* of a tree, at most */
#define WIDTH 9
#define ROWS 300

static struct rai_node node[TREES * NODES];
static int64_t root[TREES + 1];
static uint32_t word[TREES * NODES];
static uint16_t x[ROWS * WIDTH + RAI_WALK_READ];

/* n nodes in preorder; the left child gets some of those that are left, often none or all. */
static void
make_tree(struct rai_rng *r, struct rai_node *p, size_t n)
{
	size_t left, pick;

	if (n == 0)
		return;
	pick = (size_t)rai_rng_below(r, 4);
	left = pick == 0 ? 0 : pick == 1 ? n - 1 : (size_t)rai_rng_below(r, n);
	p->feature = (uint16_t)rai_rng_below(r, WIDTH);
	p->cut = (uint16_t)(rai_rng_below(r, 8) * 9000);
	p->right = (uint32_t)left + 1;
	if (left == n - 1)
		p->feature |= RAI_NODE_RIGHT_LEAF;
	make_tree(r, p + 1, left);
	make_tree(r, p + 1 + left, n - 1 - left);
}

static void
make(void)
{
	struct rai_rng r = rai_rng_new(5, 0);
	size_t t, i;

	for (t = 0; t < TREES; t++) {
		size_t n = (size_t)rai_rng_below(&r, t % 3 == 0 ? 3 : NODES);

		make_tree(&r, node + root[t], n);
		root[t + 1] = root[t] + (int64_t)n;
	}
	for (i = 0; i < ROWS * WIDTH; i++)
		x[i] = (uint16_t)(i % 11 == 0 ? UINT16_MAX : rai_rng_below(&r, 9 * 9000));
}

static uint32_t
leaf_of(size_t tree, const uint16_t *row)
{
	const struct rai_node *p = node + root[tree];
	size_t n = (size_t)(root[tree + 1] - root[tree]);
	uint32_t leaf = 0;

	while (n > 0)
		if (row[p->feature & (RAI_NODE_RIGHT_LEAF - 1)] > p->cut) {
			leaf += p->right;
			n -= p->right;
			p += p->right;
		} else {
			n = p->right - 1;
			p++;
		}
	return leaf;
}

static size_t
differing(const struct rai_walks *w, const uint32_t *want)
{
	size_t i, n = 0;

	for (i = 0; i < w->n; i++)
		n += w->leaf[i] != want[i];
	return n;
}

static size_t
not_packed(const struct rai_nodes *nodes)
{
	size_t i, n = 0;

	for (i = 0; i < (size_t)root[TREES]; i++) {
		struct rai_node p = rai_nodes_at(nodes, i);

		n += p.feature != node[i].feature || p.cut != node[i].cut ||
		     p.right != node[i].right;
	}
	return n;
}

/* All nodes as words; a row of no more than 32 features is asked in another way than a wider one.
 */
static struct rai_nodes
pack(unsigned feature_bits)
{
	struct rai_nodes nodes = {NULL, word, 16, feature_bits};
	size_t i;

	for (i = 0; i < (size_t)root[TREES]; i++)
		word[i] = rai_nodes_pack(node[i], 16, feature_bits);
	is_int(not_packed(&nodes), 0, "packed nodes say the same");
	return nodes;
}

/* One row through all trees, and all rows through one tree. */
static void
try_way(enum rai_walk_way way, struct rai_nodes nodes)
{
	static uint32_t leaf[ROWS + TREES], want[ROWS + TREES];
	struct rai_walks w = {.nodes = nodes, .root = root, .leaf = leaf};
	size_t i, k, wrong = 0;

	for (k = 0; k < ROWS; k++) {
		w.n = TREES - k % 40;
		w.tree_step = 1;
		w.x = x + k * WIDTH;
		for (i = 0; i < w.n; i++)
			want[i] = leaf_of(i, w.x);
		if (rai_walk_by(way, &w) != 0) {
			printf("ok %d # SKIP not by this processor, or for these nodes\n",
			    ++tap_count);
			return;
		}
		wrong += differing(&w, want);
	}
	w.x = x;
	w.x_step = WIDTH;
	w.tree_step = 0;
	for (w.tree = 0; w.tree < TREES; w.tree++) {
		w.n = ROWS - w.tree % 50;
		for (i = 0; i < w.n; i++)
			want[i] = leaf_of(w.tree, x + i * WIDTH);
		(void)rai_walk_by(way, &w);
		wrong += differing(&w, want);
	}
	is_int(wrong, 0,
	    way == RAI_WALK_PLAIN  ? "plain walks"
	    : way == RAI_WALK_AVX2 ? "walks in registers of 256 bits"
				   : "walks in registers of 512 bits");
}

static void
turn(size_t n, uint16_t *column)
{
	size_t i, j;

	for (j = 0; j < WIDTH; j++)
		for (i = 0; i < n; i++)
			column[j * n + i] = x[i * WIDTH + j];
}

/* Rows through the first nodes of a tree, and from there on to their leaves. */
static void
try_top(enum rai_walk_way way, struct rai_nodes nodes)
{
	static uint16_t column[ROWS * WIDTH];
	static uint32_t at[ROWS + 1], leaf[ROWS + 1], want[ROWS];
	struct rai_walks w = {
	    .nodes = nodes, .root = root, .x = x, .x_step = WIDTH, .leaf = leaf, .at = at};
	struct rai_walk_top top;
	size_t i, n, wrong = 0, small = 0;

	for (w.tree = 0; w.tree < TREES; w.tree++) {
		w.n = ROWS - w.tree % 130;
		turn(w.n, column);
		n = (size_t)(root[w.tree + 1] - root[w.tree]);
		rai_walk_top_make(&nodes, (size_t)root[w.tree], n, &top);
		at[w.n] = leaf[w.n] = 77;
		if (rai_walk_top_ask_by(way, &top, column, w.n, at, leaf) != 0 ||
		    (n > RAI_WALK_TOP && rai_walk_by(way, &w) != 0)) {
			printf("ok %d # SKIP not by this processor, or for these nodes\n",
			    ++tap_count);
			return;
		}
		for (i = 0; i < w.n; i++)
			want[i] = leaf_of(w.tree, x + i * WIDTH);
		wrong += differing(&w, want) + (at[w.n] != 77) + (leaf[w.n] != 77);
		small += n <= RAI_WALK_TOP;
	}
	ok(small > 50 && small < TREES, "small trees and others");
	is_int(wrong, 0,
	    way == RAI_WALK_PLAIN  ? "first nodes apart, plainly"
	    : way == RAI_WALK_AVX2 ? "first nodes apart, in registers of 256 bits"
				   : "first nodes apart, in registers of 512 bits");
}

/* Every tree by every row, one walk at a time. */
static void
try_alone(struct rai_nodes nodes, const char *name)
{
	uint32_t leaf = 0;
	struct rai_walks w = {.nodes = nodes, .root = root, .n = 1, .tree_step = 1, .leaf = &leaf};
	size_t k, wrong = 0;

	for (w.tree = 0; w.tree < TREES; w.tree++)
		for (k = 0; k < ROWS; k++) {
			w.x = x + k * WIDTH;
			rai_walk(&w);
			wrong += leaf != leaf_of(w.tree, w.x);
		}
	is_int(wrong, 0, name);
}

static void
test_walk__few(void)
{
	uint32_t leaf[3] = {9, 9, 9};
	struct rai_walks w = {
	    .nodes = {.wide = node}, .root = root, .n = 0, .tree_step = 1, .x = x, .leaf = leaf};

	rai_walk(&w);
	is_int(leaf[0], 9, "no walk is no work");
	w.n = 2;
	rai_walk(&w);
	ok(leaf[0] == leaf_of(0, x) && leaf[1] == leaf_of(1, x) && leaf[2] == 9, "two walks");
}

static void
test_walk_below(void)
{
	const double v[] = {-1, 0, 2.5, 7};
	const double at[] = {-INFINITY, -1, -0.5, -0.0, 0, 2.5, 2.6, 7, 8, INFINITY, NAN};
	const int want[] = {0, 0, 1, 1, 1, 2, 3, 3, 4, 4, 4};
	size_t i, n, m, wrong = 0;
	uint16_t out[12];

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		wrong += rai_walk_below(v, 4, at[i]) != want[i];
	is_int(wrong, 0, "numbers below, with equal ones, infinities and NaN");
	is_int(rai_walk_below(v, 0, 1), 0, "none of none");
	for (n = 0; n <= 4; n++)
		for (m = 0; m <= 11; m++) {
			memset(out, 0xff, sizeof(out));
			rai_walk_below_many(v, n, at, 1, m, out, 1);
			for (i = 0; i <= 11; i++)
				wrong +=
				    out[i] != (i < m ? rai_walk_below(v, n, at[i]) : UINT16_MAX);
		}
	rai_walk_below_many(v, 4, at, 10, 2, out, 3);
	wrong += out[0] != 0 || out[1] == 4 || out[3] != 4;
	is_int(wrong, 0, "numbers below many");
}

#ifdef __x86_64__
#include <cpuid.h>

/* The parts of the registers that are in use (XGETBV, ECX = 1): 0 where it cannot be asked. */
static unsigned
upper_halves(void)
{
	unsigned a, b, c, d;

	if (!__get_cpuid_count(0xd, 1, &a, &b, &c, &d) || !(a & 4))
		return 0;
	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(1));
	return a & 0x44; /* of the 256-bit and of the 512-bit registers */
}
#else
static unsigned
upper_halves(void)
{
	return 0;
}
#endif

/* What stays in use there makes all that follows in the thread slow, many times over. */
static void
test_walk__leaves_registers_as_they_were(void)
{
	const struct rai_node leaf = {.feature = RAI_NODE_RIGHT_LEAF, .right = 1};
	const int64_t ends[] = {0, 1};
	const uint16_t asked[1 + RAI_WALK_READ] = {0};
	uint32_t out[16];
	const uint32_t packed = rai_nodes_pack(leaf, 0, 0);
	struct rai_walks w = {
	    .nodes = {.wide = &leaf}, .root = ends, .n = 16, .x = asked, .leaf = out};
	unsigned before = upper_halves();

	(void)rai_walk_by(RAI_WALK_AVX512, &w);
	w.nodes = (struct rai_nodes){NULL, &packed, 0, 0};
	(void)rai_walk_by(RAI_WALK_AVX2, &w);
	is_int(upper_halves() & ~before, 0, "upper halves of registers are given back");
}

int
main(void)
{
	size_t i;

	test_walk__leaves_registers_as_they_were();
	make();
	for (i = 0; i < 3; i++) {
		const struct rai_nodes wide = {.wide = node};
		struct rai_nodes nodes = i == 0 ? wide : pack(i == 1 ? 4 : 6);

		try_way(RAI_WALK_PLAIN, nodes);
		try_way(RAI_WALK_AVX2, nodes);
		try_way(RAI_WALK_AVX512, nodes);
		try_top(RAI_WALK_PLAIN, nodes);
		try_top(RAI_WALK_AVX2, nodes);
		try_top(RAI_WALK_AVX512, nodes);
		try_alone(nodes, i == 0 ? "walks alone" : "walks alone, of packed nodes");
	}
	test_walk__few();
	test_walk_below();
	return tap_done();
}
