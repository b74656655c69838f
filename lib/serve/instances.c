#include "serve/instances.h"

#include <stdlib.h>
#include <string.h>

/* A row by position, for columns that col names; NULL: those of the schema. */
static int
read_array(const struct rai_schema *s, const struct cJSON *item, const int *col, size_t ncol,
    size_t row, struct rai_serve_rows *r, struct rai_err *err)
{
	const struct cJSON *v = rai_json_first(item);
	size_t i, n = rai_json_count(item);

	if (n != ncol)
		return rai_fail(err, RAI_EINPUT, "%zu values, not %zu", n, ncol);
	for (i = 0; i < n; i++, v = rai_json_next(v))
		if ((col == NULL || col[i] >= 0) &&
		    rai_serve_rows_put(s, row, col == NULL ? i : (size_t)col[i], v, r, err) != 0)
			return -1;
	return 0;
}

/* A row of which members that the schema does not know are dropped; seen: by column, or NULL. */
static int
read_members(const struct rai_schema *s, const struct cJSON *item, unsigned char *seen,
    struct rai_serve_rows *r, struct rai_err *err)
{
	const struct cJSON *m;
	size_t next = 0;
	int col;

	if (rai_serve_rows_add(r, 1, err) != 0)
		return -1;
	for (m = rai_json_first(item); m != NULL; m = rai_json_next(m)) {
		if (rai_serve_rows_column(
			s, rai_json_key(m), next, RAI_EXTRA_DROPPED, r, &col, err) != 0)
			return -1;
		if (col < 0)
			continue;
		if (rai_serve_rows_put(s, r->n - 1, (size_t)col, m, r, err) != 0)
			return -1;
		if (seen != NULL)
			seen[col] = 1;
		next = (size_t)col + 1;
	}
	return 0;
}

static int
read_item(const struct rai_schema *s, const struct cJSON *item, enum rai_serve_extra extra,
    unsigned char *seen, struct rai_serve_rows *r, struct rai_err *err)
{
	switch (rai_json_kind(item)) {
	case RAI_JSON_ARRAY:
		memset(seen, 1, s->n);
		if (rai_serve_rows_add(r, 1, err) != 0)
			return -1;
		return read_array(s, item, NULL, s->n, r->n - 1, r, err);
	case RAI_JSON_OBJECT:
		if (extra == RAI_EXTRA_DROPPED)
			return read_members(s, item, seen, r, err);
		memset(seen, 1, s->n);
		return rai_serve_rows_json(s, item, r, err);
	default:
		r->unfit = 1;
		return rai_fail(err, RAI_EINPUT,
		    "must be an object of fields, or an array of %zu values", s->n);
	}
}

int
rai_serve_instances(const struct rai_schema *s, const struct cJSON *list,
    enum rai_serve_extra extra, struct rai_serve_rows *r, struct rai_err *err)
{
	unsigned char *seen = calloc(s->n + 1, 1);
	const struct cJSON *item;
	size_t n = 0;
	int rc = 0;

	if (seen == NULL)
		return rai_fail_memory(err);
	for (item = rai_json_first(list); item != NULL && rc == 0; item = rai_json_next(item)) {
		n++;
		rc = read_item(s, item, extra, seen, r, err);
		if (rc != 0)
			rai_wrap(err, "row %zu", n);
	}
	if (rc == 0 && n > 0) {
		memcpy(r->given, seen, s->n);
		rc = rai_serve_rows_complete(s, r, err);
	}
	free(seen);
	return rc;
}

/* Names to schema columns. */
static int
read_names(const struct rai_schema *s, const struct cJSON *names, struct rai_serve_rows *r,
    int *col, struct rai_err *err)
{
	const struct cJSON *name;
	size_t i = 0;

	memset(r->given, 0, s->n);
	for (name = rai_json_first(names); name != NULL; name = rai_json_next(name), i++) {
		if (rai_json_kind(name) != RAI_JSON_STR)
			return rai_fail(err, RAI_EINPUT, "\"columns\" must be names");
		if (rai_serve_rows_column(
			s, rai_json_as_str(name), i, RAI_EXTRA_DROPPED, r, &col[i], err) != 0)
			return -1;
	}
	return rai_serve_rows_complete(s, r, err);
}

static int
read_data(const struct rai_schema *s, const struct cJSON *data, const int *col, size_t ncol,
    struct rai_serve_rows *r, struct rai_err *err)
{
	const struct cJSON *item;
	size_t n = 0;

	for (item = rai_json_first(data); item != NULL; item = rai_json_next(item)) {
		n++;
		if (rai_json_kind(item) != RAI_JSON_ARRAY)
			return rai_fail(
			    err, RAI_EINPUT, "row %zu must be an array of %zu values", n, ncol);
		if (rai_serve_rows_add(r, 1, err) != 0)
			return -1;
		if (read_array(s, item, col, ncol, r->n - 1, r, err) != 0)
			return rai_wrap(err, "row %zu", n);
	}
	return 0;
}

int
rai_serve_split(const struct rai_schema *s, const struct cJSON *frame, struct rai_serve_rows *r,
    struct rai_err *err)
{
	const struct cJSON *names, *data;
	size_t ncol;
	int *col, rc = -1;

	if (rai_json_array(frame, "columns", &names, err) != 0 ||
	    rai_json_array(frame, "data", &data, err) != 0)
		return -1;
	ncol = rai_json_count(names);
	col = calloc(ncol + 1, sizeof(*col));
	if (col == NULL)
		return rai_fail_memory(err);
	if (read_names(s, names, r, col, err) == 0)
		rc = read_data(s, data, col, ncol, r, err);
	free(col);
	return rc;
}

static int
read_column(const struct rai_schema *s, const struct cJSON *values, size_t col,
    struct rai_serve_rows *r, struct rai_err *err)
{
	const struct cJSON *v;
	size_t i = 0;

	if (rai_json_kind(values) != RAI_JSON_ARRAY || rai_json_count(values) != r->n) {
		r->unfit = 1;
		return rai_fail(err, RAI_EINPUT, "\"%.60s\" must be an array of %zu values",
		    s->col[col].name, r->n);
	}
	for (v = rai_json_first(values); v != NULL; v = rai_json_next(v), i++)
		if (rai_serve_rows_put(s, i, col, v, r, err) != 0)
			return rai_wrap(err, "row %zu", i + 1);
	return 0;
}

int
rai_serve_columns(const struct rai_schema *s, const struct cJSON *frame, struct rai_serve_rows *r,
    struct rai_err *err)
{
	const struct cJSON *m;
	enum rai_json_kind first;
	size_t next = 0;
	int col;

	if (rai_json_kind(frame) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "must be an object of columns");
	first = rai_json_kind(rai_json_first(frame));
	if (first != RAI_JSON_ARRAY && first != RAI_JSON_NONE)
		return read_members(s, frame, NULL, r, err) == 0
			   ? rai_serve_rows_complete(s, r, err)
			   : -1;
	if (rai_serve_rows_add(r, rai_json_count(rai_json_first(frame)), err) != 0)
		return -1;
	for (m = rai_json_first(frame); m != NULL; m = rai_json_next(m)) {
		if (rai_serve_rows_column(
			s, rai_json_key(m), next, RAI_EXTRA_DROPPED, r, &col, err) != 0)
			return -1;
		if (col < 0)
			continue;
		if (read_column(s, m, (size_t)col, r, err) != 0)
			return -1;
		next = (size_t)col + 1;
	}
	return rai_serve_rows_complete(s, r, err);
}
