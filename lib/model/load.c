#include "model/model_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/num.h"
#include "base/par.h"
#include "json/json.h"
#include "model/external.h"
#include "model/save.h"

static int
need(const struct rai_model *m, const char *key, const char **out, struct rai_err *err)
{
	*out = rai_safetensors_meta(&m->file, key);
	if (*out == NULL)
		return rai_fail(err, RAI_EINPUT, "not a model of ours: no metadata \"%s\"", key);
	return 0;
}

/* A metadata member as JSON; the caller frees it. */
static struct cJSON *
need_json(const struct rai_model *m, const char *key, struct rai_err *err)
{
	const char *text;
	struct cJSON *j;

	if (need(m, key, &text, err) != 0)
		return NULL;
	j = rai_json_parse(text, strlen(text), err);
	if (j == NULL)
		rai_wrap(err, "%s", key);
	return j;
}

static int
check_format(const struct rai_model *m, struct rai_err *err)
{
	const char *format, *want;

	if (need(m, "rai.format", &format, err) != 0 ||
	    need(m, "rai.content_digest", &want, err) != 0)
		return -1;
	return strcmp(format, "1") == 0
		   ? 0
		   : rai_fail(
			 err, RAI_EINPUT, "model format \"%.20s\", where \"1\" is read", format);
}

static int
check_content(const struct rai_model *m, struct rai_err *err)
{
	char digest[RAI_HASH_DIGEST];

	if (rai_model_content_digest(
		m->file.meta, m->file.nmeta, m->file.tensor, m->file.ntensor, digest, err) != 0)
		return -1;
	return strcmp(digest, rai_safetensors_meta(&m->file, "rai.content_digest")) == 0
		   ? 0
		   : rai_fail(err, RAI_EINPUT,
			 "damaged or altered: the content does not match its digest");
}

static int
read_schema(struct rai_model *m, struct rai_err *err)
{
	struct cJSON *j = need_json(m, "rai.schema", err);
	int rc;

	if (j == NULL)
		return -1;
	rc = rai_schema_read(j, &m->schema, err);
	rai_json_free(j);
	return rc == 0 ? 0 : rai_wrap(err, "rai.schema");
}

static int
read_prep(struct rai_model *m, struct rai_err *err)
{
	struct cJSON *j = need_json(m, "rai.prep", err);
	int rc;

	if (j == NULL)
		return -1;
	rc = rai_prep_read(j, &m->schema, &m->pipeline.prep, err);
	rai_json_free(j);
	if (rc != 0)
		return rai_wrap(err, "rai.prep");
	if (rai_prep_inputs(m->pipeline.prep) != m->schema.n ||
	    rai_prep_width(m->pipeline.prep) > RAI_PIPELINE_WIDTH)
		return rai_fail(err, RAI_EINPUT, "rai.prep: does not fit the schema");
	return 0;
}

static int
read_params(struct rai_model *m, struct rai_err *err)
{
	struct cJSON *params = need_json(m, "rai.parameters", err);
	const struct cJSON *j;
	int rc = 0;

	if (params == NULL)
		return -1;
	for (j = rai_json_first(params); j != NULL && rc == 0; j = rai_json_next(j)) {
		if (rai_json_key(j) != NULL && rai_json_kind(j) == RAI_JSON_NUM)
			rc = rai_fitted_set(
			    &m->pipeline.fitted, rai_json_key(j), rai_json_as_num(j), err);
		else if (rai_json_key(j) != NULL && rai_json_kind(j) == RAI_JSON_STR)
			rc = rai_fitted_set_text(
			    &m->pipeline.fitted, rai_json_key(j), rai_json_as_str(j), err);
		else
			rc =
			    rai_fail(err, RAI_EINPUT, "every parameter must be a number or a word");
	}
	rai_json_free(params);
	return rc == 0 ? 0 : rai_wrap(err, "rai.parameters");
}

static int
check_task(const struct rai_model *m, struct rai_err *err)
{
	const struct rai_fitted *f = &m->pipeline.fitted;

	if (m->schema.target.type != RAI_COL_CAT)
		return f->kind->can & RAI_CAN_REGRESSION
			   ? 0
			   : rai_fail(err, RAI_EINPUT, "rai.kind: %s predicts no numbers",
				 f->kind->name);
	if (f->nclass < 2 || f->nclass > RAI_CLASSES || m->pipeline.unit != RAI_UNIT_SAME)
		return rai_fail(err, RAI_EINPUT,
		    "rai.schema: a target of 2 to %d levels, not on a log scale, was expected",
		    RAI_CLASSES);
	if (!(f->kind->can & RAI_CAN_CLASSES))
		return rai_fail(err, RAI_EINPUT, "rai.kind: %s predicts no classes", f->kind->name);
	return 0;
}

