#include "model/save.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/num.h"
#include "json/json.h"
#include "model/external.h"
#include "model/model.h"

#define TEXT_MAX ((size_t)64 << 20)

/* The JSON texts of one file; they live until it is rendered. */
struct texts {
	struct rai_buf schema, prep, params, golden, impact;
	struct rai_impact_names names; /* of its tensors */
	char seed[24], smear[RAI_NUM_TEXT], bounds[2 * RAI_NUM_TEXT + 8], digest[RAI_HASH_DIGEST];
};

void
rai_model_write_params(const struct rai_fitted *f, struct rai_jw *w, const char *key)
{
	size_t i;

	rai_jw_object(w, key);
	for (i = 0; f->kind->param[i].name != NULL; i++)
		if (rai_fitted_word(f, i) != NULL)
			rai_jw_str(w, f->kind->param[i].name, rai_fitted_word(f, i));
		else
			rai_jw_num(w, f->kind->param[i].name, f->param[i]);
	rai_jw_end(w);
}

static void
write_cell(struct rai_jw *w, const struct rai_col_spec *c, const struct rai_cell *cell)
{
	char date[32];
	int year, month, day;

	if (c->type == RAI_COL_CAT)
		rai_jw_str(w, c->name, cell->code >= 0 ? c->level[cell->code] : NULL);
	else if (c->type == RAI_COL_NUM || isnan(cell->num))
		rai_jw_num(w, c->name, cell->num);
	else {
		rai_clock_civil((int64_t)cell->num, &year, &month, &day);
		snprintf(date, sizeof(date), "%04d-%02d-%02d", year, month, day);
		rai_jw_str(w, c->name, date);
	}
}

static void
write_impact_row(
    const struct rai_impact *m, const struct rai_cell *cells, double prediction, struct rai_jw *w)
{
	struct rai_impact_row row;

	rai_impact_row(m, cells, prediction, &row);
	rai_jw_num(w, "loss", row.loss);
	rai_jw_num(w, "spoilt", row.spoilt);
}

static void
write_golden(const struct rai_model_parts *p, struct rai_buf *out)
{
	double predicted[RAI_CLASSES];
	struct rai_jw w;
	size_t i, j;

	rai_jw_init(&w, out);
	rai_jw_array(&w, NULL);
	for (i = 0; i < p->ngolden; i++) {
		const struct rai_cell *row = p->golden + i * p->schema->n;

		rai_jw_object(&w, NULL);
		rai_jw_object(&w, "row");
		for (j = 0; j < p->schema->n; j++)
			write_cell(&w, &p->schema->col[j], &row[j]);
		rai_jw_end(&w);
		rai_pipeline_predict(p->pipeline, row, predicted);
		if (p->pipeline->fitted.nclass > 0)
			rai_jw_nums(&w, "prediction", predicted, p->pipeline->fitted.nclass);
		else
			rai_jw_num(&w, "prediction", predicted[0]);
		if (p->impact != NULL)
			write_impact_row(p->impact, row, predicted[0], &w);
		rai_jw_end(&w);
	}
	rai_jw_end(&w);
}

static void
add_length(struct rai_hash *h, uint64_t n)
{
	unsigned char b[8];
	int i;

	for (i = 0; i < 8; i++)
		b[i] = (unsigned char)(n >> 8 * i);
	rai_hash_add(h, b, sizeof(b));
}

static void
add_text(struct rai_hash *h, const char *s)
{
	add_length(h, strlen(s));
	rai_hash_add(h, s, strlen(s));
}

int
rai_model_content_digest(const struct rai_meta *meta, size_t nmeta, const struct rai_tensor *tensor,
    size_t ntensor, char digest[RAI_HASH_DIGEST], struct rai_err *err)
{
	struct rai_hash *h = rai_hash_new();
	size_t i, j;

	if (h == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < nmeta; i++)
		if (strcmp(meta[i].key, "rai.content_digest") != 0) {
			add_text(h, meta[i].key);
			add_text(h, meta[i].value);
		}
	for (i = 0; i < ntensor; i++) {
		add_text(h, tensor[i].name);
		add_length(h, (uint64_t)tensor[i].dtype);
		add_length(h, tensor[i].rank);
		for (j = 0; j < tensor[i].rank; j++)
			add_length(h, tensor[i].shape[j]);
		add_length(h, tensor[i].bytes);
		rai_hash_add(h, tensor[i].data, tensor[i].bytes);
	}
	memcpy(digest, "sha256:", 7);
	rai_hash_end(h, digest + 7);
	return 0;
}

static void
write_bounds(const struct rai_pipeline *p, char *out, size_t size)
{
	char low[RAI_NUM_TEXT], high[RAI_NUM_TEXT];

	rai_num_format(isfinite(p->low) ? p->low : 0, low);
	rai_num_format(isfinite(p->high) ? p->high : 0, high);
	snprintf(out, size, "[%s,%s]", low, high);
}

