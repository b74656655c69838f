#include "drift/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

/*
 * {"rows": n, "accuracy": a, "features": [column ...], "target": column, "prediction": column,
 *  "error": column}
 * column: {"name", "kind": "numeric", "edges", "counts", "missing", "unseen", "quantiles",
 *          "min", "max"}  or  {"name", "kind": "categorical", "levels", "counts", ...}
 *
 * The quantiles are a text, "1 2.5 2.5 4": 8,000 numbers as members of arrays, which files of
 * before have, cost a server one to three milliseconds of its start.
 */
#define MAX_COLUMNS 10000
#define MAX_BINS 1000000
#define MAX_COUNT 9007199254740992.0 /* 2^53: whole numbers that a double holds */

static void
write_quantiles(struct rai_jw *w, const struct rai_profile_col *c)
{
	struct rai_buf text = RAI_BUF_INIT(SIZE_MAX / 2);
	char number[RAI_NUM_TEXT];
	size_t i;

	for (i = 0; i < c->nquantile; i++) {
		if (i > 0)
			rai_buf_char(&text, ' ');
		rai_buf_add(&text, number, (size_t)rai_num_format(c->quantile[i], number));
	}
	if (text.bad)
		w->out->bad = 1;
	rai_jw_str(w, "quantiles", text.ptr);
	rai_buf_free(&text);
}

static void
write_column(struct rai_jw *w, const char *key, const struct rai_profile_col *c)
{
	size_t i;

	if (c->name == NULL) {
		rai_jw_null(w, key);
		return;
	}
	rai_jw_object(w, key);
	rai_jw_str(w, "name", c->name);
	rai_jw_str(w, "kind", c->kind == RAI_PROFILE_NUM ? "numeric" : "categorical");
	if (c->kind == RAI_PROFILE_CAT) {
		rai_jw_array(w, "levels");
		for (i = 0; i < c->nbin; i++)
			rai_jw_str(w, NULL, c->level[i]);
		rai_jw_end(w);
	} else
		rai_jw_nums(w, "edges", c->edge, c->nbin > 0 ? c->nbin - 1 : 0);
	rai_jw_array(w, "counts");
	for (i = 0; i < c->nbin; i++)
		rai_jw_int(w, NULL, c->count[i]);
	rai_jw_end(w);
	rai_jw_int(w, "missing", c->missing);
	rai_jw_int(w, "unseen", c->unseen);
	if (c->kind == RAI_PROFILE_NUM) {
		write_quantiles(w, c);
		rai_jw_num(w, "min", c->min);
		rai_jw_num(w, "max", c->max);
	}
	rai_jw_end(w);
}

void
rai_profile_write(const struct rai_profile *p, struct rai_jw *w, const char *key)
{
	size_t i;

	rai_jw_object(w, key);
	rai_jw_int(w, "rows", p->rows);
	if (p->pairs > 0) {
		rai_jw_int(w, "twins", p->twins);
		rai_jw_int(w, "pairs", p->pairs);
	}
	rai_jw_num(w, "accuracy", p->accuracy);
	rai_jw_array(w, "features");
	for (i = 0; i < p->n; i++)
		write_column(w, NULL, &p->col[i]);
	rai_jw_end(w);
	write_column(w, "target", &p->target);
	write_column(w, "prediction", &p->prediction);
	write_column(w, "error", &p->error);
	rai_jw_end(w);
}

