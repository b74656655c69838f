#ifndef RAI_MODEL_ENSEMBLE_H
#define RAI_MODEL_ENSEMBLE_H

#include "model/kind.h"

/*
 * Trees that another library has trained, in one form that answers as that library does: same
 * decisions, same order and precision of the sum.  Made by xgboost.c and lightgbm.c from their
 * files, kept in ours like any kind of model.  It cannot be fitted here.
 */
enum rai_ensemble_flag {
	RAI_ENSEMBLE_DEFAULT_LEFT = 1, /* where a missing value goes */
	RAI_ENSEMBLE_ZERO_MISSING = 2, /* |x| <= 1e-35 counts as missing (LightGBM's kind Zero) */
	RAI_ENSEMBLE_CATEGORY = 4,     /* the value is a set of categories, not a threshold */
	RAI_ENSEMBLE_IN_LEFT = 8,      /* categories of the set go left, all others right; else
					  those of the set go right, all others left */
	RAI_ENSEMBLE_LEAF = 16,
};

struct rai_ensemble_node {
	double value;        /* left where x <= value; of a leaf: its part of the sum */
	int32_t left, right; /* nodes of the whole ensemble, behind this one */
	int32_t feature;
	uint16_t flags;    /* enum rai_ensemble_flag */
	uint16_t group;    /* of a root: the output that the tree adds to */
	int32_t set, nset; /* words of the set of categories: set .. set + nset - 1 */
};

enum rai_ensemble_link {
	RAI_LINK_IDENTITY,
	RAI_LINK_SIGMOID, /* 1 / (1 + e^(-scale x)) */
	RAI_LINK_SOFTMAX,
	RAI_LINK_EXP,
	RAI_LINK_SQUARE, /* sign(x) x^2 */
};

/* What f->state is. */
struct rai_ensemble {
	const struct rai_ensemble_node *node; /* nnode, each tree from its root on */
	const int64_t *root;                  /* ntree + 1 */
	const uint32_t *set;                  /* nset words: bit c % 32 of word c / 32 */
	const double *base;                   /* ngroup */
	size_t nnode, ntree, nset, ngroup;
	void *own[4]; /* memory of the arrays above where it is not the mapped file's */
};

/* Parameters of both kinds, by index in f->param. */
enum { RAI_ENSEMBLE_LINK, RAI_ENSEMBLE_SCALE, RAI_ENSEMBLE_DIVIDE };

extern const struct rai_kind rai_kind_xgboost; /* features and sums in single precision */
extern const struct rai_kind rai_kind_lightgbm;

/*
 * 0, or -1 with what is wrong: a child, feature, group or set that is not there, a tree that does
 * not end, a number that is not finite.
 */
int rai_ensemble_check(const struct rai_ensemble *e, size_t width, struct rai_err *err);

#endif
