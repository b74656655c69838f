#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "model/external.h"
#include "table/each.h"
#include "tool.h"

#define BATCH 256                 /* rows predicted at once, when they are not very wide */
#define NUMBERS ((size_t)1 << 16) /* features of a batch */
#define TEXT ((size_t)1 << 30)    /* bytes that one piece of rows may become */

/* One piece of rows on its way: what a thread needs, kept from piece to piece. */
struct lane {
	struct rai_cell *cells; /* one row */
	double *x, *y;          /* features and predictions of a batch */
	struct rai_buf text;    /* the predictions of the piece */
};

/* Rows in, predictions out. */
struct predict {
	const struct rai_model *m;
	struct rai_rows *rows;
	size_t *field;     /* per model column: index of the field */
	int probabilities; /* of classes: all of them instead of the most probable class */
	size_t batch;
	struct lane *lane; /* nlane */
	size_t nlane;
};

static int
parse_format(const char *name, enum rai_format *out, struct rai_err *err)
{
	if (name == NULL || strcmp(name, "auto") == 0)
		*out = RAI_FORMAT_AUTO;
	else if (strcmp(name, "csv") == 0)
		*out = RAI_FORMAT_CSV;
	else if (strcmp(name, "jsonl") == 0)
		*out = RAI_FORMAT_JSONL;
	else
		return rai_fail(
		    err, RAI_EINPUT, "--format: \"%.40s\" is not csv, jsonl or auto", name);
	return 0;
}

/* Every input must be there: a forgotten column is not the same as one without values. */
static int
find_fields(struct predict *p, struct rai_err *err)
{
	const struct rai_schema *s = rai_model_schema(p->m);
	size_t i, j;

	p->field = calloc(s->n + 1, sizeof(*p->field));
	if (p->field == NULL)
		return rai_fail_memory(err);
	for (j = 0; j < s->n; j++) {
		for (i = 0; i < rai_rows_width(p->rows); i++)
			if (strcmp(rai_rows_column(p->rows, i), s->col[j].name) == 0)
				break;
		if (i == rai_rows_width(p->rows))
			return rai_fail(err, RAI_EINPUT,
			    "%s: no column \"%.64s\", which the model needs (empty fields would "
			    "do)",
			    rai_source_name(rai_rows_source(p->rows)), s->col[j].name);
		p->field[j] = i;
	}
	return 0;
}

static int
add_lanes(void *ctx, size_t n, struct rai_err *err)
{
	struct predict *p = ctx;
	size_t width = rai_prep_width(rai_model_pipeline(p->m)->prep);
	struct lane *l;

	if (n <= p->nlane)
		return 0;
	l = realloc(p->lane, n * sizeof(*l));
	if (l == NULL)
		return rai_fail_memory(err);
	p->lane = l;
	while (p->nlane < n) {
		l = &p->lane[p->nlane++];
		memset(l, 0, sizeof(*l));
		rai_buf_init(&l->text, TEXT);
		l->cells = calloc(rai_model_schema(p->m)->n + 1, sizeof(*l->cells));
		l->x = calloc(p->batch * (width + 1), sizeof(*l->x));
		l->y = calloc(p->batch * rai_model_outputs(p->m), sizeof(*l->y));
		if (l->cells == NULL || l->x == NULL || l->y == NULL)
			return rai_fail_memory(err);
	}
	return 0;
}

static void
add_numbers(struct rai_buf *out, const double *v, size_t n)
{
	char text[RAI_NUM_TEXT];
	size_t k;
	int len;

	for (k = 0; k < n; k++) {
		len = rai_num_format(v[k], text);
		text[len] = k + 1 < n ? ',' : '\n';
		rai_buf_add(out, text, (size_t)len + 1);
	}
}

/* The most probable class, the first of equals. */
static void
add_class(struct rai_buf *out, const struct rai_schema *s, const double *v)
{
	rai_buf_str(out, s->target.level[rai_metric_class(v, s->target.nlevel)]);
	rai_buf_char(out, '\n');
}

/* The n rows of a batch become text. */
static void
finish_batch(const struct predict *p, struct lane *l, size_t n)
{
	size_t i, outputs = rai_model_outputs(p->m);
	int class = rai_model_classes(p->m) > 0 && !p->probabilities;

	rai_pipeline_finish(rai_model_pipeline(p->m), l->x, n, l->y);
	for (i = 0; i < n; i++)
		if (class)
			add_class(&l->text, rai_model_schema(p->m), l->y + i * outputs);
		else
			add_numbers(&l->text, l->y + i * outputs, outputs);
}

