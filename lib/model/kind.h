#ifndef RAI_MODEL_KIND_H
#define RAI_MODEL_KIND_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/safetensors.h"
#include "table/prep.h"

/*
 * The kinds of model: each is one constant that says its parameters and how it is fitted, asked,
 * saved and loaded.  A kind sees plain numbers: features from the preparation, and a target that
 * is a number on the learner's scale, or the number of a class.
 */
#define RAI_KIND_PARAMS 16
#define RAI_CLASSES 256 /* at most */

struct rai_param_word {
	const char *name; /* "sqrt": stands for value, in rai.yaml and in the model file */
	double value;
};

struct rai_kind_param {
	const char *name;
	double value;                                                  /* by default */
	double min, max;                                               /* of numbers */
	enum { RAI_PARAM_REAL, RAI_PARAM_WHOLE, RAI_PARAM_WORD } type; /* WORD: no numbers at all */
	const struct rai_param_word *word; /* words for values, ends with a NULL name; or NULL */
	const char *alias;                 /* scikit-learn's name where it is another; or NULL */
};

struct rai_explain_game;

/* What a fit has learned. */
struct rai_fitted {
	const struct rai_kind *kind;
	double param[RAI_KIND_PARAMS];
	size_t width;  /* features */
	size_t nclass; /* 0: regression; else that many classes, at least 2 */
	void *state;   /* the kind's own; its arrays may lie in a mapped file */
	int seldom;    /* perhaps never asked: what makes many answers faster waits for many */
	/* Of the kind "external" the program that trains and answers: argv, ncommand words; never
	 * from a model file. */
	const char *const *command;
	size_t ncommand;
};

/* Column-major: x[j * n + i] is feature j of row i. */
struct rai_fit_data {
	const double *x; /* may hold NaN (missing) only where the kind's view is RAI_VIEW_NATIVE */
	/* Where x is NULL, which only kinds with RAI_CAN_COLUMNS meet: writes the n numbers of
	 * feature j into out; by any thread. */
	int (*feature)(const void *ctx, size_t j, double *out, struct rai_err *err);
	const void *feature_ctx;
	const double *y; /* n: the target, or the class (0 .. nclass - 1) */
	size_t n, width;
	size_t nclass;            /* 0: regression */
	const size_t *levels;     /* width: categories of a native feature, whose values are their
				     numbers 0 .. levels - 1; 0: a number.  NULL: all are numbers */
	const char *const *names; /* width, for people; or NULL */
	struct rai_fit_cache *cache; /* what several fits on the same x share; NULL: nothing */
};

struct rai_fit_options {
	uint64_t seed;
	size_t threads;          /* at least 1; changes no bit of the result */
	void (*tick)(void *ctx); /* after each unit of work, from any thread; or NULL */
	void *tick_ctx;
	/* When given: a fit of the same kind on the same features, to be continued with the rows of
	 * d; the kind must have RAI_CAN_CONTINUE.  It is only read. */
	const struct rai_fitted *from;
	/*
	 * Long fits of kinds with RAI_CAN_RESUME.  checkpoint is called between two units of work,
	 * not sooner than checkpoint_ms after the last time: what so_far shows is a fit as good as
	 * any, and lives until the call returns; another return than 0 ends the fit with an error.
	 * resume is such a one, read back, of the same data, parameters and options: the fit goes
	 * on from there and ends with the bytes that it would have had without the interruption.
	 */
	int (*checkpoint)(void *ctx, const struct rai_fitted *so_far, size_t units_done);
	void *checkpoint_ctx;
	uint32_t checkpoint_ms;
	const struct rai_fitted *resume;
};

enum rai_can {
	RAI_CAN_REGRESSION = 1,
	RAI_CAN_CLASSES = 2,  /* classification with any number of classes */
	RAI_CAN_CONTINUE = 4, /* fit honours opt->from */
	RAI_CAN_RESUME = 8,   /* and opt->checkpoint and resume */
	RAI_CAN_COLUMNS = 16, /* a fit from scratch needs one feature at a time only */
};

struct rai_kind {
	const char *name;
	struct rai_kind_param param[RAI_KIND_PARAMS]; /* ends with a NULL name */
	enum rai_view view;                           /* how it wants its features */
	unsigned can;                                 /* of enum rai_can */
	/* The parameter that says how many units of work a fit has ("trees"); NULL: one. */
	const char *units;
	/* f->param is set; sets width, nclass and state.  NULL: made elsewhere, only asked here. */
	int (*fit)(struct rai_fitted *f, const struct rai_fit_data *d,
	    const struct rai_fit_options *opt, struct rai_err *err);
	/* x: width features; out: one number, or nclass probabilities that sum to 1.  Pure, no
	 * allocation. */
	void (*predict)(const struct rai_fitted *f, const double *x, double *out);
	/* The same for n rows at once, bit for bit, where that is faster; x is row-major, n x
	 * width; out n x outputs.  NULL: row by row. */
	void (*predict_rows)(const struct rai_fitted *f, const double *x, size_t n, double *out);
	/* One score as parts of columns (model/explain.h); NULL: it cannot be told.  -1: no steps
	 * are left. */
	int (*explain)(const struct rai_fitted *f, struct rai_explain_game *g);
	void (*save)(const struct rai_fitted *f, struct rai_safetensors_out *out);
	/* f->param, width and nclass are set; arrays stay in the file, which must outlive f. */
	int (*load)(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err);
	void (*release)(struct rai_fitted *f); /* state, which is never NULL here */
};

extern const struct rai_kind rai_kind_linear, rai_kind_ridge, rai_kind_lasso, rai_kind_elastic_net,
    rai_kind_logistic, rai_kind_svr, rai_kind_svc, rai_kind_tree, rai_kind_forest,
    rai_kind_extra_trees, rai_kind_boost;

/* NULL-terminated */
extern const struct rai_kind *const rai_kinds[];

/* By name, or NULL. */
const struct rai_kind *rai_kind_find(const char *name);

/* The defaults of kind, nothing fitted yet. */
void rai_fitted_init(struct rai_fitted *f, const struct rai_kind *kind);

/* RAI_EINPUT that lists what there is, or says the range.  param may be scikit-learn's name. */
int rai_fitted_set(struct rai_fitted *f, const char *param, double value, struct rai_err *err);

/* From text: one of the parameter's words, or a number. */
int rai_fitted_set_text(
    struct rai_fitted *f, const char *param, const char *text, struct rai_err *err);

/* The word that parameter i's value has, or NULL: it is shown as a number. */
const char *rai_fitted_word(const struct rai_fitted *f, size_t i);

/* Numbers of one prediction: 1, or nclass. */
size_t rai_fitted_outputs(const struct rai_fitted *f);

/* n rows, row-major, by predict_rows or one by one. */
void rai_fitted_predict_rows(const struct rai_fitted *f, const double *x, size_t n, double *out);

/* Units of work of one fit: trees, or 1. */
size_t rai_fitted_units(const struct rai_fitted *f);
void rai_fitted_release(struct rai_fitted *f);

#endif
