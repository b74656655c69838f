#include <stdlib.h>
#include <string.h>

#include "model/trees.h"

#define FEATURE(node) ((node)->feature & (RAI_NODE_RIGHT_LEAF - 1))

/* Numbers the bins that any node cuts after: number[bin] is that of its threshold. */
static int
join_thresholds(struct rai_trees *s, const struct rai_codes *c, const struct rai_tree *tree,
    uint16_t *number, struct rai_err *err)
{
	int64_t *start = malloc((c->width + 1) * sizeof(*start));
	double *threshold = NULL;
	size_t t, i, j, b, n = 0, total = 0;

	s->threshold_start = s->own[4] = start;
	if (start == NULL)
		return rai_fail_memory(err);
	for (t = 0; t < s->ntree; t++)
		for (i = 0; i < tree[t].n; i++)
			number[c->start[FEATURE(&tree[t].node[i])] + tree[t].node[i].cut] = 1;
	for (b = 0; b < c->start[c->width]; b++)
		total += number[b];
	s->threshold = s->own[3] = threshold = malloc((total + 1) * sizeof(*threshold));
	if (threshold == NULL)
		return rai_fail_memory(err);
	for (j = 0; j < c->width; j++) {
		start[j] = (int64_t)n;
		for (b = 0; b < rai_codes_nbin(c, j); b++)
			if (number[c->start[j] + b] != 0) {
				number[c->start[j] + b] = (uint16_t)(n - (size_t)start[j]);
				threshold[n++] = rai_codes_threshold(c, j, (uint32_t)b);
			}
	}
	start[c->width] = (int64_t)n;
	return 0;
}

static int
join_nodes(struct rai_trees *s, const struct rai_codes *c, const struct rai_tree *tree,
    const uint16_t *number, size_t outputs, struct rai_err *err)
{
	int64_t *root = malloc((s->ntree + 1) * sizeof(*root));
	struct rai_node *node = NULL, *p;
	double *value = NULL;
	size_t t, i, total = 0, bytes;

	s->root = s->own[0] = root;
	if (root == NULL)
		return rai_fail_memory(err);
	for (t = 0; t < s->ntree; t++) {
		root[t] = (int64_t)total;
		total += tree[t].n;
	}
	root[s->ntree] = (int64_t)total;
	if (__builtin_mul_overflow(total + s->ntree, outputs * sizeof(*value), &bytes))
		return rai_fail_memory(err);
	s->nodes.wide = s->own[1] = node = malloc((total + 1) * sizeof(*node));
	s->value = s->own[2] = value = malloc(bytes);
	if (node == NULL || value == NULL)
		return rai_fail_memory(err);
	s->nvalue = total + s->ntree;
	for (t = 0; t < s->ntree; t++) {
		p = node + root[t];
		memcpy(value + ((size_t)root[t] + t) * outputs, tree[t].value,
		    (tree[t].n + 1) * outputs * sizeof(*value));
		for (i = 0; i < tree[t].n; i++) {
			p[i] = tree[t].node[i];
			p[i].cut = number[c->start[FEATURE(&p[i])] + p[i].cut];
		}
	}
	return 0;
}

unsigned
rai_trees_bits(size_t n)
{
	unsigned bits = 0;

	while ((n - 1) >> bits != 0)
		bits++;
	return bits;
}

size_t
rai_trees_most_thresholds(const struct rai_trees *s, size_t width)
{
	int64_t most = 1;
	size_t j;

	for (j = 0; j < width; j++)
		if (s->threshold_start[j + 1] - s->threshold_start[j] > most)
			most = s->threshold_start[j + 1] - s->threshold_start[j];
	return (size_t)most;
}

