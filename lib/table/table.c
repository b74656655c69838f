#include "table/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "table/infer.h"
#include "table/reader.h"

#define SAMPLE_BYTES ((size_t)64 << 20) /* the sample ends early when its rows are this long */

/* The first rows, kept as text until the types are known. */
struct sample {
	struct rai_buf text;
	struct rai_field *field; /* RAI_ROWS_SAMPLE x width; p is NULL, at says where in text */
	size_t *at, *line, n;
};

static void
sample_release(struct sample *s)
{
	rai_buf_free(&s->text);
	free(s->field);
	free(s->at);
	free(s->line);
}

/* Room for rows rows. */
static int
sample_room(struct sample *s, size_t rows, size_t width, struct rai_err *err)
{
	struct rai_field *field;
	size_t *at, *line;

	field = realloc(s->field, rows * width * sizeof(*field));
	if (field == NULL)
		return rai_fail_memory(err);
	s->field = field;
	at = realloc(s->at, rows * width * sizeof(*at));
	if (at == NULL)
		return rai_fail_memory(err);
	s->at = at;
	line = realloc(s->line, rows * sizeof(*line));
	if (line == NULL)
		return rai_fail_memory(err);
	s->line = line;
	return 0;
}

static int
sample_add(
    struct sample *s, size_t width, const struct rai_field *field, size_t line, struct rai_err *err)
{
	size_t i;

	/* after 0, 1, 3, 7 ... rows: twice the room */
	if (((s->n + 1) & s->n) == 0 && sample_room(s, 2 * (s->n + 1), width, err) != 0)
		return -1;
	for (i = 0; i < width; i++) {
		s->at[s->n * width + i] = s->text.len;
		s->field[s->n * width + i].len = field[i].len;
		rai_buf_add(&s->text, field[i].p, field[i].len);
	}
	s->line[s->n++] = line;
	return rai_buf_check(&s->text, "the first rows", err);
}

/* Reads the sample.  0, or -1. */
static int
sample_read(struct sample *s, struct rai_reader *r, struct rai_err *err)
{
	const struct rai_field *field;
	size_t i, most = r->opt->sample > 0 ? r->opt->sample : RAI_ROWS_SAMPLE;
	int rc;

	while (s->n < most && s->text.len < SAMPLE_BYTES) {
		rc = rai_rows_next(r->rows, &field, err);
		if (rc < 0)
			return -1;
		if (rc > 0)
			break;
		if (sample_add(s, r->width, field, rai_rows_line(r->rows), err) != 0)
			return -1;
	}
	for (i = 0; i < s->n * r->width; i++)
		s->field[i].p = s->text.ptr + s->at[i];
	return 0;
}

static void
sample_types(const struct sample *s, struct rai_reader *r)
{
	size_t i, k;

	for (i = 0; i < r->width; i++) {
		struct rai_reader_col *c = &r->col[i];
		struct rai_tally tally = {0, 0, 0, 0, 0};

		if (c->declared || c->role == RAI_ROLE_NONE)
			continue;
		for (k = 0; k < s->n; k++)
			rai_tally_add(
			    &tally, s->field[k * r->width + i].p, s->field[k * r->width + i].len);
		c->open = rai_tally_type(&tally, &c->spec.type, &c->spec.day_first);
	}
}

/*
 * Room for the whole table at once, a little more than by its size: growing by halves would move
 * every column again and again.  Memory that is not written to costs nothing.
 */
static size_t
expected_rows(const struct sample *s, const struct rai_reader *r)
{
	size_t size = rai_source_size(rai_rows_source(r->rows));
	size_t row = (s->text.len + s->n * r->width) / s->n;

	return size / row + size / row / 32 + 1;
}

static int
read_all(struct rai_reader *r, struct sample *s, struct rai_err *err)
{
	size_t k;

	if (rai_reader_roles(r, err) != 0 || sample_read(s, r, err) != 0)
		return -1;
	if (s->n == 0)
		return rai_fail(err, RAI_EINPUT, "%s: no rows after the header",
		    rai_source_name(rai_rows_source(r->rows)));
	sample_types(s, r);
	r->expected = expected_rows(s, r);
	for (k = 0; k < s->n; k++)
		if (rai_reader_row(r, s->field + k * r->width, s->line[k], err) != 0)
			return -1;
	sample_release(s);
	memset(s, 0, sizeof(*s));
	rai_buf_init(&s->text, 0);
	if (rai_reader_bulk(r, err) != 0)
		return -1;
	if (r->nrow == 0)
		return rai_fail(err, RAI_EINPUT,
		    "%s: no row is left: %zu read, %zu of them "
		    "without the target \"%.100s\"",
		    rai_source_name(rai_rows_source(r->rows)), r->counts.read, r->counts.no_target,
		    r->opt->target);
	return 0;
}

