#ifndef RAI_MODEL_IMPACT_H
#define RAI_MODEL_IMPACT_H

#include "json/json.h"
#include "model/kind.h"
#include "model/train.h"

/*
 * What a prediction will have missed, before anybody knows the true value: direct loss estimation
 * (as in NannyML's DLE), small boosted trees that learned the losses of the hold-out from the
 * columns of a row and its prediction.  They are right only while the target follows from the
 * columns as it did, and where rows look like those that were learned from; so beside them stand
 * trees that tell rows as they were from rows of which one column was spoilt (another row's value,
 * any value of its range, none), and the range of every number.
 *
 * Dates say nothing here: they are time itself, and only go forward.
 */
struct rai_impact {
	/* The loss: RAI_METRIC_ACCURACY: |actual - predicted| / |actual|, whose mean is 1 -
	 * accuracy; RAI_METRIC_MAE: |actual - predicted|, of targets that come near 0. */
	enum rai_metric metric;
	const struct rai_schema *schema; /* the model's; must outlive this */
	struct rai_fitted loss;          /* schema->n columns and the prediction: the mean loss,
					    as a multiple of the reference */
	struct rai_fitted support;       /* schema->n columns: the probability of "spoilt" */
	const double *bounds;            /* schema->n x 2: low and high; own, or in a file */
	double *own_bounds;
	size_t rows;      /* of the hold-out, which what follows was measured on: */
	double reference; /* the mean loss */
	double spread;    /* of one row: sd of loss - estimate, over the quadratic mean of
			     estimates */
	double own;       /* relative sd of the estimate of a mean itself */
	/* losses over estimates: a share is larger than `tail`, and that share falls as x to the
	 * power of -1 / tail_index beyond it; 0: not known */
	double tail, tail_share, tail_index;
	double implausible;       /* a probability above this is outside: 5 % of the rows are */
	double outside;           /* share of rows that are outside by any rule */
	double spoilt, spoilt_sd; /* mean and sd of the probabilities of "spoilt" */
};

#define RAI_IMPACT_ROWS 200 /* of the hold-out: fewer teach nothing about losses */

/*
 * Learns from what a training has left.  *out is NULL where there is nothing to learn: classes,
 * too few rows, no losses.  The bits do not depend on threads.  Caller frees.
 */
int rai_impact_fit(const struct rai_table *t, const struct rai_trained *trained, uint64_t seed,
    size_t threads, struct rai_impact **out, struct rai_err *err);
void rai_impact_free(struct rai_impact *m); /* NULL is fine */

/* One row: what its prediction misses on average, and whether it lies outside of what was learned
 * from.  cells: one per column.  Pure, allocates nothing. */
struct rai_impact_row {
	double loss;
	double spoilt; /* probability, as if half of all rows were */
	int outside;
};
void rai_impact_row(const struct rai_impact *m, const struct rai_cell *cells, double prediction,
    struct rai_impact_row *out);

/* n rows at once, the same bits: cells one row behind the other. */
void rai_impact_rows(const struct rai_impact *m, const struct rai_cell *cells,
    const double *prediction, size_t n, struct rai_impact_row *out);

/*
 * As tensors "impact.*" and as the JSON text of the metadata "rai.impact"; what out points to
 * must live until it is rendered: *m, and *names, which is filled here.
 */
struct rai_impact_names {
	char name[8][32];
	size_t n;
};
void rai_impact_save(
    const struct rai_impact *m, struct rai_safetensors_out *out, struct rai_impact_names *names);
void rai_impact_write(const struct rai_impact *m, struct rai_jw *w, const char *key);

/* The opposite; file and schema must outlive *out. */
int rai_impact_read(const struct cJSON *obj, const struct rai_safetensors *file,
    const struct rai_schema *schema, struct rai_impact **out, struct rai_err *err);

/* The two learners with their parameters, nothing fitted; private to this room. */
void rai_impact_init(struct rai_impact *m, const struct rai_schema *schema);

/* What the learners see of a row: schema->n numbers; private to this room. */
void rai_impact_features(const struct rai_schema *schema, const struct rai_cell *cells, double *x);

#endif
