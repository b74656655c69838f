#ifndef RAI_MODEL_CUT_H
#define RAI_MODEL_CUT_H

#include "base/rng.h"
#include "model/codes.h"
#include "model/draw.h"

/*
 * The best cut of the rows of one node along one feature, in the ways that suit a feature of few
 * bins (histogram), of many (rows kept in order), and random cuts.  Rows are weighed: each counts
 * as often as it was drawn.
 */
enum rai_criterion {
	RAI_CRITERION_AUTO, /* squared error, or Gini of classes */
	RAI_CRITERION_SQUARED_ERROR,
	RAI_CRITERION_POISSON,
	RAI_CRITERION_GINI,
	RAI_CRITERION_ENTROPY,
};

/* What all trees of a fit share; only read. */
struct rai_impurity {
	enum rai_criterion criterion; /* never AUTO */
	const struct rai_codes *codes;
	const struct rai_target *target;
	uint64_t min_leaf;
	double *inverse; /* n + 1: 1 / w */
	int64_t *term;   /* n + 1: of entropy, w log2 w in fixed point; else NULL */
};

/* codes and target must outlive it; criterion must fit the target. */
int rai_impurity_make(enum rai_criterion criterion, const struct rai_codes *codes,
    const struct rai_target *target, uint64_t min_leaf, struct rai_impurity *out,
    struct rai_err *err);
void rai_impurity_release(struct rai_impurity *m);

struct rai_total {
	int64_t q;
	uint64_t w;
};

struct rai_best_cut {
	double gain;                  /* larger is better; comparable within a node */
	size_t feature;               /* SIZE_MAX: none */
	uint32_t left_bin, right_bin; /* the two filled bins on both sides */
	struct rai_total left;        /* rows that go left; of classes, q is 0 */
};

/* A row of the node. */
struct rai_local {
	int64_t q;
	uint32_t w, id;
};

struct rai_sorted {
	uint32_t id, code;
};

/* Scratch; one per thread. */
struct rai_cutter {
	const struct rai_impurity *m;
	const struct rai_drawn *row; /* of the tree */
	struct rai_total all;        /* of the node */
	int64_t *count;              /* nclass: rows of each class in the node */
	int64_t *left, *right;       /* nclass: the same on both sides of a moving cut */
	int64_t *hist;               /* RAI_CODES_FEW x cells; zeros between searches */
	uint64_t filled[RAI_CODES_FEW / 64];
};

int rai_cutter_init(struct rai_cutter *c, const struct rai_impurity *m, struct rai_err *err);
void rai_cutter_release(struct rai_cutter *c);

/* The node whose rows the next searches are about. */
void rai_cutter_node(
    struct rai_cutter *c, const struct rai_total *all, const uint32_t *id, size_t n);

/* What the node itself has for a gain, and its loss of impurity by a cut, per row of the node. */
double rai_cutter_none(const struct rai_cutter *c);
double rai_cutter_decrease(const struct rai_cutter *c, const struct rai_best_cut *cut);

/*
 * Each search betters *best where it can and returns 1; 0: the feature is constant here.
 * hist: nbin x cells of the node.
 */
int rai_cutter_hist(
    struct rai_cutter *c, size_t feature, const int64_t *hist, struct rai_best_cut *best);
int rai_cutter_rows(struct rai_cutter *c, size_t feature, const struct rai_local *row, size_t n,
    struct rai_best_cut *best);
int rai_cutter_sorted(struct rai_cutter *c, size_t feature, const struct rai_sorted *row, size_t n,
    struct rai_best_cut *best);

/* One cut at random between the smallest and the largest value (extra trees). */
int rai_cutter_random(struct rai_cutter *c, size_t feature, const struct rai_local *row, size_t n,
    struct rai_rng *rng, struct rai_best_cut *best);

#endif
