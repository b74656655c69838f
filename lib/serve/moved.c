#include "serve/moved.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stat/stat.h"

/* LEAST: live values, below which an index says nothing.  An index of EFFECT is commonly called a
 * large move; what chance alone would give comes on top. */
enum { LEAST = 100 };
#define EFFECT 0.2

/* The bins of training, *n of them; NULL: none are known. */
static const int64_t *
reference(const struct rai_serve_live *live, size_t col, size_t *n)
{
	const struct rai_serve_model *m = &live->model;

	*n = m->nbin == NULL ? 0 : m->nbin[col];
	return live->bins == NULL || m->facts == NULL || m->facts->column == NULL || *n == 0
		   ? NULL
		   : m->facts->column[col].count;
}

/* Sets n to threshold of out. */
static void
compare(const int64_t *now, const int64_t *then, size_t nbin, struct rai_serve_moved *out)
{
	size_t i;

	out->n = 0;
	for (i = 0; i < nbin; i++)
		out->n += now[i];
	out->psi = rai_stat_psi(now, then, nbin);
	out->expected = rai_stat_psi_expected(now, then, nbin);
	out->threshold = EFFECT + out->expected;
	out->enough = out->n >= LEAST;
}

int
rai_serve_moved(const struct rai_serve_live *live, size_t col, struct rai_serve_moved *out)
{
	const struct rai_serve_model *m = &live->model;
	size_t nbin;
	const int64_t *then = reference(live, col, &nbin);
	int64_t *now = then == NULL ? NULL : calloc(nbin, sizeof(*now));
	int w;

	if (now == NULL)
		return -1;
	memset(out, 0, sizeof(*out));
	for (w = 0; w < RAI_ROLLING_WINDOWS; w++) {
		out->window = (enum rai_rolling_window)w;
		out->since_ms =
		    rai_serve_rolling_read(live->rolling, live->bins, col, out->window, now);
		compare(now, then, nbin, out);
		if (out->enough && out->expected <= EFFECT)
			break;
	}
	out->judged =
	    out->enough && (col == m->schema->n || m->schema->col[col].type != RAI_COL_DATE);
	free(now);
	return 0;
}

size_t
rai_serve_moved_series(
    const struct rai_serve_live *live, size_t col, enum rai_rolling_window window, double *out)
{
	struct rai_serve_moved step;
	size_t nbin, n = 0, k;
	const int64_t *then = reference(live, col, &nbin);
	int64_t *now = then == NULL ? NULL : calloc(nbin, RAI_ROLLING_SERIES * sizeof(*now));

	if (now != NULL)
		n = rai_serve_rolling_series(live->rolling, live->bins, col, window, now);
	for (k = 0; k < n; k++) {
		compare(now + k * nbin, then, nbin, &step);
		out[k] = step.enough ? step.psi / step.threshold : NAN;
	}
	free(now);
	return n;
}

double
rai_serve_moved_most(const struct rai_serve_live *live)
{
	struct rai_serve_moved moved;
	double most = NAN;
	size_t i;

	for (i = 0; i < live->model.schema->n; i++)
		if (rai_serve_moved(live, i, &moved) == 0 && moved.judged)
			most = fmax(most, moved.psi / moved.threshold);
	return most;
}
