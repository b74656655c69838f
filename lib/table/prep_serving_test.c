#include "table/prep.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"

/*
 * The property: what training does to a row, serving does to its text, bit for bit, also with a
 * preparation that was written and read back.  Tables, options and views are random.
 */
enum { ROUNDS = 150 };

/* A cell of each kind of column; level texts hold what CSV must quote and other scripts. */
static void
add_cell(struct rai_buf *csv, struct rai_rng *r, size_t kind, size_t row)
{
	static const char *const word[] = {
	    "h", "u", "\"a, b\"", "\"say \"\"x\"\"\"", "Zürich", "東京", "🏠", "é", " e", "=1"};
	int missing = rai_rng_below(r, 6) == 0;

	if (kind == 0 && !missing)
		rai_buf_printf(csv, "%.17g", (rai_rng_unit(r) - 0.5) * (row % 40 == 0 ? 1e9 : 50));
	else if (kind == 1 && !missing)
		rai_buf_printf(csv, "%d", (int)rai_rng_below(r, 4));
	else if (kind == 2)
		rai_buf_str(csv, "7"); /* constant */
	else if (kind == 3 && !missing)
		rai_buf_str(csv, word[rai_rng_below(r, 10)]);
	else if (kind == 4 && !missing)
		rai_buf_printf(csv, "level %d", (int)rai_rng_below(r, 60));
	else if (kind == 5)
		rai_buf_printf(csv, "row %zu", row); /* another one in each row */
	else if (kind == 6 && !missing)
		rai_buf_printf(csv, "%04d-%02d-%02d", 1960 + (int)rai_rng_below(r, 80),
		    1 + (int)rai_rng_below(r, 12), 1 + (int)rai_rng_below(r, 28));
	else if (kind == 7)
		rai_buf_str(csv, "same");
	/* 8, and what is missing: empty */
}

enum { KINDS = 9 };

/* width columns c0, c1 ... of kinds that follow each other, and the target. */
static void
make_csv(struct rai_buf *csv, struct rai_rng *r, size_t rows, size_t width)
{
	size_t i, j;

	for (j = 0; j < width; j++)
		rai_buf_printf(csv, "c%zu,", j);
	rai_buf_str(csv, "y\n");
	for (i = 0; i < rows; i++) {
		for (j = 0; j < width; j++) {
			add_cell(csv, r, j % KINDS, i);
			rai_buf_char(csv, ',');
		}
		rai_buf_printf(csv, "%d\n", (int)rai_rng_below(r, 1000));
	}
}

static struct rai_table *
table_from(const struct rai_buf *csv)
{
	/* c8 is always empty: a category here, a number where c17 is */
	const char *const category[] = {"c8"};
	const struct rai_table_options o = {.target = "y",
	    .category = category,
	    .ncategory = strstr(csv->ptr, "c8,") != NULL,
	    .duplicates = RAI_DUPLICATES_KEEP};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_source *s = NULL;
	struct rai_table *t = NULL;

	if (rai_source_memory("rows.csv", csv->ptr, csv->len, &s, &err) != 0 ||
	    rai_table_from(s, &o, &t, &err) != 0)
		printf("# %s\n", err.msg);
	return t;
}

/* The cells of a row from its text, as serving makes them; to: the schema's column of each field.
 */
static int
cells_from_text(const struct rai_schema *s, const int *to, const struct rai_field *field, size_t n,
    struct rai_cell *cells)
{
	size_t i;
	int bad = 0;

	for (i = 0; i < n; i++)
		if (to[i] >= 0)
			bad |= rai_schema_text(
			    &s->col[to[i]], field[i].p, field[i].len, &cells[to[i]], NULL);
	return bad;
}

static int *
places(const struct rai_schema *s, const struct rai_rows *names)
{
	size_t n = rai_rows_width(names), i;
	int *to = calloc(n + 1, sizeof(*to));

	for (i = 0; i < n; i++) {
		const char *name = rai_rows_column(names, i);

		to[i] = rai_schema_find(s, name, strlen(name));
	}
	return to;
}

