#ifndef RAI_MODEL_TREES_H
#define RAI_MODEL_TREES_H

#include <stdint.h>

#include "model/grow.h"
#include "model/kind.h"

/*
 * Trees as a model keeps and asks them.  A row is first turned into small numbers: of each
 * feature, how many of the model's thresholds lie below its value.  A node then compares two such
 * numbers, exactly as the value with the threshold.
 */
#define RAI_TREES_MAX 100000

struct rai_trees {
	const struct rai_node *node; /* of tree t: root[t] .. root[t + 1] - 1 */
	const int64_t *root;         /* ntree + 1; the last is the number of nodes */
	const double *value;         /* (nodes + ntree) x outputs: tree t's from root[t] + t */
	const double *threshold;     /* of feature j: threshold_start[j] .. [j + 1] - 1, rising */
	const int64_t *threshold_start; /* width + 1 */
	size_t ntree;
	void *own[5]; /* memory of the arrays above where it is not the mapped file's */
};

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