static int
read_counts(const struct cJSON *obj, struct rai_profile_col *c, int64_t *sum, struct rai_err *err)
{
	double *v, total;
	size_t n, i;

	if (rai_json_int(obj, "missing", &c->missing, err) != 0 ||
	    rai_json_int(obj, "unseen", &c->unseen, err) != 0 ||
	    rai_json_nums(obj, "counts", MAX_BINS, &v, &n, err) != 0)
		return -1;
	c->count = malloc((n + 1) * sizeof(*c->count));
	if (c->count == NULL) {
		free(v);
		return rai_fail_memory(err);
	}
	*sum = 0;
	total = (double)c->missing + (double)c->unseen;
	for (i = 0; i < n && v[i] >= 0 && v[i] == floor(v[i]); i++) {
		if ((total += v[i]) > MAX_COUNT)
			break;
		c->count[i] = (int64_t)v[i];
		*sum += c->count[i];
	}
	free(v);
	if (i < n || c->missing < 0 || c->unseen < 0 || total > MAX_COUNT)
		return rai_fail(
		    err, RAI_EINPUT, "\"counts\" must hold whole numbers from 0, together < 2^53");
	c->nbin = n;
	return 0;
}

static int
check_sorted(const double *v, size_t n, int ties, const char *key, struct rai_err *err)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (ties ? v[i] < v[i - 1] : v[i] <= v[i - 1])
			return rai_fail(err, RAI_EINPUT, "\"%s\" must increase", key);
	return 0;
}

/* *out, which the caller frees, from a text; n: how many there are. */
static int
read_numbers(const char *text, double **out, size_t *n, struct rai_err *err)
{
	double *v = malloc((strlen(text) / 2 + 1) * sizeof(*v));
	size_t count = 0, k = 0;
	const char *p;

	if (v == NULL)
		return rai_fail_memory(err);
	for (p = text; *text != '\0'; p += k + 1) {
		k = strcspn(p, " ");
		if (count == MAX_BINS || rai_num_double(p, k, &v[count++]) != 0) {
			free(v);
			return rai_fail(err, RAI_EINPUT,
			    "\"quantiles\" must be at most %d numbers, one blank between two",
			    MAX_BINS);
		}
		if (p[k] == '\0')
			break;
	}
	*out = v;
	*n = count;
	return 0;
}

static int
read_quantiles(const struct cJSON *obj, struct rai_profile_col *c, struct rai_err *err)
{
	const struct cJSON *j = rai_json_get(obj, "quantiles");

	return rai_json_kind(j) == RAI_JSON_STR
		   ? read_numbers(rai_json_as_str(j), &c->quantile, &c->nquantile, err)
		   : rai_json_nums(obj, "quantiles", MAX_BINS, &c->quantile, &c->nquantile, err);
}

static int
read_numeric(
    const struct cJSON *obj, struct rai_profile_col *c, int64_t values, struct rai_err *err)
{
	size_t nedge;

	if (rai_json_nums(obj, "edges", MAX_BINS, &c->edge, &nedge, err) != 0 ||
	    read_quantiles(obj, c, err) != 0 || rai_json_opt_num(obj, "min", &c->min, err) != 0 ||
	    rai_json_opt_num(obj, "max", &c->max, err) != 0 ||
	    check_sorted(c->edge, nedge, 0, "edges", err) != 0 ||
	    check_sorted(c->quantile, c->nquantile, 1, "quantiles", err) != 0)
		return -1;
	if (nedge + 1 != c->nbin)
		return rai_fail(
		    err, RAI_EINPUT, "%zu edges make %zu bins, not %zu", nedge, nedge + 1, c->nbin);
	if ((values > 0) != (c->nquantile > 0) || (values > 0) != (c->min <= c->max) ||
	    (values > 0 && (c->quantile[0] < c->min || c->quantile[c->nquantile - 1] > c->max)))
		return rai_fail(
		    err, RAI_EINPUT, "\"counts\", \"quantiles\", \"min\" and \"max\" disagree");
	return 0;
}

static int
read_levels(const struct cJSON *obj, struct rai_profile_col *c, struct rai_err *err)
{
	const struct cJSON *array, *item;
	size_t i = 0;

	if (rai_json_array(obj, "levels", &array, err) != 0)
		return -1;
	if (rai_json_count(array) != c->nbin)
		return rai_fail(err, RAI_EINPUT, "\"levels\" and \"counts\" differ in length");
	c->level = calloc(c->nbin + 1, sizeof(*c->level));
	if (c->level == NULL)
		return rai_fail_memory(err);
	for (item = rai_json_first(array); item != NULL; item = rai_json_next(item)) {
		if (rai_json_kind(item) != RAI_JSON_STR)
			return rai_fail(err, RAI_EINPUT, "\"levels\" must hold strings only");
		if ((c->level[i++] = strdup(rai_json_as_str(item))) == NULL)
			return rai_fail_memory(err);
	}
	return 0;
}