/* Nodes of half the size, where all of them fit. */
static int
pack_nodes(struct rai_trees *s, size_t width, struct rai_err *err)
{
	struct rai_nodes packed = {
	    NULL, NULL, rai_trees_bits(rai_trees_most_thresholds(s, width)), rai_trees_bits(width)};
	size_t n = (size_t)s->root[s->ntree], i;
	uint32_t *word;

	if (packed.cut_bits + packed.feature_bits > 30)
		return 0;
	for (i = 0; i < n; i++)
		if (s->nodes.wide[i].right > rai_nodes_reach(packed.cut_bits, packed.feature_bits))
			return 0;
	word = malloc((n + 1) * sizeof(*word));
	if (word == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++)
		word[i] = rai_nodes_pack(s->nodes.wide[i], packed.cut_bits, packed.feature_bits);
	packed.packed = word;
	s->nodes = packed;
	free(s->own[1]);
	s->own[1] = word;
	return 0;
}

static uint32_t
hash(const double *v, size_t n)
{
	uint64_t word, h = 0;
	size_t k;

	for (k = 0; k < n; k++) {
		memcpy(&word, &v[k], sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return (uint32_t)h;
}

/*
 * Numbers the values of the leaves by their first appearance and keeps each once, in place.
 * 1: there are more than a number has room for, and nothing has changed.
 */
static int
number_values(struct rai_trees *s, double *value, size_t outputs, uint32_t *slot, size_t nslot,
    uint16_t *number)
{
	size_t row = outputs * sizeof(*value), i, at, n = 0;
	size_t *first = malloc(RAI_TREES_SHARED * sizeof(*first));

	if (first == NULL)
		return 1;
	for (i = 0; i < s->nvalue; i++) {
		const double *v = value + i * outputs;

		for (at = hash(v, outputs) & (nslot - 1);
		     slot[at] != 0 && memcmp(value + first[slot[at] - 1] * outputs, v, row) != 0;
		     at = (at + 1) & (nslot - 1))
			;
		if (slot[at] == 0) {
			if (n == RAI_TREES_SHARED)
				break;
			first[n] = i;
			slot[at] = (uint32_t)++n;
		}
		number[i] = (uint16_t)(slot[at] - 1);
	}
	for (at = 0; i == s->nvalue && at < n; at++) /* first[at] >= at */
		memmove(value + at * outputs, value + first[at] * outputs, row);
	free(first);
	if (i < s->nvalue)
		return 1;
	s->nvalue = n;
	return 0;
}

/* Each value of a leaf once, where numbers for all leaves and those take less room. */
static int
share_values(struct rai_trees *s, size_t outputs, struct rai_err *err)
{
	size_t leaves = s->nvalue, nslot = 4;
	uint16_t *number = malloc(leaves * sizeof(*number));
	uint32_t *slot;

	while (nslot < 2 * (leaves < RAI_TREES_SHARED ? leaves : RAI_TREES_SHARED))
		nslot *= 2;
	slot = calloc(nslot, sizeof(*slot));
	s->own[5] = number;
	if (number == NULL || slot == NULL) {
		free(slot);
		return rai_fail_memory(err);
	}
	if (number_values(s, s->own[2], outputs, slot, nslot, number) == 0)
		s->leaf = number;
	free(slot);
	return 0;
}

int
rai_trees_join(struct rai_fitted *f, const struct rai_codes *c, const struct rai_tree *tree,
    size_t ntree, struct rai_err *err)
{
	struct rai_trees *s = calloc(1, sizeof(*s));
	uint16_t *number = calloc(c->start[c->width], sizeof(*number));
	int rc = -1;

	if (s == NULL || number == NULL) {
		free(s);
		free(number);
		return rai_fail_memory(err);
	}
	s->ntree = ntree;
	f->state = s;
	if (join_thresholds(s, c, tree, number, err) == 0)
		rc = join_nodes(s, c, tree, number, rai_fitted_outputs(f), err);
	if (rc == 0)
		rc = pack_nodes(s, f->width, err);
	if (rc == 0)
		rc = share_values(s, rai_fitted_outputs(f), err);
	free(number);
	if (rc != 0) {
		rai_trees_release(f);
		f->state = NULL;
	}
	return rc;
}
