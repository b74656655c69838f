#include <math.h>
#include <stdio.h>

#include "drift/check.h"
#include "stat/stat.h"

/* What a value becomes when it comes in another unit: factor x + offset. */
static const struct unit {
	double factor, offset;
	const char *name;
} units[] = {
    {1.8, 32, "Fahrenheit for Celsius"},
    {1 / 1.8, -32 / 1.8, "Celsius for Fahrenheit"},
    {1, 273.15, "kelvin for Celsius"},
    {1, -273.15, "Celsius for kelvin"},
    {1.609344, 0, "kilometres for miles"},
    {1 / 1.609344, 0, "miles for kilometres"},
    {2.54, 0, "centimetres for inches"},
    {1 / 2.54, 0, "inches for centimetres"},
    {1 / 0.3048, 0, "feet for metres"},
    {0.3048, 0, "metres for feet"},
    {1 / 0.45359237, 0, "pounds for kilograms"},
    {0.45359237, 0, "kilograms for pounds"},
    {2.4710538, 0, "acres for hectares"},
    {1 / 2.4710538, 0, "hectares for acres"},
    {3.78541, 0, "litres for gallons"},
    {1 / 3.78541, 0, "gallons for litres"},
    {10.7639104, 0, "square feet for square metres"},
    {1 / 10.7639104, 0, "square metres for square feet"},
    {4046.8564, 0, "square metres for acres"},
    {1 / 4046.8564, 0, "acres for square metres"},
    {7, 0, "days for weeks"},
    {1 / 7., 0, "weeks for days"},
    {12, 0, "months for years"},
    {1 / 12., 0, "years for months"},
    {24, 0, "hours for days"},
    {1 / 24., 0, "days for hours"},
    {60, 0, "minutes for hours, or the like"},
    {1 / 60., 0, "hours for minutes, or the like"},
    {3600, 0, "seconds for hours"},
    {1 / 3600., 0, "hours for seconds"},
    {10, 0, "a decimal place"},
    {0.1, 0, "a decimal place"},
    {100, 0, "cents or percent for the whole, or the like"},
    {0.01, 0, "the whole for cents or percent, or the like"},
    {1000, 0, "metres for kilometres, or the like"},
    {0.001, 0, "kilometres for metres, or the like"},
    {10000, 0, "square metres for hectares"},
    {0.0001, 0, "hectares for square metres"},
    {1e6, 0, "millionths of the unit"},
    {1e-6, 0, "millions of the unit"},
};
enum { UNITS = sizeof(units) / sizeof(units[0]) };

#define NEAR 0.14    /* of the logarithm of a factor: medians are not exact */
#define MOST 500     /* order statistics of a profile (profile.h) */
#define FEW 100      /* values below which no shape is compared */
#define FIT 1.628    /* Kolmogorov's 1 % point, of D sqrt(n m / (n + m)) */
#define APART 0.2    /* D before, for what could be a small move */
#define FAR 0.5      /* and for what moves by an offset */
#define OFF_GRID 0.5 /* share of values with more decimals than the reference's */

const char *
rai_drift_unit_name(double factor)
{
	const struct unit *best = NULL;
	double gap, least = NEAR;
	size_t i;

	for (i = 0; i < UNITS && factor > 0; i++) {
		gap = fabs(log(factor / units[i].factor));
		if (units[i].offset == 0 && gap < least) {
			least = gap;
			best = &units[i];
		}
	}
	return best != NULL ? best->name : NULL;
}

static int
is_on(double v, double step)
{
	double k = v / step;

	return fabs(k - round(k)) <= 1e-6 * fmax(1, fabs(k));
}

/* The largest of 100, 10, ... 0.001 that all but a few values are multiples of; 0: none. */
static double
grid(const double *v, size_t n)
{
	static const double steps[] = {100, 10, 1, 0.1, 0.01, 0.001};
	size_t i, k, on;

	for (k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
		for (on = 0, i = 0; i < n; i++)
			on += (size_t)is_on(v[i], steps[k]);
		if (100 * on >= 99 * n)
			return steps[k];
	}
	return 0;
}

