#include "model/impact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/boost.h"
#include "model/boost_loss.h"

static void
set(struct rai_fitted *f, enum rai_boost_param param, double value)
{
	f->param[param] = value;
}

void
rai_impact_init(struct rai_impact *m, const struct rai_schema *schema)
{
	*m = (struct rai_impact){.schema = schema, .metric = RAI_METRIC_ACCURACY};
	rai_fitted_init(&m->loss, &rai_kind_boost);
	set(&m->loss, RAI_BOOST_LOSS, RAI_BOOST_POISSON); /* a mean above 0, and no square of it */
	set(&m->loss, RAI_BOOST_ROUNDS, 60);
	set(&m->loss, RAI_BOOST_RATE, 0.1);
	set(&m->loss, RAI_BOOST_LEAVES, 8);
	set(&m->loss, RAI_BOOST_MIN_ROWS, 40);
	rai_fitted_init(&m->support, &rai_kind_boost);
	set(&m->support, RAI_BOOST_ROUNDS, 60);
	set(&m->support, RAI_BOOST_RATE, 0.1);
	set(&m->support, RAI_BOOST_LEAVES, 31);
	set(&m->support, RAI_BOOST_COLSAMPLE, 1);
	m->loss.width = schema->n + 1;
	m->support.width = schema->n;
	m->support.nclass = 2;
}

void
rai_impact_free(struct rai_impact *m)
{
	if (m == NULL)
		return;
	if (m->loss.state != NULL)
		rai_fitted_release(&m->loss);
	if (m->support.state != NULL)
		rai_fitted_release(&m->support);
	free(m->own_bounds);
	free(m);
}

void
rai_impact_features(const struct rai_schema *schema, const struct rai_cell *cells, double *x)
{
	size_t j;

	for (j = 0; j < schema->n; j++)
		x[j] = schema->col[j].type == RAI_COL_NUM    ? cells[j].num
		       : schema->col[j].type == RAI_COL_DATE ? NAN
		       : cells[j].code >= 0                  ? (double)cells[j].code
							     : NAN;
}

/* A number beyond its bounds, or a category that was never there. */
static int
beyond(const struct rai_impact *m, const struct rai_cell *cells)
{
	size_t j;

	for (j = 0; j < m->schema->n; j++)
		if (m->schema->col[j].type == RAI_COL_CAT
			? cells[j].code <= RAI_CODE_UNSEEN
			: cells[j].num < m->bounds[2 * j] || cells[j].num > m->bounds[2 * j + 1])
			return 1;
	return 0;
}

/* Rows that are asked at once. */
#define BATCH 16

static void
ask_batch(const struct rai_impact *m, const struct rai_cell *cells, const double *prediction,
    size_t n, struct rai_impact_row *out)
{
	double x[RAI_PIPELINE_WIDTH + BATCH], class[2 * BATCH], loss[BATCH];
	size_t width = m->schema->n, i;

	for (i = 0; i < n; i++)
		rai_impact_features(m->schema, cells + i * width, x + i * width);
	rai_fitted_predict_rows(&m->support, x, n, class);
	for (i = 0; i < n; i++) {
		rai_impact_features(m->schema, cells + i * width, x + i * (width + 1));
		x[i * (width + 1) + width] = prediction[i];
	}
	rai_fitted_predict_rows(&m->loss, x, n, loss);
	for (i = 0; i < n; i++) {
		out[i].loss = loss[i] * m->reference;
		out[i].spoilt = class[2 * i + 1];
		out[i].outside = out[i].spoilt > m->implausible || beyond(m, cells + i * width);
	}
}

void
rai_impact_rows(const struct rai_impact *m, const struct rai_cell *cells, const double *prediction,
    size_t n, struct rai_impact_row *out)
{
	size_t i, k, most = m->schema->n < RAI_PIPELINE_WIDTH / BATCH ? BATCH : 1;

	for (i = 0; i < n; i += k) {
		k = n - i < most ? n - i : most;
		ask_batch(m, cells + i * m->schema->n, prediction + i, k, out + i);
	}
}

void
rai_impact_row(const struct rai_impact *m, const struct rai_cell *cells, double prediction,
    struct rai_impact_row *out)
{
	rai_impact_rows(m, cells, &prediction, 1, out);
}

/* The tensors of one learner, under a prefix; bytes become numbers of 8, which stay aligned. */
static void
save_one(const struct rai_fitted *f, const char *prefix, struct rai_safetensors_out *out,
    struct rai_impact_names *names)
{
	struct rai_safetensors_out own = {.ntensor = 0};
	size_t i;

	f->kind->save(f, &own);
	for (i = 0; i < own.ntensor; i++) {
		const struct rai_tensor *t = &own.tensor[i];
		char *name = names->name[names->n++];

		snprintf(name, sizeof(names->name[0]), "%s%s", prefix, t->name);
		if (t->dtype == RAI_DTYPE_U8)
			rai_safetensors_add(
			    out, name, RAI_DTYPE_I64, t->shape[0], t->shape[1] / 8, t->data);
		else
			rai_safetensors_add(out, name, t->dtype, t->shape[0], 0, t->data);
	}
}

static const char loss_prefix[] = "impact.loss.", support_prefix[] = "impact.support.",
		  bounds_name[] = "impact.bounds";

void
rai_impact_save(
    const struct rai_impact *m, struct rai_safetensors_out *out, struct rai_impact_names *names)
{
	names->n = 0;
	save_one(&m->loss, loss_prefix, out, names);
	save_one(&m->support, support_prefix, out, names);
	rai_safetensors_add(out, bounds_name, RAI_DTYPE_F64, m->schema->n, 2, m->bounds);
}