int
rai_table_from(struct rai_source *source, const struct rai_table_options *opt,
    struct rai_table **out, struct rai_err *err)
{
	const struct rai_table_options none = {.target = NULL};
	struct rai_reader r = {.opt = opt == NULL ? &none : opt};
	struct rai_table *t = calloc(1, sizeof(*t));
	struct sample s = {.n = 0};
	int rc = -1;

	rai_buf_init(&s.text, SAMPLE_BYTES + RAI_ROWS_MAX * 2);
	if (t == NULL) {
		rai_source_close(source);
		return rai_fail_memory(err);
	}
	if (rai_rows_open(source, r.opt->format, r.opt->separator, &r.rows, err) != 0)
		goto out;
	if (read_all(&r, &s, err) != 0 || rai_reader_finish(&r, t, err) != 0)
		goto out;
	rai_source_digest(rai_rows_source(r.rows), t->digest);
	*out = t;
	t = NULL;
	rc = 0;
out:
	sample_release(&s);
	rai_reader_release(&r);
	rai_table_free(t);
	return rc;
}

int
rai_table_read(const char *source, const struct rai_table_options *opt, struct rai_table **out,
    struct rai_err *err)
{
	struct rai_source *s;

	if (rai_source_open(source, opt == NULL ? NULL : opt->command,
		opt == NULL ? 0 : opt->ncommand, &s, err) != 0)
		return -1;
	return rai_table_from(s, opt, out, err);
}

void
rai_table_free(struct rai_table *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; t->col != NULL && i < t->schema.n; i++) {
		free(t->col[i].num);
		free(t->col[i].code);
	}
	for (i = 0; i < t->aside.n; i++) {
		free(t->aside_col[i].num);
		free(t->aside_col[i].code);
	}
	free(t->col);
	free(t->aside_col);
	free(t->target);
	rai_schema_release(&t->schema);
	rai_schema_release(&t->aside);
	free(t);
}

int
rai_table_set_aside(struct rai_table *t, const char *name, struct rai_err *err)
{
	int at = rai_schema_find(&t->schema, name, strlen(name));
	size_t j = (size_t)at, n = t->aside.n;
	struct rai_col_spec *spec;
	struct rai_column *col;

	if (at < 0)
		return rai_fail(err, RAI_EINPUT, "no input column \"%.100s\"", name);
	spec = realloc(t->aside.col, (n + 1) * sizeof(*spec));
	if (spec == NULL)
		return rai_fail_memory(err);
	t->aside.col = spec;
	col = realloc(t->aside_col, (n + 1) * sizeof(*col));
	if (col == NULL)
		return rai_fail_memory(err);
	t->aside_col = col;
	spec[n] = t->schema.col[j];
	col[n] = t->col[j];
	t->aside.n++;
	t->schema.n--;
	memmove(t->schema.col + j, t->schema.col + j + 1, (t->schema.n - j) * sizeof(*spec));
	memmove(t->col + j, t->col + j + 1, (t->schema.n - j) * sizeof(*col));
	return 0;
}

const struct rai_column *
rai_table_column(const struct rai_table *t, const char *name, const struct rai_col_spec **spec)
{
	int i = rai_schema_find(&t->schema, name, strlen(name));
	int k = i < 0 ? rai_schema_find(&t->aside, name, strlen(name)) : -1;

	if (i < 0 && k < 0)
		return NULL;
	if (spec != NULL)
		*spec = i >= 0 ? &t->schema.col[i] : &t->aside.col[k];
	return i >= 0 ? &t->col[i] : &t->aside_col[k];
}

void
rai_table_cells(const struct rai_table *t, size_t row, struct rai_cell *cells)
{
	size_t j;

	for (j = 0; j < t->schema.n; j++) {
		cells[j].num = t->col[j].num == NULL ? NAN : t->col[j].num[row];
		cells[j].code = t->col[j].code == NULL ? RAI_CODE_MISSING : t->col[j].code[row];
	}
}

static int
complete(const struct rai_table *t, size_t row)
{
	size_t j;

	for (j = 0; j < t->schema.n; j++)
		if (t->col[j].num == NULL ? t->col[j].code[row] < 0 : isnan(t->col[j].num[row]))
			return 0;
	return 1;
}

size_t
rai_table_complete(const struct rai_table *t, size_t *rows, size_t n)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++)
		if (complete(t, rows[i]))
			rows[kept++] = rows[i];
	return kept;
}
