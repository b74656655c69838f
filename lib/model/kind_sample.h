#ifndef RAI_MODEL_KIND_SAMPLE_H
#define RAI_MODEL_KIND_SAMPLE_H

#include <stdlib.h>

#include "base/tap.h"
#include "model/kind.h"

/* For the tests of kinds: 80 rows of 4 features by a formula, so that others can make them too. */
#define SAMPLE_ROWS 80
#define SAMPLE_WIDTH 4
#define SAMPLE_CLASSES 5

/* For sample_fit(): "alpha", "2", "tol", "1e-9", ... */
#define SAMPLE_PARAMS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SAMPLE_DEFAULTS ((const char *const[]){NULL})

struct sample {
	double x[SAMPLE_WIDTH * SAMPLE_ROWS]; /* column-major */
	double y[SAMPLE_ROWS];
};

static inline void
sample_make(struct sample *s)
{
	int i, j;

	for (i = 0; i < SAMPLE_ROWS; i++) {
		const double *x = s->x + i;

		for (j = 0; j < SAMPLE_WIDTH; j++)
			s->x[j * SAMPLE_ROWS + i] =
			    ((i + 1) * (i + 3) * (2 * j + 7) + i * j * j) % 97 / 10.0;
		s->y[i] = 3 * x[0] - 2 * x[SAMPLE_ROWS] + (x[2 * SAMPLE_ROWS] > 5 ? 5 : 0) +
			  (i * i * 5) % 23 / 10.0;
	}
}

/* The classes that the target falls into: as many as there are cuts below it. */
static inline void
sample_classify(const struct sample *s, const double *cut, size_t n, double *class)
{
	size_t i, k;

	for (i = 0; i < SAMPLE_ROWS; i++)
		for (class[i] = 0, k = 0; k < n; k++)
			class[i] += s->y[i] > cut[k];
}

static inline int
sample_fit(struct rai_fitted *f, const char *kind, const struct rai_fit_data *d,
    const struct rai_fit_options *opt, const char *const *params, struct rai_err *err)
{
	rai_fitted_init(f, rai_kind_find(kind));
	for (; params[0] != NULL; params += 2)
		if (rai_fitted_set_text(f, params[0], params[1], err) != 0)
			return -1;
	return f->kind->fit(f, d, opt, err);
}

/* Row i of n, width features. */
static inline void
sample_row(const struct rai_fit_data *d, size_t i, double *x)
{
	size_t j;

	for (j = 0; j < d->width; j++)
		x[j] = d->x[j * d->n + i];
}

/* Output which of row i's prediction. */
static inline double
sample_ask(const struct rai_fitted *f, const struct rai_fit_data *d, size_t i, size_t which)
{
	double x[SAMPLE_WIDTH], out[SAMPLE_CLASSES];

	sample_row(d, i, x);
	f->kind->predict(f, x, out);
	return out[which];
}

/* What a fit saves under this name; belongs to it. */
static inline const void *
sample_saved(const struct rai_fitted *f, const char *name)
{
	struct rai_safetensors_out o = {.ntensor = 0};
	size_t i;

	f->kind->save(f, &o);
	for (i = 0; i < o.ntensor; i++)
		if (strcmp(o.tensor[i].name, name) == 0)
			return o.tensor[i].data;
	return NULL;
}

/* All that a fit saves, as the bytes of a file; caller frees. */
static inline struct rai_buf
sample_file(const struct rai_fitted *f)
{
	struct rai_safetensors_out o = {.ntensor = 0};
	struct rai_buf out = RAI_BUF_INIT(1 << 24);

	f->kind->save(f, &o);
	rai_safetensors_render(&o, &out);
	return out;
}

static inline int
sample_same(const struct rai_fitted *a, const struct rai_fitted *b)
{
	struct rai_buf x = sample_file(a), y = sample_file(b);
	int same = x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0;

	rai_buf_free(&x);
	rai_buf_free(&y);
	return same;
}

/*
 * Saves f with a tensor changed, and loads that: 0, or -1 with the reason.  With cut the tensor is
 * left out; else number at of it becomes value (dtype F64), and less rows are cut off its end.
 */
struct sample_change {
	const char *tensor;
	int cut;
	size_t at;
	double value;
	size_t less;
};

static inline int
sample_load_changed(const struct rai_fitted *f, const struct sample_change *change, size_t width,
    struct rai_err *err)
{
	struct rai_safetensors_out o = {.ntensor = 0};
	struct rai_buf out = RAI_BUF_INIT(1 << 24);
	struct rai_safetensors s;
	struct rai_fitted back;
	double *copy = NULL;
	size_t i;
	int rc;

	f->kind->save(f, &o);
	for (i = 0; i < o.ntensor && strcmp(o.tensor[i].name, change->tensor) != 0; i++)
		;
	if (i == o.ntensor || (copy = malloc(o.tensor[i].bytes)) == NULL)
		abort();
	memcpy(copy, o.tensor[i].data, o.tensor[i].bytes);
	copy[change->at] = change->value;
	o.tensor[i].data = copy;
	if (change->less > 0) {
		o.tensor[i].bytes -= o.tensor[i].bytes / o.tensor[i].shape[0] * change->less;
		o.tensor[i].shape[0] -= change->less;
	}
	if (change->cut)
		o.tensor[i] = o.tensor[--o.ntensor];
	rai_safetensors_render(&o, &out);
	rc = rai_safetensors_parse(out.ptr, out.len, &s, err);
	if (rc == 0) {
		rai_fitted_init(&back, f->kind);
		memcpy(back.param, f->param, sizeof(back.param));
		back.width = width;
		back.nclass = f->nclass;
		rc = f->kind->load(&back, &s, err);
		rai_fitted_release(&back);
		rai_safetensors_release(&s);
	}
	rai_buf_free(&out);
	free(copy);
	return rc;
}

struct sample_refusal {
	struct sample_change change;
	size_t width;
	const char *want; /* a part of the message */
};

static inline void
sample_load_refuses(const struct rai_fitted *f, const struct sample_refusal *cases, size_t n)
{
	struct rai_err err = RAI_ERR_INIT;
	size_t i;

	for (i = 0; i < n; i++) {
		ok(sample_load_changed(f, &cases[i].change, cases[i].width, &err) == -1,
		    cases[i].want);
		ok(strstr(err.msg, cases[i].want) != NULL, err.msg);
	}
}

#endif
