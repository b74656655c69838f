#ifndef RAI_STAT_STAT_H
#define RAI_STAT_STAT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Pure statistics on arrays: two samples are compared, n values against m of the reference.
 * Nothing here fails or allocates; where there is no evidence (an empty sample) a distance is 0
 * and a p-value is 1.  Each function cites where it comes from.
 */

/*
 * Population stability index of counts a against counts b in the same nbin bins, in nats:
 * sum (p - q) ln(p / q).  Bins that are empty in both are left out; to the others half a count is
 * added, so that an empty bin gives a finite index.
 */
double rai_stat_psi(const int64_t *a, const int64_t *b, size_t nbin);

/* What the index is on average when nothing has moved: (B - 1)(1/n + 1/m), B the bins in use. */
double rai_stat_psi_expected(const int64_t *a, const int64_t *b, size_t nbin);

/*
 * Two-sample Kolmogorov-Smirnov: the largest distance of the empirical distribution functions of
 * two sorted samples (ties are stepped over together), and its asymptotic two-sided p-value for
 * samples of n and m values.  With ties the p-value is too large rather than too small.
 */
double rai_stat_ks_d(const double *x, size_t n, const double *y, size_t m);
double rai_stat_ks_p(double d, double n, double m);

/* Two-sample chi-squared over categories. */
struct rai_stat_chi2 {
	double x2, p;
	int64_t df;
	double tv; /* total variation between the shares, 0..1, over the categories kept */
};

/*
 * Categories expected fewer than 5 times in either sample are counted as one; nbin counts each.
 * scratch holds 2 * nbin numbers.
 */
struct rai_stat_chi2 rai_stat_chi2(
    const int64_t *a, const int64_t *b, size_t nbin, int64_t *scratch);

/*
 * Is a share different?  k of n against j of m: Fisher's exact test, conditional on k + j.
 * more: one-sided, the probability of k or more; both: twice the smaller tail, at most 1.
 */
double rai_stat_share_more(int64_t k, int64_t n, int64_t j, int64_t m);
double rai_stat_share_both(int64_t k, int64_t n, int64_t j, int64_t m);

/* Holm's step-down adjustment: p[i] becomes the level at which check i is significant among all n.
 * order is scratch for n indices. */
void rai_stat_holm(double *p, size_t *order, size_t n);

/* Mean of n values with a two-sided Student interval; n < 2 gives an infinite one. */
struct rai_stat_mean {
	double mean, se, low, high;
};
struct rai_stat_mean rai_stat_mean(const double *v, size_t n, double confidence);

/* One-sided p-value of a standard normal z, P(Z >= z); its inverse z with P(Z <= z) = p. */
double rai_stat_normal_tail(double z);
double rai_stat_normal_quantile(double p);

/* Quantile q of n > 0 sorted values, between the order statistics (Hyndman and Fan, type 7). */
double rai_stat_quantile(const double *sorted, size_t n, double q);

#endif
