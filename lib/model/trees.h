#ifndef RAI_MODEL_TREES_H
#define RAI_MODEL_TREES_H

#include <stdint.h>

#include "model/grow.h"
#include "model/kind.h"
#include "model/walk.h"

/*
 * Trees as a model keeps and asks them.  A row is first turned into small numbers: of each
 * feature, how many of the model's thresholds lie below its value.  A node then compares two such
 * numbers, exactly as the value with the threshold.
 *
 * Nodes are packed where they fit (model/walk.h), and where many leaves have the same value it is
 * kept once: a forest on thousands of rows then fits the processor's cache.
 */
#define RAI_TREES_MAX 100000
#define RAI_TREES_SHARED                                                        \
	((size_t)UINT16_MAX + 1) /* values of leaves that know theirs by number \
				  */

struct rai_trees {
	struct rai_nodes nodes;  /* of tree t: root[t] .. root[t + 1] - 1 */
	const int64_t *root;     /* ntree + 1; the last is the number of nodes */
	const uint16_t *leaf;    /* nodes + ntree: tree t's from root[t] + t; the number of its
				    value.  NULL: leaf i has value i */
	const double *value;     /* nvalue x outputs */
	const double *threshold; /* of feature j: threshold_start[j] .. [j + 1] - 1, rising */
	const int64_t *threshold_start; /* width + 1 */
	size_t ntree, nvalue;
	void *own[6]; /* memory of the arrays above where it is not the mapped file's */
};

/* The values of the leaf that stands there among those of all trees: its first output. */
static inline const double *
rai_trees_value(const struct rai_trees *s, size_t leaf, size_t outputs)
{
	return s->value + (s->leaf != NULL ? s->leaf[leaf] : leaf) * outputs;
}

/* Bits that hold any of n numbers from 0 on. */
unsigned rai_trees_bits(size_t n);

/* The thresholds of the feature that has the most; at least 1. */
size_t rai_trees_most_thresholds(const struct rai_trees *s, size_t width);

/* Joins grown trees of the fit f, whose width and nclass are set, into its state. */
int rai_trees_join(struct rai_fitted *f, const struct rai_codes *c, const struct rai_tree *tree,
    size_t ntree, struct rai_err *err);

/* The members of struct rai_kind of the same names: the mean of the trees. */
void rai_trees_predict(const struct rai_fitted *f, const double *x, double *out);
void rai_trees_predict_rows(const struct rai_fitted *f, const double *x, size_t n, double *out);
int rai_trees_explain(const struct rai_fitted *f, struct rai_explain_game *g);
void rai_trees_save(const struct rai_fitted *f, struct rai_safetensors_out *out);
int rai_trees_load(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err);
void rai_trees_release(struct rai_fitted *f);

#endif
