#ifndef RAI_MODEL_SAVE_H
#define RAI_MODEL_SAVE_H

#include "base/buf.h"
#include "model/impact.h"
#include "model/pipeline.h"
#include "model/safetensors.h"

/*
 * A model as the bytes of a file.  They are a function of what stands here: no clock, no host
 * name, no thread count.
 */
struct rai_model_parts {
	const char *name; /* "house-price" */
	const struct rai_schema *schema;
	const struct rai_pipeline *pipeline;
	const struct rai_impact *impact; /* of its losses; or NULL */
	const char *metrics;             /* JSON text: {"r2":{"value":..,"low":..,"high":..},...} */
	const char *profile;             /* JSON text; opaque here */
	const char *calibration; /* JSON text of the verdicts on it; opaque here; or NULL, "" */
	const char *split;       /* JSON text: by which rule rows were held out; opaque here */
	const char *newest;      /* the latest date among the rows, "2017-09-23"; "": not known */
	const char *from;        /* digest of the model that was continued or imported; "": none */
	const char *data_digest; /* "sha256:..." */
	const char *config_digest; /* "sha256:..." */
	const char *code_version;  /* "0.1.0" */
	uint64_t seed;
	const struct rai_cell *golden; /* ngolden rows of schema->n cells */
	size_t ngolden;
};

int rai_model_render(const struct rai_model_parts *parts, struct rai_buf *out, struct rai_err *err);

/* The kind's parameters as a JSON object under key. */
void rai_model_write_params(const struct rai_fitted *f, struct rai_jw *w, const char *key);

/*
 * "sha256:..." over all metadata but "rai.content_digest" and over all tensors with their names
 * and shapes: an altered byte of a file changes it, or means nothing.
 */
int rai_model_content_digest(const struct rai_meta *meta, size_t nmeta,
    const struct rai_tensor *tensor, size_t ntensor, char digest[RAI_HASH_DIGEST],
    struct rai_err *err);

#endif
