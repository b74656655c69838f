#include "table/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "table/infer.h"
#include "table/reader.h"
#include "table/rows.h"

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
		rc = rai_reader_next(r, &field, err);
		if (rc < 0)
			return -1;
		if (rc > 0)
			break;
		if (sample_add(s, r->width, field, rai_rows_line(r->rows), err) != 0)
			return -1;
	}
	rai_rows_pad(&s->text);
	for (i = 0; i < s->n * r->width; i++)
		s->field[i].p = s->text.ptr + s->at[i];
	return rai_buf_check(&s->text, "the first rows", err);
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
expected_rows(const struct sample *s, const struct rai_reader *r, size_t size)
{
	size_t row = (s->text.len + s->n * r->width) / s->n;

	return size / row + size / row / 32 + 1;
}

/* The sources of a table, read one after the other. */
struct sources {
	struct rai_source **source; /* n; those before next are open as rows */
	size_t n, next;
	struct rai_rows
	    *first; /* the columns of the first one count; NULL: it is the only one yet */
	struct rai_buf digests; /* of those whose end was read, one a line */
};

static void
add_digest(struct sources *in, const struct rai_reader *r)
{
	char digest[RAI_HASH_DIGEST];

	rai_source_digest(rai_rows_source(r->rows), digest);
	rai_buf_printf(&in->digests, "%s\n", digest);
}

/* Goes on to the next source, as the one before is at its end.  0; 1: there is none; -1. */
static int
next_source(struct sources *in, struct rai_reader *r, struct rai_err *err)
{
	struct rai_rows *rows;

	if (r->rows != NULL)
		add_digest(in, r);
	if (in->next == in->n)
		return 1;
	if (rai_rows_open(in->source[in->next++], r->opt->format, r->opt->separator, &rows, err) !=
	    0)
		return -1;
	if (r->rows == NULL) {
		r->rows = rows;
		return 0;
	}
	if (in->first == NULL)
		in->first = r->rows;
	else
		rai_rows_close(r->rows);
	r->rows = rows;
	return rai_rows_align(rows, in->first, err);
}

/* Bytes of all sources; 0: that of one is not known. */
static size_t
bytes(const struct sources *in, const struct rai_reader *r)
{
	size_t sum = rai_source_size(rai_rows_source(r->rows)), i;

	for (i = in->next; i < in->n && sum > 0; i++) {
		size_t size = rai_source_size(in->source[i]);

		sum = size > 0 && size < SIZE_MAX - sum ? sum + size : 0;
	}
	return sum;
}

/* The sample becomes types and rows. */
static int
take_sample(struct rai_reader *r, struct sample *s, size_t size, struct rai_err *err)
{
	size_t k;

	sample_types(s, r);
	r->expected = expected_rows(s, r, size);
	for (k = 0; k < s->n; k++)
		if (rai_reader_take(r, s->field + k * r->width, s->line[k], err) != 0)
			return -1;
	sample_release(s);
	memset(s, 0, sizeof(*s));
	rai_buf_init(&s->text, 0);
	return 0;
}

static int
read_all(struct rai_reader *r, struct sample *s, struct sources *in, struct rai_err *err)
{
	int rc;

	if (next_source(in, r, err) != 0 || rai_reader_roles(r, err) != 0)
		return -1;
	/* of a source without rows the next one is the sample */
	do
		rc = sample_read(s, r, err);
	while (rc == 0 && s->n == 0 && (rc = next_source(in, r, err)) == 0);
	if (rc > 0)
		return rai_fail(err, RAI_EINPUT, "%s: no rows after the header",
		    rai_source_name(rai_rows_source(r->rows)));
	if (rc < 0 || take_sample(r, s, bytes(in, r), err) != 0)
		return -1;
	do
		rc = r->opt->refused != NULL ? rai_reader_one_by_one(r, err)
					     : rai_reader_bulk(r, err);
	while (rc == 0 && (rc = next_source(in, r, err)) == 0);
	if (rc < 0 || rai_reader_check_refused(r, err) != 0)
		return -1;
	if (r->nrow == 0)
		return rai_fail(err, RAI_EINPUT,
		    "%s: no row is left: %zu read, %zu of them "
		    "without the target \"%.100s\"",
		    rai_source_name(rai_rows_source(r->rows)), r->counts.read, r->counts.no_target,
		    r->opt->target);
	return 0;
}

static int
keep_digests(
    const struct rai_table_options *opt, struct rai_source **source, size_t n, struct rai_err *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < n && rc == 0 && opt->digest == RAI_TABLE_DIGEST_SHA256; i++)
		rc = rai_source_keep_digest(source[i], err);
	return rc;
}

/* The digest of the table; digests has a line for each source. */
static int
table_digest(const struct sources *in, const struct rai_table_options *opt, struct rai_table *t,
    struct rai_err *err)
{
	if (opt->digest == RAI_TABLE_DIGEST_NONE)
		return 0;
	if (rai_buf_check(&in->digests, "digests", err) != 0)
		return -1;
	if (in->n > 1)
		return rai_hash_bytes(in->digests.ptr, in->digests.len, t->digest, err);
	memcpy(t->digest, in->digests.ptr, RAI_HASH_DIGEST - 1);
	return 0;
}

int
rai_table_from_all(struct rai_source **source, size_t n, const struct rai_table_options *opt,
    struct rai_table **out, struct rai_err *err)
{
	const struct rai_table_options none = {.target = NULL};
	struct rai_reader r = {.opt = opt == NULL ? &none : opt};
	struct rai_table *t = calloc(1, sizeof(*t));
	struct sources in = {.source = source, .n = n};
	struct sample s = {.n = 0};
	int rc = -1;

	rai_buf_init(&s.text, SAMPLE_BYTES + RAI_ROWS_MAX * 2);
	rai_buf_init(&in.digests, (n + 1) * RAI_HASH_DIGEST);
	if (t == NULL)
		rai_fail_memory(err);
	else if (keep_digests(r.opt, source, n, err) == 0 && read_all(&r, &s, &in, err) == 0 &&
		 table_digest(&in, r.opt, t, err) == 0)
		rc = rai_reader_finish(&r, t, err);
	if (rc == 0) {
		*out = t;
		t = NULL;
	}
	for (; in.next < n; in.next++)
		rai_source_close(source[in.next]);
	sample_release(&s);
	rai_reader_release(&r);
	rai_rows_close(in.first);
	rai_buf_free(&in.digests);
	rai_table_free(t);
	return rc;
}

int
rai_table_from(struct rai_source *source, const struct rai_table_options *opt,
    struct rai_table **out, struct rai_err *err)
{
	return rai_table_from_all(&source, 1, opt, out, err);
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
