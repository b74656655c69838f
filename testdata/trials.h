#ifndef RAI_TRIALS_H
#define RAI_TRIALS_H

#include "base/rng.h"
#include "drift/verdict.h"
#include "model/model.h"
#include "table/conform.h"

/* Rows of a file, with what a model says of them: windows and references are drawn from it. */
struct population {
	struct rai_model *model;
	struct rai_table *table;
	struct rai_conformed seen; /* the table as the model sees it */
	double *prediction;        /* nrow */
	double *sd;                /* robust, of every column; of categories 0 */
};

enum change {
	CHANGE_NONE,
	CHANGE_SHIFT,    /* one number moves by size robust standard deviations */
	CHANGE_ALL,      /* every number does */
	CHANGE_SHARE,    /* one category is size times as frequent */
	CHANGE_MISSING,  /* so many more rows have no value in one column */
	CHANGE_UNSEEN,   /* so many rows have a category that was never there */
	CHANGE_OUTLIERS, /* so many rows have 10 times the value and its range */
	CHANGE_SHUFFLE,  /* every column is drawn on its own */
	CHANGE_TARGET,   /* true values are size times as large */
	CHANGE_UNIT,     /* one number is size times as large */
	CHANGE_FREEZE,   /* one number stands still, at one of its values */
	CHANGE_REPLAY,   /* so large a share of the rows comes twice, in its order */
};

struct setting {
	enum change change;
	double size, alpha;
	size_t n, m; /* rows of the window, of the reference */
	uint64_t seed;
};

struct outcome {
	int drifted, broken, psi, ks; /* the verdict's, and fixed rules: PSI > 0.3, any p < 0.05 */
	int failed;                   /* no memory */
};

int population_open(
    const char *model, const char *data, struct population *out, struct rai_err *err);
void population_release(struct population *p);

/* One drawn window: rows column by column as the verdict takes them, with their true values. */
struct window {
	struct rai_drift_rows rows;
	double *actual;
	size_t *from; /* rows of the population */
};

/*
 * n rows, each from anywhere; with apart, each value of each column from anywhere.  0, or -1: no
 * memory; window_release() is right also then.
 */
int window_draw(
    const struct population *p, size_t n, int apart, struct rai_rng *r, struct window *w);
void window_release(struct window *w);

/* A column drawn among the numbers, or the categories. */
size_t window_column(const struct population *p, int number, struct rai_rng *r);

/*
 * A number moves by size robust standard deviations.  Whole ones stay whole: so many of them move
 * up by one that the mean moves as it should.
 */
void window_shift(
    const struct population *p, struct window *w, size_t k, double size, struct rai_rng *r);

#define WINDOW_COLUMNS 1024
void window_cells(const struct window *w, size_t i, struct rai_cell *cells); /* of row i */

/* The model is asked again: what moved moves its answers. */
void window_predict(const struct population *p, struct window *w);

/*
 * A reference of these rows.  holdout: whose predictions and errors the reference knows; NULL: of
 * the same rows, and no errors.  0, or -1: no memory.
 */
int window_profile(const struct population *p, const struct window *w, const struct window *holdout,
    struct rai_profile *out);

void trial(const struct population *p, const struct setting *s, struct outcome *out);

#endif