/* [low, high]: within which a logarithm that was learned is kept. */
static int
read_bounds(struct rai_model *m, struct rai_err *err)
{
	struct cJSON *j = need_json(m, "rai.bounds", err);
	const struct cJSON *low = rai_json_first(j), *high = rai_json_next(low);

	if (j == NULL)
		return -1;
	if (rai_json_kind(low) == RAI_JSON_NUM && rai_json_kind(high) == RAI_JSON_NUM) {
		m->pipeline.low = rai_json_as_num(low);
		m->pipeline.high = rai_json_as_num(high);
	}
	rai_json_free(j);
	return m->pipeline.low < m->pipeline.high
		   ? 0
		   : rai_fail(err, RAI_EINPUT, "rai.bounds: must be two ascending numbers");
}

/* How a logged target comes back. */
static int
read_back(struct rai_model *m, struct rai_err *err)
{
	const char *text;

	m->pipeline.smear = 1;
	if (m->pipeline.unit != RAI_UNIT_LOG)
		return 0;
	if (need(m, "rai.smear", &text, err) != 0 || read_bounds(m, err) != 0)
		return -1;
	if (rai_num_double(text, strlen(text), &m->pipeline.smear) != 0 || !(m->pipeline.smear > 0))
		return rai_fail(err, RAI_EINPUT, "rai.smear: must be a positive number");
	return 0;
}

static int
read_learner(struct rai_model *m, struct rai_err *err)
{
	const char *kind, *transform;

	if (need(m, "rai.kind", &kind, err) != 0 || need(m, "rai.transform", &transform, err) != 0)
		return -1;
	if (rai_kind_find(kind) == NULL)
		return rai_fail(
		    err, RAI_EINPUT, "rai.kind: \"%.40s\" is no kind of model known here", kind);
	if (strcmp(transform, "log") != 0 && strcmp(transform, "none") != 0)
		return rai_fail(
		    err, RAI_EINPUT, "rai.transform: \"%.40s\" is neither log nor none", transform);
	m->pipeline.unit = strcmp(transform, "log") == 0 ? RAI_UNIT_LOG : RAI_UNIT_SAME;
	rai_fitted_init(&m->pipeline.fitted, rai_kind_find(kind));
	m->pipeline.fitted.command = m->command;
	m->pipeline.fitted.ncommand = m->ncommand;
	if (read_back(m, err) != 0 || read_params(m, err) != 0)
		return -1;
	m->pipeline.fitted.width = rai_prep_width(m->pipeline.prep);
	m->pipeline.fitted.nclass = m->schema.target.nlevel;
	if (check_task(m, err) != 0)
		return -1;
	return m->pipeline.fitted.kind->load(&m->pipeline.fitted, &m->file, err);
}

/* What is expected of losses, where the training has left it. */
static int
read_impact(struct rai_model *m, struct rai_err *err)
{
	struct cJSON *j;
	int rc;

	if (rai_safetensors_meta(&m->file, "rai.impact") == NULL)
		return 0;
	if (m->pipeline.fitted.nclass > 0)
		return rai_fail(err, RAI_EINPUT, "rai.impact: is for models of numbers");
	j = need_json(m, "rai.impact", err);
	if (j == NULL)
		return -1;
	rc = rai_impact_read(j, &m->file, &m->schema, &m->impact, err);
	rai_json_free(j);
	return rc == 0 ? 0 : rai_wrap(err, "rai.impact");
}

/* "prediction": a number, or one per class. */
static int
read_golden(const struct rai_model *m, const struct cJSON *item, double *want, struct rai_err *err)
{
	size_t outputs = rai_pipeline_outputs(&m->pipeline), n;
	double *v;

	if (m->pipeline.fitted.nclass == 0)
		return rai_json_num(item, "prediction", want, err);
	if (rai_json_nums(item, "prediction", outputs, &v, &n, err) != 0)
		return -1;
	if (n == outputs)
		memcpy(want, v, n * sizeof(*v));
	free(v);
	return n == outputs
		   ? 0
		   : rai_fail(err, RAI_EINPUT, "\"prediction\" must hold %zu numbers", outputs);
}

/* The losses that are expected of a golden row. */
static int
check_golden_impact(const struct rai_model *m, const struct cJSON *item, size_t i,
    const struct rai_cell *cells, double prediction, struct rai_err *err)
{
	struct rai_impact_row got;
	double loss, spoilt;

	if (rai_json_num(item, "loss", &loss, err) != 0 ||
	    rai_json_num(item, "spoilt", &spoilt, err) != 0)
		return rai_wrap(err, "rai.golden: row %zu", i);
	rai_impact_row(m->impact, cells, prediction, &got);
	if (got.loss != loss || got.spoilt != spoilt)
		return rai_fail(err, RAI_EINPUT,
		    "rai.golden: row %zu expects a loss of %.17g here, where %.17g is recorded", i,
		    got.loss, loss);
	return 0;
}

