#ifndef RAI_SERVE_METRICS_H
#define RAI_SERVE_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/expo.h"
#include "serve/join.h"

/*
 * What a server counts, and its text for Prometheus (expo.h).  Counting is
 * lock-free: counters lie in lanes that do not share cache lines and are summed when read.
 */
struct rai_serve_metrics;

/*
 * lanes: a power of 2.  label: of the nroute routes, which outlive it; route nroute is "other", and
 * routes with one label are one.
 */
int rai_serve_metrics_new(unsigned lanes, const char *const *label, size_t nroute,
    struct rai_serve_metrics **out, struct rai_err *err);
void rai_serve_metrics_free(struct rai_serve_metrics *m); /* NULL is fine */

void rai_serve_metrics_request(
    struct rai_serve_metrics *m, unsigned lane, size_t route, int status);
void rai_serve_metrics_feedback(struct rai_serve_metrics *m, enum rai_join outcome);

/* How long the predictions of one model took. */
struct rai_serve_latency;

int rai_serve_latency_new(unsigned lanes, struct rai_serve_latency **out, struct rai_err *err);
void rai_serve_latency_free(struct rai_serve_latency *l); /* NULL is fine */
void rai_serve_latency_count(struct rai_serve_latency *l, unsigned lane, int64_t ns);

/* Samples of prediction_latency_seconds{model=...}, without their head. */
void rai_serve_latency_write(
    const struct rai_serve_latency *l, const char *model, struct rai_expo *x);

/* How many predictions took up to each border since the start, not cumulative; the last is beyond
 * all.  And the border in seconds below which a share q of such counts lies; NaN of none. */
enum { RAI_SERVE_TIMES = 17 };
void rai_serve_latency_read(const struct rai_serve_latency *l, uint64_t count[RAI_SERVE_TIMES]);
double rai_serve_latency_quantile(const uint64_t count[RAI_SERVE_TIMES], double q);

/*
 * Integers per column and bin, for one model: how often live values fell where.  nbin[i] counts
 * column i's bins with the last two, "missing" and "unseen".
 */
struct rai_serve_bins;

int rai_serve_bins_new(unsigned lanes, size_t ncol, const size_t *nbin, struct rai_serve_bins **out,
    struct rai_err *err);
void rai_serve_bins_free(struct rai_serve_bins *b); /* NULL is fine */
void rai_serve_bins_count(struct rai_serve_bins *b, unsigned lane, size_t col, size_t bin);

/* The sums over all lanes of column col, as many as nbin says. */
void rai_serve_bins_read(const struct rai_serve_bins *b, size_t col, int64_t *out);

/* What is written begins at 0 again, as a counter must that nobody has seen for a while. */
void rai_serve_bins_begin(struct rai_serve_bins *b);

/*
 * Of what was counted since the begin, or of other counts in as many bins (count, unless NULL):
 * Samples name{model="m",feature="column",bin="0"}; with column NULL: without feature.  Bins from
 * RAI_SERVE_BINS on are summed as "rest": a feature of very many categories must not cost a
 * monitoring system as many series.
 */
enum { RAI_SERVE_BINS = 500 };

void rai_serve_bins_write(const struct rai_serve_bins *b, size_t col, const int64_t *count,
    const char *name, const char *model, const char *column, struct rai_expo *x);

/* The lines of this registry. */
void rai_serve_metrics_write(const struct rai_serve_metrics *m, struct rai_expo *x);

/* Start time, memory and processor time of this process. */
void rai_serve_metrics_process(int64_t start_ms, struct rai_expo *x);

#endif
