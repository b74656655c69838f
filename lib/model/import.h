#ifndef RAI_MODEL_IMPORT_H
#define RAI_MODEL_IMPORT_H

#include "model/pipeline.h"

/*
 * Models that XGBoost (JSON, from 1.x to 3.x, booster gbtree) and LightGBM (text, version 3 and 4)
 * have saved, as a schema and a pipeline.  Every feature is a column of numbers with the
 * feature's name ("f0", "f1" ... where the file has none); categories are their codes, missing
 * values are missing.  Predictions equal the library's to 1e-6 and better (the sum of the trees to
 * the bit; exp is ours).
 * What would be answered differently is refused: dart, gblinear, vector leaves, categories that
 * need the library's own re-coding, linear trees, ranking.
 */
enum rai_import { RAI_IMPORT_NOT, RAI_IMPORT_XGBOOST, RAI_IMPORT_LIGHTGBM };

/* By the first bytes of a file. */
enum rai_import rai_import_sniff(const void *p, size_t n);

/*
 * n bytes at p.  Caller releases *schema and *pipeline.  A classifier's target has the levels "0",
 * "1" ... as the libraries number classes.
 */
int rai_import_read(enum rai_import format, const char *p, size_t n, struct rai_schema *schema,
    struct rai_pipeline *pipeline, struct rai_err *err);

/* The two readers: fill names (as JSON array, or NULL) ... */
struct rai_imported {
	char **name; /* width features; caller frees each and the array */
	size_t width;
	struct rai_fitted fitted;
};

int rai_xgboost_read(const char *p, size_t n, struct rai_imported *out, struct rai_err *err);
int rai_lightgbm_read(const char *p, size_t n, struct rai_imported *out, struct rai_err *err);

#endif
