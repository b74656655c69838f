#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "table/prep_col.h"

static const char *const encodings[] = {"auto", "label", "one-hot", "target", "native", "none"};

/* The numbers of the levels that have a feature of their own, or share one. */
static void
slots_write(const struct rai_prep_col *c, struct rai_jw *w, const char *key, int shared)
{
	size_t i;

	rai_jw_array(w, key);
	for (i = 0; i < c->nlevel; i++)
		if (c->slot[i] >= 0 && (c->slot[i] == c->shared) == shared)
			rai_jw_int(w, NULL, (int64_t)i);
	rai_jw_end(w);
}

static void
category_write(const struct rai_prep *p, const struct rai_prep_col *c, struct rai_jw *w)
{
	size_t m = p->nmean;

	rai_jw_str(w, "encode", encodings[c->encode]);
	if (c->fill_code >= 0)
		rai_jw_int(w, "fill_level", c->fill_code);
	if (c->encode == RAI_ENCODE_ONE_HOT) {
		slots_write(c, w, "levels", 0);
		if (c->shared >= 0)
			slots_write(c, w, "rare", 1);
	} else if (c->encode == RAI_ENCODE_TARGET) {
		rai_jw_nums(w, "values", c->value, c->nlevel * m);
		rai_jw_nums(w, "missing", c->value + c->nlevel * m, m);
		rai_jw_nums(w, "unseen", c->value + (c->nlevel + 1) * m, m);
	}
}

void
rai_prep_write(const struct rai_prep *p, struct rai_jw *w, const char *key)
{
	size_t j;

	rai_jw_object(w, key);
	rai_jw_bool(w, "native", p->native);
	rai_jw_array(w, "columns");
	for (j = 0; j < p->n; j++) {
		const struct rai_prep_col *c = &p->col[j];

		rai_jw_object(w, NULL);
		rai_jw_str(w, "name", c->name);
		if (c->indicator)
			rai_jw_bool(w, "indicator", 1);
		if (c->type == RAI_COL_CAT)
			category_write(p, c, w);
		else {
			if (!isnan(c->fill))
				rai_jw_num(w, "fill", c->fill);
			if (isfinite(c->low) && isfinite(c->high)) {
				rai_jw_num(w, "low", c->low);
				rai_jw_num(w, "high", c->high);
			}
		}
		rai_jw_end(w);
	}
	rai_jw_end(w);
	if (p->mean != NULL) {
		rai_jw_nums(w, "mean", p->mean, p->width);
		rai_jw_nums(w, "sd", p->sd, p->width);
	}
	rai_jw_end(w);
}

/* Exactly n finite numbers; caller frees *out. */
static int
numbers_read(const struct cJSON *obj, const char *key, size_t n, double **out, struct rai_err *err)
{
	double *v;
	size_t have;

	if (rai_json_nums(obj, key, n, &v, &have, err) != 0)
		return -1;
	if (have != n) {
		free(v);
		return rai_fail(
		    err, RAI_EINPUT, "\"%s\" must hold %zu numbers, holds %zu", key, n, have);
	}
	*out = v;
	return 0;
}

/* Level numbers, ascending, each below nlevel and without a slot yet; they get slot, or from it. */
static int
slots_read(const struct cJSON *obj, const char *key, struct rai_prep_col *c, int32_t *slot,
    int step, struct rai_err *err)
{
	const struct cJSON *array = NULL, *item;
	double last = -1, v;

	if (rai_json_array(obj, key, &array, err) != 0)
		return -1;
	for (item = rai_json_first(array); item != NULL; item = rai_json_next(item)) {
		v = rai_json_kind(item) == RAI_JSON_NUM ? rai_json_as_num(item) : -1;
		if (!(v > last && v < (double)c->nlevel && v == floor(v)) ||
		    c->slot[(size_t)v] >= 0)
			return rai_fail(err, RAI_EINPUT,
			    "\"%s\" must hold ascending numbers of levels (there are %zu)", key,
			    c->nlevel);
		c->slot[(size_t)v] = *slot;
		*slot += step;
		last = v;
	}
	return 0;
}

static int
one_hot_read(const struct cJSON *obj, struct rai_prep_col *c, struct rai_err *err)
{
	int32_t n = 0;
	size_t i;

	c->slot = malloc((c->nlevel + 1) * sizeof(*c->slot));
	if (c->slot == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < c->nlevel; i++)
		c->slot[i] = -1;
	if (slots_read(obj, "levels", c, &n, 1, err) != 0)
		return -1;
	if (rai_json_get(obj, "rare") == NULL)
		return 0;
	c->shared = n;
	return slots_read(obj, "rare", c, &n, 0, err);
}

/* nmean numbers after the at that stand there. */
static int
means_read(const struct cJSON *obj, const char *key, size_t nmean, size_t at,
    struct rai_prep_col *c, struct rai_err *err)
{
	double *v = NULL, *grown;

	if (numbers_read(obj, key, nmean, &v, err) != 0)
		return -1;
	grown = realloc(c->value, (at + nmean) * sizeof(*grown));
	if (grown == NULL) {
		free(v);
		return rai_fail_memory(err);
	}
	memcpy(grown + at, v, nmean * sizeof(*v));
	c->value = grown;
	free(v);
	return 0;
}