/* How many values differ between the matrix and the rows' text; also NaN outside native views. */
static size_t
differences(const struct rai_buf *csv, const struct rai_table *t, const size_t *rows,
    const struct rai_prep *p, int native)
{
	size_t i, j, width = rai_prep_width(p), wrong = 0;
	double *x = malloc(t->nrow * width * sizeof(*x)), *row = malloc(width * sizeof(*row));
	struct rai_cell *cells = calloc(t->schema.n, sizeof(*cells));
	const struct rai_field *field;
	struct rai_source *s = NULL;
	struct rai_rows *r = NULL;
	int *to;

	rai_source_memory("again", csv->ptr, csv->len, &s, NULL);
	rai_rows_open(s, RAI_FORMAT_CSV, 0, &r, NULL);
	to = places(&t->schema, r);
	rai_prep_matrix(p, t, rows, t->nrow, x);
	for (i = 0; rai_rows_next(r, &field, NULL) == 0; i++) {
		wrong += cells_from_text(&t->schema, to, field, rai_rows_width(r), cells) != 0;
		rai_prep_row(p, cells, row);
		for (j = 0; j < width; j++)
			wrong += memcmp(&row[j], &x[j * t->nrow + i], sizeof(double)) != 0 ||
				 (isnan(row[j]) && !native);
	}
	wrong += i != t->nrow;
	rai_rows_close(r);
	free(to);
	free(cells);
	free(x);
	free(row);
	return wrong;
}

/* Random, but never one-hot of a column with too many levels. */
static struct rai_prep_options
random_options(struct rai_rng *r, struct rai_prep_encode *encode, struct rai_prep_fill *fill)
{
	struct rai_prep_options o = {.fill = (enum rai_fill)rai_rng_below(r, 3),
	    .constant = "2.5",
	    .encode = (enum rai_encode)rai_rng_below(r, RAI_ENCODE_TARGET + 1),
	    .column = encode,
	    .ncolumn = rai_rng_below(r, 3),
	    .impute = fill,
	    .nimpute = rai_rng_below(r, 4),
	    .clip_iqr = (double)rai_rng_below(r, 3),
	    .smooth = (double)rai_rng_below(r, 3),
	    .rare = (double)rai_rng_below(r, 9),
	    .indicator = (int)rai_rng_below(r, 2),
	    .view = (enum rai_view)rai_rng_below(r, RAI_VIEWS),
	    .seed = rai_rng_u64(r)};

	encode[0] = (struct rai_prep_encode){
	    "c4", (enum rai_encode)rai_rng_below(r, RAI_ENCODE_TARGET + 1)};
	encode[1] = (struct rai_prep_encode){
	    "c5", (enum rai_encode)rai_rng_below(r, RAI_ENCODE_TARGET + 1)};
	fill[0] = (struct rai_prep_fill){"c3", RAI_FILL_CONSTANT, "h"};
	fill[1] = (struct rai_prep_fill){"c0", RAI_FILL_CONSTANT, "-3"};
	fill[2] = (struct rai_prep_fill){"c6", RAI_FILL_CONSTANT, "2001-02-03"};
	return o;
}

static struct rai_prep *
written_and_read(const struct rai_prep *p, const struct rai_schema *s)
{
	struct rai_buf a = RAI_BUF_INIT(16 << 20), b = a;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_prep *q = NULL;
	struct cJSON *j;
	struct rai_jw w;

	rai_jw_init(&w, &a);
	rai_prep_write(p, &w, NULL);
	j = rai_json_parse(a.ptr, a.len, NULL);
	if (rai_prep_read(j, s, &q, &err) != 0)
		printf("# %s\n", err.msg);
	rai_json_free(j);
	if (q != NULL) {
		rai_jw_init(&w, &b);
		rai_prep_write(q, &w, NULL);
		if (strcmp(a.ptr, b.ptr) != 0) {
			rai_prep_free(q);
			q = NULL;
		}
	}
	rai_buf_free(&a);
	rai_buf_free(&b);
	return q;
}

/* Features have names, columns and, where they are no means of the target, the served value. */
static size_t
training_differs(const struct rai_table *t, const size_t *rows, size_t n, const struct rai_prep *p,
    const struct rai_prep_options *o)
{
	size_t width = rai_prep_width(p), j, wrong = 0, moved = 0;
	double *a = malloc(n * width * sizeof(*a)), *b = malloc(n * width * sizeof(*b)),
	       *c = malloc((n + 1) * sizeof(*c));

	wrong += rai_prep_training_matrix(p, t, rows, n, t->target, o, a, NULL) != 0;
	rai_prep_matrix(p, t, rows, n, b);
	for (j = 0; j < width; j++) /* one by one they are the same */
		wrong += rai_prep_training_feature(p, t, rows, n, t->target, o, j, c, NULL) != 0 ||
			 memcmp(c, a + j * n, n * sizeof(*c)) != 0;
	for (j = 0; j < width; j++) {
		const char *name = rai_prep_feature(p, j);
		size_t from = rai_prep_origin(p, j);

		wrong += from >= t->schema.n || strncmp(name, t->schema.col[from].name,
						    strlen(t->schema.col[from].name)) != 0;
		if (memcmp(a + j * n, b + j * n, n * sizeof(*a)) == 0)
			continue;
		moved++; /* means of the target alone, which stand under the plain name */
		wrong += t->schema.col[from].type != RAI_COL_CAT ||
			 strcmp(name, t->schema.col[from].name) != 0;
	}
	if (o->encode == RAI_ENCODE_LABEL && o->ncolumn == 0)
		wrong += moved;
	free(a);
	free(b);
	free(c);
	return wrong;
}

