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

/* How often it is larger than psi then, of so many bins in use: chi-squared. */
double rai_stat_psi_p(double psi, size_t used, double n, double m);

/*
 * Two-sample Kolmogorov-Smirnov: the largest distance of the empirical distribution functions of
 * two sorted samples (ties are stepped over together), and its asymptotic two-sided p-value for
 * samples of n and m values.  With ties the p-value is too large rather than too small.
 */
double rai_stat_ks_d(const double *x, size_t n, const double *y, size_t m);
double rai_stat_ks_p(double d, double n, double m);

/*
 * The same, exactly, for samples without ties: the share of all orders of n + m values in which the
 * distance is d or more.  Takes n m steps at most; NaN: no memory.
 */
double rai_stat_ks_p_exact(double d, size_t n, size_t m);

/* Jensen-Shannon distance of counts: the square root of the divergence in bits, 0..1; and about
 * what it is when nothing has moved. */
double rai_stat_js(const int64_t *a, const int64_t *b, size_t nbin);
double rai_stat_js_expected(const int64_t *a, const int64_t *b, size_t nbin);

/* Total variation between the shares of counts, 0..1; *most: the largest difference of one share
 * (L-infinity), *at: whose. */
double rai_stat_tv(const int64_t *a, const int64_t *b, size_t nbin, double *most, size_t *at);

/*
 * Wasserstein-1 distance of two sorted samples, in the values' unit, with what lies outside of low
 * to high drawn to these ends (-INFINITY and INFINITY: nothing is); and what it is on average when
 * n values come from a distribution that `all` others gave, of which y[m] are order statistics.
 */
double rai_stat_w1(const double *x, size_t n, const double *y, size_t m, double low, double high);
double rai_stat_w1_expected(
    const double *y, size_t m, double low, double high, double n, double all);

/* Interquartile range / 1.349; where the quartiles are one value, the mean distance from the median
 * times sqrt(pi / 2); 0: a constant.  Both are the sd of a normal sample, and shrug at outliers. */
double rai_stat_robust_sd(const double *sorted, size_t n);

/*
 * Has the mean of p columns moved from 0, all of them together?  v is column-major, n x p, and 0 is
 * the mean of m other rows; the covariance is that of v.  -1: no memory.
 */
struct rai_stat_shift {
	double distance, p; /* of the mean from 0 in standard deviations (Mahalanobis) */
	size_t columns;     /* that were neither constant nor copies of others */
};
int rai_stat_hotelling(const double *v, size_t n, size_t p, double m, struct rai_stat_shift *out);

/*
 * P(K >= k), K beta-binomial: successes among n when the share is drawn from Beta(a, b).  Of new
 * values beyond the j-th largest of m old ones: a = j, b = m - j + 1, exactly.
 */
double rai_stat_beta_binomial_more(int64_t k, int64_t n, double a, double b);

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
 * more: one-sided, the probability of k or more; both: twice the smaller tail, at most 1; least:
 * the smallest that both can be at k + j.
 */
double rai_stat_share_more(int64_t k, int64_t n, int64_t j, int64_t m);
double rai_stat_share_both(int64_t k, int64_t n, int64_t j, int64_t m);
double rai_stat_share_least(int64_t both, int64_t n, int64_t m);

/*
 * Adjustment for n checks: p[i] becomes the level at which check i is significant among all, so
 * that one false finding among them is no likelier than the level (Holm), or so that the share of
 * false ones among the findings is no larger on average (Benjamini and Hochberg, for independent
 * checks). order is scratch for n indices.
 */
void rai_stat_holm(double *p, size_t *order, size_t n);
void rai_stat_fdr(double *p, size_t *order, size_t n);

/* Mean of n values with a two-sided Student interval; n < 2 gives an infinite one. */
struct rai_stat_mean {
	double mean, se, low, high;
};
struct rai_stat_mean rai_stat_mean(const double *v, size_t n, double confidence);

/* P(T >= t), Student's t with df degrees of freedom. */
double rai_stat_student_tail(double t, double df);

/* One-sided p-value of a standard normal z, P(Z >= z); its inverse z with P(Z <= z) = p. */
double rai_stat_normal_tail(double z);
double rai_stat_normal_quantile(double p);

/* The same to 7 digits, with the same bits on every machine; 0 < p < 1. */
double rai_stat_normal_score(double p);

/* How many of n sorted values are less than v and how many are no more, added: of 2 n, the rank of
 * v in the middle of its ties. */
size_t rai_stat_rank(const double *sorted, size_t n, double v);

/* Ascending, as the functions here want their samples; without NaN. */
void rai_stat_sort(double *v, size_t n);

/* Quantile q of n > 0 sorted values, between the order statistics (Hyndman and Fan, type 7). */
double rai_stat_quantile(const double *sorted, size_t n, double q);

#endif
