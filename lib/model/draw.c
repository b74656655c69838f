#include "model/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* The power of two that keeps n numbers up to `largest` below 2^61 in sum. */
static double
scale_of(double largest, size_t n)
{
	int e, bits = 0;

	if (largest <= 0)
		return 1;
	frexp(largest, &e);
	while (n >> bits != 0)
		bits++;
	return ldexp(1, 61 - bits - e > 1000 ? 1000 : 61 - bits - e);
}

int
rai_target_make(const struct rai_fit_data *d, enum rai_centre centre, struct rai_target *out,
    struct rai_err *err)
{
	double sum = 0, largest = 0;
	size_t i;

	*out = (struct rai_target){d->y, malloc((d->n + 1) * sizeof(*out->q)), 0, 1, d->nclass};
	if (out->q == NULL)
		return rai_fail_memory(err);
	if (d->nclass > 0) {
		for (i = 0; i < d->n; i++)
			out->q[i] = (int64_t)d->y[i];
		return 0;
	}
	for (i = 0; i < d->n; i++)
		sum += d->y[i];
	if (centre == RAI_CENTRE_MEAN)
		out->mean = sum / (double)d->n;
	for (i = 0; i < d->n; i++)
		largest = fmax(largest, fabs(d->y[i] - out->mean));
	if (!isfinite(sum) || !isfinite(largest)) {
		rai_target_release(out);
		return rai_fail(err, RAI_EINPUT, "the target is too large to sum up");
	}
	out->scale = scale_of(largest, d->n);
	for (i = 0; i < d->n; i++)
		out->q[i] = (int64_t)floor((d->y[i] - out->mean) * out->scale + 0.5);
	return 0;
}

void
rai_target_release(struct rai_target *t)
{
	free(t->q);
	t->q = NULL;
}

/* A number below n < 2^31; its bias of n / 2^32 is nothing here. */
static size_t
draw_below(struct rai_rng *rng, size_t n)
{
	return (size_t)((rai_rng_u64(rng) >> 32) * n >> 32);
}

static void
add_row(struct rai_draw *d, const struct rai_codes *c, const struct rai_target *t, size_t i)
{
	struct rai_drawn *r = &d->row[c->group[i]];

	r->w++;
	if (t->nclass > 0) {
		r->q = t->q[i]; /* a group of one row */
		return;
	}
	r->q += t->q[i];
	d->q += t->q[i];
	d->sum[c->group[i]] += t->y[i];
}

int
rai_draw_pays(const struct rai_codes *c, const struct rai_target *t, size_t m)
{
	return c->few_bins * rai_draw_cells(t) <= 2 * m * c->nfew;
}

void
rai_draw_fill(const struct rai_codes *c, const struct rai_target *t, const struct rai_drawn *row,
    const uint32_t *id, size_t m, int64_t *hist)
{
	size_t j, k, cells = rai_draw_cells(t);

	for (j = 0; j < c->width; j++) {
		const uint16_t *code = c->code + j * c->ngroup;
		int64_t *h;

		if (c->few[j] == SIZE_MAX)
			continue;
		h = hist + c->few[j] * cells;
		if (t->nclass > 0)
			for (k = 0; k < m; k++)
				h[code[id[k]] * cells + (size_t)row[id[k]].q] +=
				    (int64_t)row[id[k]].w;
		else
			for (k = 0; k < m; k++) {
				int64_t *at = h + (size_t)code[id[k]] * 2;

				at[0] += row[id[k]].q;
				at[1] += (int64_t)row[id[k]].w;
			}
	}
}

static int
add_hist(struct rai_draw *d, const struct rai_codes *c, const struct rai_target *t)
{
	size_t cells = c->few_bins * rai_draw_cells(t);

	if (c->nfew == 0 || !rai_draw_pays(c, t, d->m))
		return 0;
	d->hist = calloc(cells, sizeof(*d->hist));
	if (d->hist == NULL)
		return -1;
	rai_draw_fill(c, t, d->row, d->id, d->m, d->hist);
	d->bytes += cells * sizeof(*d->hist);
	return 0;
}

struct rai_draw *
rai_draw_new(const struct rai_codes *c, const struct rai_target *t, enum rai_draw_rows rows,
    uint64_t seed, uint64_t stream)
{
	struct rai_rng rng = rai_rng_new(seed, stream);
	struct rai_draw *d = calloc(1, sizeof(*d));
	size_t i;

	if (d == NULL)
		return NULL;
	d->row = calloc(c->ngroup, sizeof(*d->row));
	d->sum = t->nclass > 0 ? NULL : calloc(c->ngroup, sizeof(*d->sum));
	d->id = malloc(c->ngroup * sizeof(*d->id));
	if (d->row == NULL || (d->sum == NULL && t->nclass == 0) || d->id == NULL)
		goto fail;
	for (i = 0; i < c->n; i++)
		add_row(d, c, t, rows == RAI_DRAW_ALL ? i : draw_below(&rng, c->n));
	for (i = 0; i < c->ngroup; i++) {
		d->id[d->m] = (uint32_t)i;
		d->m += d->row[i].w > 0;
	}
	d->w = c->n;
	d->bytes = c->ngroup * (sizeof(*d->row) + sizeof(*d->sum) + sizeof(*d->id));
	if (add_hist(d, c, t) == 0)
		return d;
fail:
	rai_draw_free(d);
	return NULL;
}

void
rai_draw_free(struct rai_draw *d)
{
	if (d == NULL)
		return;
	free(d->row);
	free(d->sum);
	free(d->id);
	free(d->hist);
	free(d);
}