static int
make_texts(const struct rai_model_parts *p, struct texts *t, struct rai_err *err)
{
	struct rai_jw w;

	rai_jw_init(&w, &t->schema);
	rai_schema_write(p->schema, &w, NULL);
	rai_jw_init(&w, &t->prep);
	rai_prep_write(p->pipeline->prep, &w, NULL);
	rai_jw_init(&w, &t->params);
	rai_model_write_params(&p->pipeline->fitted, &w, NULL);
	write_golden(p, &t->golden);
	rai_jw_init(&w, &t->impact);
	if (p->impact != NULL)
		rai_impact_write(p->impact, &w, NULL);
	snprintf(t->seed, sizeof(t->seed), "%" PRIu64, p->seed);
	rai_num_format(p->pipeline->smear, t->smear);
	write_bounds(p->pipeline, t->bounds, sizeof(t->bounds));
	if (rai_buf_check(&t->schema, "schema", err) != 0 ||
	    rai_buf_check(&t->prep, "preparation", err) != 0 ||
	    rai_buf_check(&t->params, "parameters", err) != 0 ||
	    rai_buf_check(&t->golden, "golden rows", err) != 0 ||
	    rai_buf_check(&t->impact, "estimate of losses", err) != 0)
		return -1;
	return 0;
}

static void
add_all_meta(const struct rai_model_parts *p, const struct texts *t, struct rai_safetensors_out *o)
{
	rai_safetensors_add_meta(o, "rai.format", "1");
	rai_safetensors_add_meta(o, "rai.name", p->name);
	rai_safetensors_add_meta(o, "rai.kind", p->pipeline->fitted.kind->name);
	rai_safetensors_add_meta(o, "rai.schema", t->schema.ptr);
	rai_safetensors_add_meta(o, "rai.prep", t->prep.ptr);
	rai_safetensors_add_meta(o, "rai.parameters", t->params.ptr);
	rai_safetensors_add_meta(
	    o, "rai.transform", p->pipeline->unit == RAI_UNIT_LOG ? "log" : "none");
	if (p->pipeline->unit == RAI_UNIT_LOG) {
		rai_safetensors_add_meta(o, "rai.smear", t->smear);
		rai_safetensors_add_meta(o, "rai.bounds", t->bounds);
	}
	rai_safetensors_add_meta(o, "rai.metrics", p->metrics);
	rai_safetensors_add_meta(o, "rai.profile", p->profile);
	if (p->calibration != NULL && *p->calibration != '\0')
		rai_safetensors_add_meta(o, "rai.calibration", p->calibration);
	rai_safetensors_add_meta(o, "rai.golden", t->golden.ptr);
	if (p->impact != NULL)
		rai_safetensors_add_meta(o, "rai.impact", t->impact.ptr);
	if (p->split != NULL)
		rai_safetensors_add_meta(o, "rai.split", p->split);
	if (p->newest != NULL && *p->newest != '\0')
		rai_safetensors_add_meta(o, "rai.newest", p->newest);
	if (p->from != NULL && *p->from != '\0')
		rai_safetensors_add_meta(o, "rai.from_digest", p->from);
	rai_safetensors_add_meta(o, "rai.data_digest", p->data_digest);
	rai_safetensors_add_meta(o, "rai.config_digest", p->config_digest);
	rai_safetensors_add_meta(o, "rai.code_version", p->code_version);
	rai_safetensors_add_meta(o, "rai.seed", t->seed);
}

int
rai_model_render(const struct rai_model_parts *parts, struct rai_buf *out, struct rai_err *err)
{
	struct rai_safetensors_out *o = calloc(1, sizeof(*o));
	struct texts t = {RAI_BUF_INIT(TEXT_MAX), RAI_BUF_INIT(TEXT_MAX), RAI_BUF_INIT(TEXT_MAX),
	    RAI_BUF_INIT(TEXT_MAX), RAI_BUF_INIT(TEXT_MAX), {.n = 0}, "", "", "", ""};
	int rc = -1;

	if (o == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (make_texts(parts, &t, err) != 0)
		goto out;
	add_all_meta(parts, &t, o);
	parts->pipeline->fitted.kind->save(&parts->pipeline->fitted, o);
	if (parts->impact != NULL)
		rai_impact_save(parts->impact, o, &t.names);
	if (rai_fitted_check(&parts->pipeline->fitted, err) != 0)
		goto out;
	rai_safetensors_sort(o);
	if (rai_model_content_digest(o->meta, o->nmeta, o->tensor, o->ntensor, t.digest, err) != 0)
		goto out;
	rai_safetensors_add_meta(o, "rai.content_digest", t.digest);
	rai_safetensors_render(o, out);
	rc = rai_buf_check(out, "model", err);
out:
	rai_buf_free(&t.schema);
	rai_buf_free(&t.prep);
	rai_buf_free(&t.params);
	rai_buf_free(&t.golden);
	rai_buf_free(&t.impact);
	free(o);
	return rc;
}