void
rai_impact_write(const struct rai_impact *m, struct rai_jw *w, const char *key)
{
	rai_jw_object(w, key);
	rai_jw_str(w, "metric", rai_metric_names[m->metric]);
	rai_jw_int(w, "rows", (int64_t)m->rows);
	rai_jw_num(w, "reference", m->reference);
	rai_jw_num(w, "spread", m->spread);
	rai_jw_num(w, "own", m->own);
	rai_jw_num(w, "tail", m->tail);
	rai_jw_num(w, "tail_share", m->tail_share);
	rai_jw_num(w, "tail_index", m->tail_index);
	rai_jw_num(w, "implausible", m->implausible);
	rai_jw_num(w, "outside", m->outside);
	rai_jw_num(w, "spoilt", m->spoilt);
	rai_jw_num(w, "spoilt_sd", m->spoilt_sd);
	rai_jw_end(w);
}

/* The learner whose tensors stand under a prefix. */
static int
load_one(struct rai_fitted *f, const char *prefix, const struct rai_safetensors *file,
    struct rai_err *err)
{
	struct rai_safetensors view = {.tensor = calloc(file->ntensor + 1, sizeof(*view.tensor))};
	size_t i, skip = strlen(prefix);
	int rc;

	f->seldom = 1; /* only where drift is judged */
	if (view.tensor == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < file->ntensor; i++) {
		struct rai_tensor *t = &view.tensor[view.ntensor];

		if (strncmp(file->tensor[i].name, prefix, skip) != 0)
			continue;
		*t = file->tensor[i];
		t->name += skip;
		if (t->dtype == RAI_DTYPE_I64 && t->rank == 2 && t->shape[1] <= UINT32_MAX) {
			t->dtype = RAI_DTYPE_U8;
			t->shape[1] *= 8;
		}
		view.ntensor++;
	}
	rc = f->kind->load(f, &view, err);
	free(view.tensor);
	return rc;
}

/* A number that must be finite and in [0, most]. */
static int
read_number(const struct cJSON *obj, const char *key, double most, double *out, struct rai_err *err)
{
	if (rai_json_num(obj, key, out, err) != 0)
		return -1;
	return *out >= 0 && *out <= most
		   ? 0
		   : rai_fail(err, RAI_EINPUT, "\"%s\" must be from 0 to %g", key, most);
}

/* The same, or 0: models from before have none. */
static int
read_if_there(
    const struct cJSON *obj, const char *key, double most, double *out, struct rai_err *err)
{
	*out = 0;
	return rai_json_get(obj, key) != NULL ? read_number(obj, key, most, out, err) : 0;
}

static int
read_numbers(struct rai_impact *m, const struct cJSON *obj, struct rai_err *err)
{
	const char *metric;
	int64_t rows;

	if (rai_json_str(obj, "metric", &metric, err) != 0 ||
	    rai_json_int(obj, "rows", &rows, err) != 0 ||
	    read_number(obj, "reference", 1e300, &m->reference, err) != 0 ||
	    read_number(obj, "spread", 1e100, &m->spread, err) != 0 ||
	    read_number(obj, "own", 1e100, &m->own, err) != 0 ||
	    read_if_there(obj, "tail", 1e100, &m->tail, err) != 0 ||
	    read_if_there(obj, "tail_share", 1, &m->tail_share, err) != 0 ||
	    read_if_there(obj, "tail_index", 1, &m->tail_index, err) != 0 ||
	    read_number(obj, "implausible", 1, &m->implausible, err) != 0 ||
	    read_number(obj, "outside", 1, &m->outside, err) != 0 ||
	    read_number(obj, "spoilt", 1, &m->spoilt, err) != 0 ||
	    read_number(obj, "spoilt_sd", 1, &m->spoilt_sd, err) != 0)
		return -1;
	if (rows < RAI_IMPACT_ROWS || !(m->reference > 0))
		return rai_fail(err, RAI_EINPUT,
		    "\"rows\" must be %d or more, \"reference\" above 0", RAI_IMPACT_ROWS);
	m->rows = (size_t)rows;
	if (strcmp(metric, rai_metric_names[RAI_METRIC_MAE]) == 0)
		m->metric = RAI_METRIC_MAE;
	else if (strcmp(metric, rai_metric_names[RAI_METRIC_ACCURACY]) != 0)
		return rai_fail(err, RAI_EINPUT, "\"metric\" is neither accuracy nor mae");
	return 0;
}

int
rai_impact_read(const struct cJSON *obj, const struct rai_safetensors *file,
    const struct rai_schema *schema, struct rai_impact **out, struct rai_err *err)
{
	struct rai_impact *m = malloc(sizeof(*m));

	if (m == NULL)
		return rai_fail_memory(err);
	rai_impact_init(m, schema);
	if (schema->n >= RAI_PIPELINE_WIDTH)
		rai_fail(err, RAI_EINPUT, "%zu columns are too many", schema->n);
	else if (read_numbers(m, obj, err) == 0 &&
		 rai_safetensors_f64(file, bounds_name, schema->n, 2, &m->bounds, err) == 0 &&
		 load_one(&m->loss, loss_prefix, file, err) == 0 &&
		 load_one(&m->support, support_prefix, file, err) == 0) {
		*out = m;
		return 0;
	}
	rai_impact_free(m);
	return -1;
}