static int
values_read(const struct cJSON *obj, struct rai_prep_col *c, size_t nmean, struct rai_err *err)
{
	size_t n = c->nlevel * nmean;

	if (numbers_read(obj, "values", n, &c->value, err) != 0 ||
	    means_read(obj, "missing", nmean, n, c, err) != 0)
		return -1;
	return means_read(obj, "unseen", nmean, n + nmean, c, err);
}

static int
category_read(const struct cJSON *obj, struct rai_prep_col *c, size_t nmean, struct rai_err *err)
{
	const char *encode = NULL;
	int64_t fill = RAI_CODE_MISSING;
	size_t e;

	if (rai_json_str(obj, "encode", &encode, err) != 0 ||
	    rai_json_opt_int(obj, "fill_level", &fill, err) != 0)
		return -1;
	if (fill < RAI_CODE_MISSING || fill >= (int64_t)c->nlevel)
		return rai_fail(err, RAI_EINPUT, "\"fill_level\" must be the number of a level");
	c->fill_code = (int32_t)fill;
	for (e = RAI_ENCODE_LABEL; e <= RAI_ENCODE_NONE; e++)
		if (strcmp(encodings[e], encode) == 0)
			c->encode = (enum rai_encode)e;
	switch (c->encode) {
	case RAI_ENCODE_LABEL:
	case RAI_ENCODE_NATIVE:
	case RAI_ENCODE_NONE:
		return 0;
	case RAI_ENCODE_ONE_HOT:
		return one_hot_read(obj, c, err);
	case RAI_ENCODE_TARGET:
		return values_read(obj, c, nmean, err);
	default:
		return rai_fail(err, RAI_EINPUT,
		    "\"encode\" must be \"label\", \"one-hot\", \"target\", \"native\" or "
		    "\"none\"");
	}
}

static int
col_read(
    const struct cJSON *obj, const struct rai_prep *p, struct rai_prep_col *c, struct rai_err *err)
{
	const char *name = NULL;

	if (rai_json_kind(obj) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "must be an object");
	if (rai_json_str(obj, "name", &name, err) != 0)
		return -1;
	if (strcmp(name, c->name) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "\"name\" is \"%.100s\", the schema says \"%.100s\"", name, c->name);
	if (rai_json_opt_bool(obj, "indicator", &c->indicator, err) != 0)
		return -1;
	if (c->type == RAI_COL_CAT)
		return category_read(obj, c, p->nmean, err);
	if (p->native)
		c->fill = NAN;
	if ((p->native ? rai_json_opt_num : rai_json_num)(obj, "fill", &c->fill, err) != 0 ||
	    rai_json_opt_num(obj, "low", &c->low, err) != 0)
		return -1;
	return rai_json_opt_num(obj, "high", &c->high, err);
}

static int
scale_read(const struct cJSON *obj, struct rai_prep *p, struct rai_err *err)
{
	size_t j;

	if (rai_json_get(obj, "mean") == NULL && rai_json_get(obj, "sd") == NULL)
		return 0;
	if (numbers_read(obj, "mean", p->width, &p->mean, err) != 0 ||
	    numbers_read(obj, "sd", p->width, &p->sd, err) != 0)
		return -1;
	for (j = 0; j < p->width; j++)
		if (!(p->sd[j] > 0))
			return rai_fail(err, RAI_EINPUT, "\"sd\" must hold positive numbers");
	return 0;
}

int
rai_prep_read(const struct cJSON *obj, const struct rai_schema *schema, struct rai_prep **out,
    struct rai_err *err)
{
	const struct cJSON *columns = NULL, *item;
	struct rai_prep *p;
	size_t j = 0;

	if (rai_json_array(obj, "columns", &columns, err) != 0)
		return rai_wrap(err, "preparation");
	if (rai_json_count(columns) != schema->n)
		return rai_fail(err, RAI_EINPUT,
		    "preparation: %zu columns, where the schema has %zu", rai_json_count(columns),
		    schema->n);
	p = rai_prep_new(schema);
	if (p == NULL)
		return rai_fail_memory(err);
	if (rai_json_opt_bool(obj, "native", &p->native, err) != 0) {
		rai_wrap(err, "preparation");
		goto fail;
	}
	for (item = rai_json_first(columns); item != NULL; item = rai_json_next(item), j++)
		if (col_read(item, p, &p->col[j], err) != 0) {
			rai_wrap(err, "preparation: columns[%zu]", j);
			goto fail;
		}
	if (rai_prep_layout(p, schema, err) != 0)
		goto fail;
	if (scale_read(obj, p, err) != 0) {
		rai_wrap(err, "preparation");
		goto fail;
	}
	*out = p;
	return 0;
fail:
	rai_prep_free(p);
	return -1;
}

int
rai_prep_clone(const struct rai_prep *p, const struct rai_schema *schema, struct rai_prep **out,
    struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT((size_t)1 << 30);
	struct cJSON *j = NULL;
	struct rai_jw w;
	int rc = -1;

	rai_jw_init(&w, &text);
	rai_prep_write(p, &w, NULL);
	if (rai_buf_check(&text, "preparation", err) == 0 &&
	    (j = rai_json_parse(text.ptr, text.len, err)) != NULL)
		rc = rai_prep_read(j, schema, out, err);
	rai_json_free(j);
	rai_buf_free(&text);
	return rc;
}
