#ifndef RAI_MODEL_MODEL_H
#define RAI_MODEL_MODEL_H

#include "base/err.h"
#include "model/impact.h"
#include "model/pipeline.h"
#include "table/schema.h"

/*
 * A trained model: a checked, memory-mapped safetensors file.  Immutable after opening, so one
 * may be used by many threads at once.  Opening trusts nothing: sizes, offsets, indices and tree
 * shapes are checked, and the golden rows in the file must give their recorded outputs.
 * A model that XGBoost or LightGBM has saved is opened too (model/import.h): it has no metadata.
 */
struct rai_model;

int rai_model_open(const char *path, struct rai_model **out, struct rai_err *err);

/*
 * The same of a model of the kind "external", which the program with these ncommand words answers
 * (model/external.h); of any other model they mean nothing.
 */
int rai_model_open_asking(const char *path, const char *const *command, size_t ncommand,
    struct rai_model **out, struct rai_err *err);

/* What is read of a file beside the model: a member of its __metadata__, where it has that. */
struct rai_model_also {
	const char *key;
	int (*read)(void *ctx, const char *text, struct rai_err *err); /* by another thread */
	void *ctx;
};

/*
 * The same from a copy of the file in memory of its own, for those who keep a model while others
 * may write into its file.  digest: what the file must have, or NULL; that is seen to before
 * anything in it is looked at.  also: or NULL.
 */
int rai_model_open_copy(const char *path, const char *digest, const struct rai_model_also *also,
    struct rai_model **out, struct rai_err *err);

/* From the n bytes of such a file at p, 8-byte aligned, which must outlive *out. */
int rai_model_parse(const void *p, size_t n, struct rai_model **out, struct rai_err *err);
void rai_model_free(struct rai_model *m); /* NULL is fine */

const struct rai_schema *rai_model_schema(const struct rai_model *m);
const char *rai_model_name(const struct rai_model *m);   /* "house-price" */
const char *rai_model_kind(const struct rai_model *m);   /* "forest" */
const char *rai_model_digest(const struct rai_model *m); /* of the file: "sha256:..." */

/* A member of the file's __metadata__ (JSON text), or NULL: "rai.metrics", "rai.profile" ... */
const char *rai_model_meta(const struct rai_model *m, const char *key);

/* What it predicts with; belongs to m. */
const struct rai_pipeline *rai_model_pipeline(const struct rai_model *m);

/* What its predictions will have missed, or NULL: the file does not say; belongs to m. */
const struct rai_impact *rai_model_impact(const struct rai_model *m);

/* 0: the target is a number; else the classes, which are the levels of the schema's target. */
size_t rai_model_classes(const struct rai_model *m);

/* Numbers of one prediction: 1, or one per class. */
size_t rai_model_outputs(const struct rai_model *m);

/*
 * out: the prediction in the target's own unit, or the probabilities of the classes.  cells: one
 * per schema column.  Pure, allocates nothing.
 */
void rai_model_predict(const struct rai_model *m, const struct rai_cell *cells, double *out);

/* n rows at once, the same bits: cells and out one row behind the other. */
void rai_model_predict_rows(
    const struct rai_model *m, const struct rai_cell *cells, size_t n, double *out);

#endif