static int
check_golden_row(const struct rai_model *m, const struct cJSON *item, size_t i,
    struct rai_cell *cells, struct rai_err *err)
{
	double want[RAI_CLASSES], got[RAI_CLASSES];
	const struct cJSON *row;
	size_t j;

	if (rai_json_object(item, "row", &row, err) != 0 || read_golden(m, item, want, err) != 0)
		return rai_wrap(err, "rai.golden: row %zu", i);
	for (j = 0; j < m->schema.n; j++)
		if (rai_schema_json(&m->schema.col[j], rai_json_get(row, m->schema.col[j].name),
			&cells[j], err) != 0)
			return rai_wrap(err, "rai.golden: row %zu", i);
	rai_pipeline_predict(&m->pipeline, cells, got);
	for (j = 0; j < rai_pipeline_outputs(&m->pipeline); j++)
		if (got[j] != want[j])
			return rai_fail(err, RAI_EINPUT,
			    "rai.golden: row %zu gives %.17g here, where %.17g is recorded", i,
			    got[j], want[j]);
	return m->impact == NULL ? 0 : check_golden_impact(m, item, i, cells, got[0], err);
}

static int
check_golden(const struct rai_model *m, struct rai_err *err)
{
	struct cJSON *golden = need_json(m, "rai.golden", err);
	struct rai_cell *cells = calloc(m->schema.n + 1, sizeof(*cells));
	const struct cJSON *j;
	size_t i = 0;
	int rc = 0;

	if (golden == NULL || cells == NULL)
		rc = golden == NULL ? -1 : rai_fail_memory(err);
	else if (rai_json_kind(golden) != RAI_JSON_ARRAY)
		rc = rai_fail(err, RAI_EINPUT, "rai.golden: must be an array");
	else
		for (j = rai_json_first(golden); j != NULL && rc == 0; j = rai_json_next(j))
			rc = check_golden_row(m, j, i++, cells, err);
	free(cells);
	rai_json_free(golden);
	return rc == 0 ? rai_fitted_check(&m->pipeline.fitted, err) : rc;
}

static int
read_model(struct rai_model *m, struct rai_err *err)
{
	if (need(m, "rai.name", &m->name, err) != 0 || read_schema(m, err) != 0 ||
	    read_prep(m, err) != 0 || read_learner(m, err) != 0 || read_impact(m, err) != 0)
		return -1;
	return check_golden(m, err);
}

/* DIGEST is made of the whole file, CONTENT of all in it that can be proven by it. */
enum { READ, ALSO, DIGEST, CONTENT, STEPS };

struct opening {
	struct rai_model *m;
	const void *p;
	size_t n;
	const int *step; /* what is to be done */
	int rc[STEPS];
	struct rai_err err[STEPS];
};

#define LARGE ((size_t)1 << 18) /* from here on a second thread is worth it */

static int
read_also(const struct rai_model *m, struct rai_err *err)
{
	const char *text = m->also == NULL ? NULL : rai_model_meta(m, m->also->key);

	return text == NULL || m->also->read(m->also->ctx, text, err) == 0
		   ? 0
		   : rai_wrap(err, "%s", m->also->key);
}

static void
open_step(void *ctx, size_t i, size_t worker)
{
	struct opening *o = ctx;
	const int step = o->step[i];

	(void)worker;
	o->rc[step] = step == READ      ? read_model(o->m, &o->err[step])
		      : step == ALSO    ? read_also(o->m, &o->err[step])
		      : step == CONTENT ? check_content(o->m, &o->err[step])
					: rai_hash_bytes(o->p, o->n, o->m->digest, &o->err[step]);
}

int
rai_model_load(struct rai_model *m, const void *p, size_t n, struct rai_err *err)
{
	/* by two cores, the longest first: whoever has done with one takes the next */
	static const int all[] = {READ, DIGEST, CONTENT, ALSO}, rest[] = {READ, ALSO};
	struct opening o = {.m = m, .p = p, .n = n, .step = m->proven ? rest : all};
	size_t i;

	if (check_format(m, err) != 0)
		return -1;
	rai_par_for(m->proven ? 2 : STEPS, n < LARGE ? 1 : rai_par_cores(), open_step, &o);
	for (i = STEPS; i-- > 0;) /* of damage before what it looks like */
		if (o.rc[i] != 0) {
			if (err != NULL)
				*err = o.err[i];
			return -1;
		}
	return 0;
}
