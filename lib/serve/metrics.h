#ifndef RAI_SERVE_METRICS_H
#define RAI_SERVE_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "serve/join.h"

/*
 * What a server counts, and its text for Prometheus (exposition format 0.0.4).  Counting is
 * lock-free: counters lie in lanes that do not share cache lines and are summed when read.
 */
enum rai_serve_route {
	RAI_ROUTE_FORM,
	RAI_ROUTE_PREDICT,
	RAI_ROUTE_FEEDBACK,
	RAI_ROUTE_METRICS,
	RAI_ROUTE_LIVEZ,
	RAI_ROUTE_READYZ,
	RAI_ROUTE_HEALTHZ,
	RAI_ROUTE_VERSION,
	RAI_ROUTE_OTHER,
	RAI_ROUTE_COUNT
};

struct rai_serve_metrics;

/* lanes: a power of 2. */
int rai_serve_metrics_new(unsigned lanes, struct rai_serve_metrics **out, struct rai_err *err);
void rai_serve_metrics_free(struct rai_serve_metrics *m); /* NULL is fine */

void rai_serve_metrics_request(
    struct rai_serve_metrics *m, unsigned lane, enum rai_serve_route route, int status);
void rai_serve_metrics_latency(struct rai_serve_metrics *m, unsigned lane, int64_t ns);
void rai_serve_metrics_feedback(struct rai_serve_metrics *m, enum rai_join outcome);

/*
 * Integers per column and bin, for one model: how often live values fell where.  nbin[i] counts
 * column i's bins with the last two, "missing" and "unseen".
 */
struct rai_serve_bins;

int rai_serve_bins_new(unsigned lanes, size_t ncol, const size_t *nbin, struct rai_serve_bins **out,
    struct rai_err *err);
void rai_serve_bins_free(struct rai_serve_bins *b); /* NULL is fine */
void rai_serve_bins_count(struct rai_serve_bins *b, unsigned lane, size_t col, size_t bin);

/* Samples name{feature="column",bin="0"}; with column NULL: name{bin="0"}. */
void rai_serve_bins_write(const struct rai_serve_bins *b, size_t col, const char *name,
    const char *column, struct rai_buf *out);

/* The lines of this registry. */
void rai_serve_metrics_write(const struct rai_serve_metrics *m, struct rai_buf *out);

/* Pieces for metrics that are kept elsewhere. */
void rai_serve_metrics_head(
    struct rai_buf *out, const char *name, const char *type, const char *help);
void rai_serve_metrics_value(struct rai_buf *out, const char *name, double v);
void rai_serve_metrics_label(struct rai_buf *out, const char *value); /* quoted and escaped */

/* Start time, memory and processor time of this process. */
void rai_serve_metrics_process(int64_t start_ms, struct rai_buf *out);

#endif