static void
test_serving__same_bits(void)
{
	struct rai_rng r = rai_rng_new(1, 0);
	struct rai_prep_encode encode[2];
	struct rai_prep_fill fill[3];
	size_t i, k, wrong = 0, reread = 0, training = 0, failed = 0;

	for (k = 0; k < ROUNDS; k++) {
		size_t n = 40 + rai_rng_below(&r, 300), train = n / 2;
		const struct rai_prep_options o = random_options(&r, encode, fill);
		struct rai_buf csv = RAI_BUF_INIT(1 << 20);
		size_t *rows = calloc(n, sizeof(*rows));
		struct rai_prep *p = NULL, *q;
		struct rai_err err = RAI_ERR_INIT;
		struct rai_table *t;

		make_csv(&csv, &r, n, KINDS + rai_rng_below(&r, 2 * KINDS));
		t = table_from(&csv);
		for (i = 0; i < n; i++)
			rows[i] = i;
		if (rai_prep_fit(t, rows, train, t->target, &o, &p, &err) != 0) {
			printf("# %s\n", err.msg);
			failed++;
		} else {
			wrong += differences(&csv, t, rows, p, o.view == RAI_VIEW_NATIVE);
			training += training_differs(t, rows, train, p, &o);
			q = written_and_read(p, &t->schema);
			reread += q == NULL ||
				  differences(&csv, t, rows, q, o.view == RAI_VIEW_NATIVE) > 0;
			rai_prep_free(q);
			rai_prep_free(p);
		}
		rai_table_free(t);
		rai_buf_free(&csv);
		free(rows);
	}
	is_int(failed, 0, "every table can be prepared in every way");
	is_int(wrong, 0, "the matrix is what serving makes of the text");
	is_int(reread, 0, "also after writing and reading, which give the same text");
	is_int(training, 0, "rows in training differ in the means of the target alone");
}

static void
test_serving__wide(void)
{
	struct rai_rng r = rai_rng_new(2, 0);
	struct rai_buf csv = RAI_BUF_INIT(16 << 20);
	const struct rai_prep_options o = {.indicator = 1, .view = RAI_VIEW_STANDARD};
	size_t rows[30], i;
	struct rai_prep *p = NULL, *q;
	struct rai_table *t;

	make_csv(&csv, &r, 30, 10000);
	t = table_from(&csv);
	for (i = 0; i < 30; i++)
		rows[i] = i;
	ok(rai_prep_fit(t, rows, 30, t->target, &o, &p, NULL) == 0, "10,000 columns");
	is_int(differences(&csv, t, rows, p, 0), 0, "are served as they were trained");
	q = written_and_read(p, &t->schema);
	ok(q != NULL && differences(&csv, t, rows, q, 0) == 0, "also when read back");
	rai_prep_free(p);
	rai_prep_free(q);
	rai_table_free(t);
	rai_buf_free(&csv);
}

/* 100,000 levels in one column, each twice: chosen, fitted and encoded. */
static void
test_serving__many_levels(void)
{
	enum { N = 200000 };
	struct rai_buf csv = RAI_BUF_INIT(16 << 20);
	const struct rai_prep_options o = {.rare = 1};
	size_t *rows = calloc(N, sizeof(*rows)), i, wrong = 0;
	struct rai_prep *p = NULL;
	struct rai_table *t;
	double *x;

	rai_buf_str(&csv, "i,k,y\n");
	for (i = 0; i < N; i++) {
		rows[i] = i;
		rai_buf_printf(&csv, "%zu,k%zu,%zu\n", i, i % (N / 2), i % (N / 2));
	}
	t = table_from(&csv);
	ok(rai_prep_fit(t, rows, N, t->target, &o, &p, NULL) == 0, "fitted");
	is_int(rai_prep_width(p), 2, "a number and a mean");
	x = malloc(2 * N * sizeof(*x));
	ok(rai_prep_training_matrix(p, t, rows, N, t->target, &o, x, NULL) == 0, "encoded");
	for (i = 0; i < N; i++)
		wrong += !isfinite(x[i]) || !isfinite(x[N + i]);
	is_int(wrong, 0, "all of them");
	free(x);
	free(rows);
	rai_prep_free(p);
	rai_table_free(t);
	rai_buf_free(&csv);
}

int
main(void)
{
	test_serving__same_bits();
	test_serving__wide();
	test_serving__many_levels();
	return tap_done();
}
