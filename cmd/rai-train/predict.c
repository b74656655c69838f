#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "model/external.h"
#include "tool.h"

/* Where each input of the model stands in the rows. */
struct rows_in {
	struct rai_rows *rows;
	size_t *field;          /* per model column: index of the field, or SIZE_MAX: absent */
	struct rai_cell *cells; /* one row */
	int probabilities;      /* of classes: all of them instead of the most probable class */
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
find_fields(struct rows_in *in, const struct rai_schema *s, struct rai_err *err)
{
	size_t i, j;

	in->field = calloc(s->n + 1, sizeof(*in->field));
	in->cells = calloc(s->n + 1, sizeof(*in->cells));
	if (in->field == NULL || in->cells == NULL)
		return rai_fail_memory(err);
	for (j = 0; j < s->n; j++) {
		for (i = 0; i < rai_rows_width(in->rows); i++)
			if (strcmp(rai_rows_column(in->rows, i), s->col[j].name) == 0)
				break;
		if (i == rai_rows_width(in->rows))
			return rai_fail(err, RAI_EINPUT,
			    "%s: no column \"%.64s\", which the model needs (empty fields would "
			    "do)",
			    rai_source_name(rai_rows_source(in->rows)), s->col[j].name);
		in->field[j] = i;
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
	size_t k, best = 0;

	for (k = 1; k < s->target.nlevel; k++)
		if (v[k] > v[best])
			best = k;
	rai_buf_str(out, s->target.level[best]);
	rai_buf_char(out, '\n');
}

static int
predict_row(const struct rows_in *in, const struct rai_model *m, const struct rai_field *field,
    struct rai_buf *out, struct rai_err *err)
{
	const struct rai_schema *s = rai_model_schema(m);
	double v[RAI_CLASSES];
	size_t j;

	for (j = 0; j < s->n; j++) {
		const struct rai_field *f = &field[in->field[j]];

		if (rai_schema_text(&s->col[j], f->p, f->len, &in->cells[j], err) != 0)
			return rai_wrap(err, "%s:%zu", rai_source_name(rai_rows_source(in->rows)),
			    rai_rows_line(in->rows));
	}
	rai_model_predict(m, in->cells, v);
	if (rai_model_classes(m) > 0 && !in->probabilities)
		add_class(out, s, v);
	else
		add_numbers(out, v, rai_model_outputs(m));
	return 0;
}

static int
predict_all(struct rows_in *in, const struct rai_model *m, struct rai_buf *out, struct rai_err *err)
{
	const struct rai_field *field;
	int rc;

	if (find_fields(in, rai_model_schema(m), err) != 0)
		return -1;
	while ((rc = rai_rows_next(in->rows, &field, err)) == 0)
		if (predict_row(in, m, field, out, err) != 0)
			return -1;
	return rc < 0 ? -1 : rai_buf_check(out, "predictions", err);
}

int
run_predict(const struct options *o, struct rai_buf *out, struct rai_err *err)
{
	struct rows_in in = {.probabilities = o->probabilities};
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
	if (data_open(o, o->data != NULL ? o->data : "-", &source, err) != 0 ||
	    rai_rows_open(source, format, separator, &in.rows, err) != 0)
		goto out;
	rc = predict_all(&in, m, out, err);
	if (rc == 0)
		rc = rai_fitted_check(&rai_model_pipeline(m)->fitted, err);
out:
	free(in.field);
	free(in.cells);
	rai_rows_close(in.rows);
	rai_model_free(m);
	return rc;
}