/* The world moves values, but it does not measure them more finely. */
static int
leaves_grid(const struct rai_profile_col *ref, const double *sorted, size_t n)
{
	double step = grid(ref->quantile, ref->nquantile);
	size_t i, off = 0;

	for (i = 0; step > 0 && i < n; i++)
		off += !is_on(sorted[i], step);
	return (double)off > OFF_GRID * (double)n;
}

/* D between the window and the reference as it would look in that unit. */
static double
distance(const struct rai_profile_col *ref, const struct unit *u, const double *sorted, size_t n,
    double *y)
{
	size_t i;

	for (i = 0; i < ref->nquantile; i++)
		y[i] = u->factor * ref->quantile[i] + u->offset;
	return rai_stat_ks_d(sorted, n, y, ref->nquantile);
}

static size_t
distinct(const double *v, size_t n)
{
	size_t i, k = n > 0;

	for (i = 1; i < n; i++)
		k += v[i] != v[i - 1];
	return k;
}

/*
 * Can this unit be what happened?  An offset as large as a temperature's is no market's; a factor
 * of the size of a market's has to leave the grid that values lie on as well, and to explain more
 * than a mere shift does.
 */
static int
is_plausible(const struct rai_drift_check *c, const struct rai_profile_col *ref,
    const struct unit *u, double shift_d, double d, double slack)
{
	double sd = rai_stat_robust_sd(ref->quantile, ref->nquantile);

	if (u->offset == 0)
		return c->d >= APART && shift_d > d + slack;
	return c->d >= FAR && (u->factor != 1 || fabs(u->offset) > 5 * sd);
}

/* As many order statistics as a profile has, where ref has all; q: their room. */
static struct rai_profile_col
some_of(const struct rai_profile_col *ref, double q[MOST])
{
	struct rai_profile_col some = *ref;
	size_t i;

	if (ref->nquantile <= MOST)
		return some;
	for (i = 0; i < MOST; i++)
		q[i] = ref->quantile[(2 * i + 1) * ref->nquantile / (2 * (size_t)MOST)];
	some.quantile = q;
	some.nquantile = MOST;
	return some;
}

void
rai_drift_check_near_unit(
    struct rai_drift_check *out, const struct rai_profile_col *all, const double *sorted, size_t n)
{
	double y[MOST], q[MOST], d, shift_d, slack, least = 1;
	const struct rai_profile_col some = some_of(all, q), *ref = &some;
	size_t m = ref->nquantile, i;
	const struct unit *best = NULL;
	int off_grid;

	if (n < FEW || m < FEW || out->d < APART || distinct(ref->quantile, m) <= 20)
		return;
	slack = FIT * sqrt(1 / (double)n + 1 / (double)rai_profile_values(ref));
	off_grid = leaves_grid(ref, sorted, n);
	shift_d = distance(ref,
	    &(struct unit){1,
		rai_stat_quantile(sorted, n, 0.5) - rai_stat_quantile(ref->quantile, m, 0.5), ""},
	    sorted, n, y);
	for (i = 0; i < UNITS; i++) {
		/* large factors need no more than medians (check.c) */
		if (units[i].offset == 0 &&
		    (!off_grid || fabs(log(units[i].factor)) >= log(RAI_DRIFT_UNIT)))
			continue;
		d = distance(ref, &units[i], sorted, n, y);
		if (d <= slack && d < least &&
		    is_plausible(out, ref, &units[i], shift_d, d, slack)) {
			least = d;
			best = &units[i];
		}
	}
	if (best == NULL)
		return;
	out->broken = 1;
	snprintf(out->why, sizeof(out->why), "%.60s: another unit? it looks like %s (%.4g x%s%.5g)",
	    out->name, best->name, best->factor, best->offset < 0 ? " - " : " + ",
	    fabs(best->offset));
}
