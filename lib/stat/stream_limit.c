#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "base/rng.h"
#include "stat/stat.h"
#include "stat/stream_kind.h"

/*
 * The bootstrap of a CUSUM's limits.  Each of STREAMS worlds draws its own reference from the
 * reference, as the reference was drawn from the world, and a clean stream from that: so the limit
 * knows how little a small reference tells of the mean.  The largest sum of a stream has an
 * exponential tail (F. Lundberg's inequality): above its 80 % point it is one, by its mean excess
 * and that mean's standard error, so that a limit that is off is rather too high.
 */
enum { STREAMS = 1000, TOP = STREAMS / 5, ROWS_MOST = 20000 };

struct sums {
	double up[STREAM_SCALES], down[STREAM_SCALES], most[STREAM_SCALES];
};

/* Of two numbers; fmax() is a call, for the sake of NaN. */
static inline double
larger(double a, double b)
{
	return a > b ? a : b;
}

static void
add(struct sums *s, double z)
{
	size_t i;

	for (i = 0; i < STREAM_SCALES; i++) {
		s->up[i] = larger(0, s->up[i] + z - stream_allowance[i]);
		s->down[i] = larger(0, s->down[i] - z - stream_allowance[i]);
		s->most[i] = larger(s->most[i], larger(s->up[i], s->down[i]));
	}
}

static struct stream_tail
tail(double *most)
{
	struct stream_tail t;
	double excess = 0;
	size_t i;

	rai_stat_sort(most, STREAMS);
	t.at = most[STREAMS - TOP - 1];
	for (i = STREAMS - TOP; i < STREAMS; i++)
		excess += most[i] - t.at;
	t.slope = excess / TOP * (1 + 1 / sqrt(TOP));
	return t;
}

int
stream_cusum_limits(const double *score, size_t n, int64_t rows, int64_t per, uint64_t seed,
    struct stream_tail out[STREAM_SCALES])
{
	size_t m = rows < ROWS_MOST ? (size_t)rows : ROWS_MOST, b, i;
	double *drawn = malloc(m * sizeof(*drawn)), most[STREAM_SCALES][STREAMS];
	struct rai_rng r = rai_rng_new(seed, 13);
	struct sums s;
	int64_t k;

	if (drawn == NULL)
		return -1;
	for (b = 0; b < STREAMS; b++) {
		for (i = 0; i < m; i++)
			drawn[i] = score[rai_rng_below(&r, n)];
		memset(&s, 0, sizeof(s));
		for (k = 0; k < per; k++)
			add(&s, drawn[rai_rng_below(&r, m)]);
		for (i = 0; i < STREAM_SCALES; i++)
			most[i][b] = s.most[i];
	}
	free(drawn);
	for (i = 0; i < STREAM_SCALES; i++)
		out[i] = tail(most[i]);
	return 0;
}