static int
read_column(const struct cJSON *obj, struct rai_profile_col *c, struct rai_err *err)
{
	const char *name, *kind;
	int64_t values = 0;

	c->min = c->max = NAN;
	if (rai_json_kind(obj) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "a column must be an object");
	if (rai_json_str(obj, "name", &name, err) != 0)
		return -1;
	if ((c->name = strdup(name)) == NULL)
		return rai_fail_memory(err);
	if (rai_json_str(obj, "kind", &kind, err) != 0 || read_counts(obj, c, &values, err) != 0)
		return rai_wrap(err, "column \"%.60s\"", name);
	c->kind = strcmp(kind, "numeric") == 0 ? RAI_PROFILE_NUM : RAI_PROFILE_CAT;
	if (c->kind == RAI_PROFILE_CAT && strcmp(kind, "categorical") != 0)
		return rai_fail(err, RAI_EINPUT,
		    "column \"%.60s\": kind is \"%.20s\", not numeric or categorical", name, kind);
	if ((c->kind == RAI_PROFILE_NUM ? read_numeric(obj, c, values, err)
					: read_levels(obj, c, err)) != 0)
		return rai_wrap(err, "column \"%.60s\"", name);
	return 0;
}

static int
read_optional(
    const struct cJSON *obj, const char *key, struct rai_profile_col *c, struct rai_err *err)
{
	const struct cJSON *col = rai_json_get(obj, key);

	if (col == NULL || rai_json_kind(col) == RAI_JSON_NULL)
		return 0;
	return read_column(col, c, err);
}

static int
read_profile(const struct cJSON *obj, struct rai_profile *out, struct rai_err *err)
{
	const struct cJSON *features, *item;

	if (rai_json_int(obj, "rows", &out->rows, err) != 0 ||
	    rai_json_opt_num(obj, "accuracy", &out->accuracy, err) != 0 ||
	    rai_json_array(obj, "features", &features, err) != 0)
		return -1;
	if (rai_json_get(obj, "pairs") != NULL &&
	    (rai_json_int(obj, "pairs", &out->pairs, err) != 0 ||
		rai_json_int(obj, "twins", &out->twins, err) != 0))
		return -1;
	if (out->twins < 0 || out->pairs < out->twins)
		return rai_fail(err, RAI_EINPUT, "\"twins\" must be from 0 to \"pairs\"");
	if (out->rows < 0)
		return rai_fail(err, RAI_EINPUT, "\"rows\" must be 0 or more");
	if (rai_json_count(features) > MAX_COLUMNS)
		return rai_fail(err, RAI_EINPUT, "more than %d columns", MAX_COLUMNS);
	out->col = calloc(rai_json_count(features) + 1, sizeof(*out->col));
	if (out->col == NULL)
		return rai_fail_memory(err);
	for (item = rai_json_first(features); item != NULL; item = rai_json_next(item))
		if (read_column(item, &out->col[out->n++], err) != 0)
			return -1;
	return read_optional(obj, "target", &out->target, err) != 0 ||
		       read_optional(obj, "prediction", &out->prediction, err) != 0 ||
		       read_optional(obj, "error", &out->error, err) != 0
		   ? -1
		   : 0;
}

int
rai_profile_read(const struct cJSON *obj, struct rai_profile *out, struct rai_err *err)
{
	memset(out, 0, sizeof(*out));
	out->accuracy = NAN;
	if (rai_json_kind(obj) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "reference profile: must be an object");
	if (read_profile(obj, out, err) != 0) {
		rai_profile_release(out);
		return rai_wrap(err, "reference profile");
	}
	return 0;
}
