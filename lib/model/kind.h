#ifndef RAI_MODEL_KIND_H
#define RAI_MODEL_KIND_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/safetensors.h"

/*
 * The kinds of model: each is one constant that says its parameters and how it is fitted, asked,
 * saved and loaded.  A kind sees plain numbers: features from the preparation, the target on the
 * learner's scale.
 */
#define RAI_KIND_PARAMS 6

struct rai_kind_param {
	const char *name; /* as scikit-learn names it; "trees" is its n_estimators */
	double value;     /* by default */
	double min, max;
	enum { RAI_PARAM_REAL, RAI_PARAM_WHOLE } type;
};

/* One node of a tree in preorder: the left child follows, the right one stands `right` further. */
struct rai_node {
	double value;    /* go left where x[feature] <= value; of a leaf: the prediction */
	int32_t feature; /* -1: a leaf */
	int32_t right;   /* in nodes from this one; of a leaf: 0 */
};

#define RAI_TREE_DEPTH 512 /* no tree is deeper */

/* What a fit has learned; which members are set depends on the kind. */
struct rai_fitted {
	const struct rai_kind *kind;
	double param[RAI_KIND_PARAMS];
	size_t width; /* features */
	/* linear kinds */
	double intercept;
	const double *coef; /* width */
	/* trees: of tree t the nodes root[t] .. root[t + 1] - 1 */
	const struct rai_node *node;
	const int64_t *root; /* ntree + 1; the last is the number of nodes */
	size_t ntree;
	void *own[2]; /* memory of the arrays above where it is not the mapped file's */
};

/* Column-major: x[j * n + i] is feature j of row i. */
struct rai_fit_data {
	const double *x, *y;
	size_t n, width;
};

struct rai_fit_options {
	uint64_t seed;
	size_t threads;          /* at least 1; changes no bit of the result */
	void (*tick)(void *ctx); /* after each unit of work, from any thread; or NULL */
	void *tick_ctx;
};

struct rai_kind {
	const char *name;
	struct rai_kind_param param[RAI_KIND_PARAMS];     /* ends with a NULL name */
	enum { RAI_KIND_AS_IS, RAI_KIND_STANDARD } scale; /* how it wants its features */
	int (*fit)(struct rai_fitted *f, const struct rai_fit_data *d,
	    const struct rai_fit_options *opt, struct rai_err *err);
	double (*predict)(const struct rai_fitted *f, const double *x); /* pure, no allocation */
	void (*save)(const struct rai_fitted *f, struct rai_safetensors_out *out);
	/* f->width is set; arrays stay in the file, which must outlive f */
	int (*load)(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err);
};

extern const struct rai_kind rai_kind_linear, rai_kind_ridge, rai_kind_tree, rai_kind_forest;

/* NULL-terminated */
extern const struct rai_kind *const rai_kinds[];

/* By name, or NULL. */
const struct rai_kind *rai_kind_find(const char *name);

/* The defaults of kind, nothing fitted yet. */
void rai_fitted_init(struct rai_fitted *f, const struct rai_kind *kind);

/* RAI_EINPUT that lists what there is, or says the range. */
int rai_fitted_set(struct rai_fitted *f, const char *param, double value, struct rai_err *err);

/* Units of work of one fit: trees, or 1. */
size_t rai_fitted_units(const struct rai_fitted *f);
void rai_fitted_release(struct rai_fitted *f);

#endif
