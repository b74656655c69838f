#include "model/moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "model/matrix.h"

#define TILE 4
#define BLOCK 1024
#define ROWS_MAX ((int64_t)1 << 53)

struct collecting {
	const struct rai_fit_data *d;
	double *centred; /* n x (width + 1) */
	double *mean, *co;
};

static void
centre(void *ctx, size_t j, size_t worker)
{
	struct collecting *c = ctx;
	size_t n = c->d->n, i;
	const double *x = j < c->d->width ? c->d->x + j * n : c->d->y;
	double *z = c->centred + j * n, mean = rai_mean(x, n);

	(void)worker;
	for (i = 0; i < n; i++)
		z[i] = x[i] - mean;
	c->mean[j] = mean;
}

/*
 * TILE rows of the lower triangle, the last ones first; per BLOCK rows of the data, so that what
 * is multiplied with each other is near.
 */
static void
products(void *ctx, size_t item, size_t worker)
{
	struct collecting *c = ctx;
	size_t n = c->d->n, columns = c->d->width + 1, tile = (columns - 1) / TILE - item;
	size_t from, rows, j, k, end = (tile + 1) * TILE < columns ? (tile + 1) * TILE : columns;

	(void)worker;
	for (from = 0; from < n; from += BLOCK) {
		rows = n - from < BLOCK ? n - from : BLOCK;
		for (k = 0; k < end; k++)
			for (j = k > tile * TILE ? k : tile * TILE; j < end; j++)
				c->co[rai_packed(j) + k] += rai_dot(
				    c->centred + j * n + from, c->centred + k * n + from, rows);
	}
}

int
rai_moments_of(const struct rai_fit_data *d, size_t threads, struct rai_moments *out,
    double **centred, struct rai_err *err)
{
	size_t columns = d->width + 1, total;
	struct collecting c = {.d = d};

	memset(out, 0, sizeof(*out));
	if (__builtin_mul_overflow(d->n, columns, &total) || total > SIZE_MAX / sizeof(double) ||
	    columns > SIZE_MAX / sizeof(double) / (columns + 3))
		return rai_fail(
		    err, RAI_EINPUT, "too many rows and features: %zu x %zu", d->n, d->width);
	c.centred = malloc((total + 1) * sizeof(double));
	out->own = calloc(columns + rai_packed(columns), sizeof(double));
	if (c.centred == NULL || out->own == NULL) {
		free(c.centred);
		rai_moments_release(out);
		return rai_fail_memory(err);
	}
	c.mean = out->own;
	c.co = out->own + columns;
	rai_par_for(columns, threads, centre, &c);
	rai_par_for((columns - 1) / TILE + 1, threads, products, &c);
	out->rows = (int64_t)d->n;
	out->width = d->width;
	out->mean = c.mean;
	out->co = c.co;
	if (centred != NULL)
		*centred = c.centred;
	else
		free(c.centred);
	return 0;
}

/*
 * Chan, Golub, LeVeque: "Updating Formulae and a Pairwise Algorithm for Computing Sample
 * Variances", 1979, equations 2.1, here for products of two columns.
 */
void
rai_moments_add(struct rai_moments *into, const struct rai_moments *more)
{
	size_t columns = into->width + 1, i, k;
	double a = (double)into->rows, b = (double)more->rows, *mean = into->own;
	double *co = into->own + columns;

	for (i = 0; i < columns; i++)
		for (k = 0; k <= i; k++)
			co[rai_packed(i) + k] += more->co[rai_packed(i) + k] +
						 (more->mean[i] - mean[i]) *
						     (more->mean[k] - mean[k]) * (a / (a + b) * b);
	for (i = 0; i < columns; i++)
		mean[i] += (more->mean[i] - mean[i]) * (b / (a + b));
	into->rows += more->rows;
}

void
rai_moments_release(struct rai_moments *m)
{
	free(m->own);
	memset(m, 0, sizeof(*m));
}

double
rai_moments_length(const struct rai_moments *m, size_t j)
{
	double length = sqrt(m->co[rai_packed(j) + j]);

	/* a constant column keeps only the rounding of its mean */
	return length > 1e-12 * fabs(m->mean[j]) * sqrt((double)m->rows) ? length : 0;
}

void
rai_moments_save(const struct rai_moments *m, struct rai_safetensors_out *out)
{
	if (m->mean == NULL || m->width > RAI_MOMENTS_KEPT)
		return;
	rai_safetensors_add(out, "rows", RAI_DTYPE_I64, 0, 0, &m->rows);
	rai_safetensors_add(out, "means", RAI_DTYPE_F64, m->width + 1, 0, m->mean);
	rai_safetensors_add(out, "comoments", RAI_DTYPE_F64, rai_packed(m->width + 1), 0, m->co);
}

int
rai_moments_load(
    struct rai_moments *m, size_t width, const struct rai_safetensors *file, struct rai_err *err)
{
	const struct rai_tensor *rows = rai_safetensors_find(file, "rows");
	size_t i;

	memset(m, 0, sizeof(*m));
	if (rows == NULL && rai_safetensors_find(file, "means") == NULL &&
	    rai_safetensors_find(file, "comoments") == NULL)
		return 0;
	if (width > RAI_MOMENTS_KEPT)
		return rai_fail(err, RAI_EINPUT, "tensor \"comoments\" of more than %d features",
		    RAI_MOMENTS_KEPT);
	if (rows == NULL || rows->dtype != RAI_DTYPE_I64 || rows->rank != 0)
		return rai_fail(
		    err, RAI_EINPUT, "tensor \"rows\" must be one whole number of dtype I64");
	memcpy(&m->rows, rows->data, sizeof(m->rows));
	if (m->rows < 1 || m->rows > ROWS_MAX)
		return rai_fail(err, RAI_EINPUT, "tensor \"rows\" must be from 1 to 2^53");
	if (rai_safetensors_f64(file, "means", width + 1, 0, &m->mean, err) != 0 ||
	    rai_safetensors_f64(file, "comoments", rai_packed(width + 1), 0, &m->co, err) != 0)
		return -1;
	m->width = width;
	for (i = 0; i <= width; i++)
		if (m->co[rai_packed(i) + i] < 0)
			return rai_fail(err, RAI_EINPUT,
			    "tensor \"comoments\": column %zu has a negative sum of squares", i);
	return 0;
}