/* One row of fields into row i of the batch. */
static int
prepare_row(const struct predict *p, struct lane *l, const struct rai_field *field, size_t i,
    struct rai_err *err)
{
	const struct rai_schema *s = rai_model_schema(p->m);
	const struct rai_prep *prep = rai_model_pipeline(p->m)->prep;
	size_t j;

	for (j = 0; j < s->n; j++) {
		const struct rai_field *f = &field[p->field[j]];

		if (s->col[j].type == RAI_COL_NUM &&
		    rai_num_double_in(f->p, f->len, &l->cells[j].num) == 0)
			continue;
		if (rai_schema_text(&s->col[j], f->p, f->len, &l->cells[j], err) != 0)
			return -1;
	}
	rai_prep_row(prep, l->cells, l->x + i * rai_prep_width(prep));
	return 0;
}

static int
predict_rows(const struct predict *p, struct lane *l, struct rai_rows *rows, struct rai_err *err)
{
	const struct rai_field *field;
	size_t n = 0;
	int rc;

	rai_buf_clear(&l->text);
	while ((rc = rai_rows_next(rows, &field, err)) == 0) {
		if (prepare_row(p, l, field, n, err) != 0)
			return rai_wrap(err, "%s:%zu", rai_source_name(rai_rows_source(rows)),
			    rai_rows_line(rows));
		if (++n == p->batch) {
			finish_batch(p, l, n);
			n = 0;
		}
	}
	if (rc < 0)
		return -1;
	finish_batch(p, l, n);
	if (rai_fitted_check(&rai_model_pipeline(p->m)->fitted, err) != 0)
		return -1;
	return rai_buf_check(&l->text, "predictions", err);
}

static int
predict_piece(void *ctx, struct rai_rows *rows, size_t i)
{
	struct predict *p = ctx;

	return predict_rows(p, &p->lane[i], rows, NULL);
}

/* A piece that failed, for its message. */
static int
predict_again(void *ctx, struct rai_rows *rows, struct rai_err *err)
{
	struct predict *p = ctx;

	return predict_rows(p, &p->lane[0], rows, err) != 0 ? -1
							    : rai_cli_emit(&p->lane[0].text, err);
}

static int
write_pieces(
    void *ctx, struct rai_team *team, size_t first, size_t end, size_t *taken, struct rai_err *err)
{
	struct predict *p = ctx;

	(void)team;
	for (; first < end; first++)
		if (rai_cli_emit(&p->lane[first].text, err) != 0)
			return -1;
	*taken = end;
	return 0;
}

static void
release(struct predict *p)
{
	size_t i;

	for (i = 0; i < p->nlane; i++) {
		free(p->lane[i].cells);
		free(p->lane[i].x);
		free(p->lane[i].y);
		rai_buf_free(&p->lane[i].text);
	}
	free(p->lane);
	free(p->field);
	rai_rows_close(p->rows);
}

int
run_predict(const struct options *o, struct rai_err *err)
{
	struct predict p = {.probabilities = o->probabilities};
	const struct rai_each each = {&p, o->threads > 0 ? (size_t)o->threads : 0, 0, add_lanes,
	    predict_piece, write_pieces, predict_again};
	struct rai_source *source = NULL;
	struct rai_model *m = NULL;
	const char *shell[3];
	enum rai_format format = RAI_FORMAT_AUTO;
	char separator = '\0';
	int rc = -1;

	if (parse_format(o->format, &format, err) != 0 ||
	    data_separator(o->separator, &separator, err) != 0 ||
	    rai_model_open_asking(o->predict, shell, external_words(o, shell), &m, err) != 0)
		goto out;
	p.m = m;
	p.batch = NUMBERS / (rai_prep_width(rai_model_pipeline(m)->prep) + 1);
	p.batch = p.batch > BATCH ? BATCH : p.batch + 1;
	if (data_open(o, o->data != NULL ? o->data : "-", &source, err) != 0 ||
	    rai_rows_open(source, format, separator, &p.rows, err) != 0 ||
	    find_fields(&p, err) != 0)
		goto out;
	rc = rai_rows_each(p.rows, &each, err);
out:
	release(&p);
	rai_model_free(m);
	return rc;
}
