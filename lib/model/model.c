#include "model/model.h"

#include <stdlib.h>

#include "model/model_priv.h"

void
rai_model_free(struct rai_model *m)
{
	if (m == NULL)
		return;
	rai_impact_free(m->impact);
	rai_pipeline_release(&m->pipeline);
	rai_schema_release(&m->schema);
	rai_safetensors_release(&m->file);
	free(m->own_name);
	free(m);
}

const struct rai_schema *
rai_model_schema(const struct rai_model *m)
{
	return &m->schema;
}

const char *
rai_model_name(const struct rai_model *m)
{
	return m->name;
}

const char *
rai_model_kind(const struct rai_model *m)
{
	return m->pipeline.fitted.kind->name;
}

const char *
rai_model_digest(const struct rai_model *m)
{
	return m->digest;
}

const char *
rai_model_meta(const struct rai_model *m, const char *key)
{
	return rai_safetensors_meta(&m->file, key);
}

const struct rai_pipeline *
rai_model_pipeline(const struct rai_model *m)
{
	return &m->pipeline;
}

const struct rai_impact *
rai_model_impact(const struct rai_model *m)
{
	return m->impact;
}

size_t
rai_model_classes(const struct rai_model *m)
{
	return m->pipeline.fitted.nclass;
}

size_t
rai_model_outputs(const struct rai_model *m)
{
	return rai_pipeline_outputs(&m->pipeline);
}

void
rai_model_predict(const struct rai_model *m, const struct rai_cell *cells, double *out)
{
	rai_pipeline_predict(&m->pipeline, cells, out);
}

void
rai_model_predict_rows(
    const struct rai_model *m, const struct rai_cell *cells, size_t n, double *out)
{
	double x[2 * RAI_PIPELINE_WIDTH];
	const struct rai_prep *prep = m->pipeline.prep;
	size_t width = rai_prep_width(prep), outputs = rai_model_outputs(m), i, k, block;

	block = width > 0 ? 2 * RAI_PIPELINE_WIDTH / width : n;
	for (i = 0; i < n; i += block) {
		block = n - i < block ? n - i : block;
		for (k = 0; k < block; k++)
			rai_prep_row(prep, cells + (i + k) * m->schema.n, x + k * width);
		rai_pipeline_finish(&m->pipeline, x, block, out + i * outputs);
	}
}
