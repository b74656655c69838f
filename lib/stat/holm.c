#include "stat/stat.h"

#include <stdlib.h>

static int
by_p(const void *a, const void *b, void *p)
{
	double x = ((const double *)p)[*(const size_t *)a];
	double y = ((const double *)p)[*(const size_t *)b];

	return (x > y) - (x < y);
}

/* S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6, 1979 */
void
rai_stat_holm(double *p, size_t *order, size_t n)
{
	double level, most = 0;
	size_t i;

	for (i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), by_p, p);
	for (i = 0; i < n; i++) {
		level = p[order[i]] * (double)(n - i);
		if (level > most)
			most = level;
		p[order[i]] = most < 1 ? most : 1;
	}
}

/* Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", JRSS B 57, 1995 */
void
rai_stat_fdr(double *p, size_t *order, size_t n)
{
	double level, least = 1;
	size_t i;

	for (i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), by_p, p);
	for (i = n; i-- > 0;) {
		level = p[order[i]] * (double)n / (double)(i + 1);
		if (level < least)
			least = level;
		p[order[i]] = least;
	}
}
