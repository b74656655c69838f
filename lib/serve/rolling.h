#ifndef RAI_SERVE_ROLLING_H
#define RAI_SERVE_ROLLING_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "serve/metrics.h"

/*
 * Inside of this room: how the bins of one model stood every five minutes of the last hour and
 * every hour of the last day.  What came since then is a difference of integers, exact, and no
 * request knows of it.  What an earlier process had packed goes on, too.
 */
enum {
	RAI_ROLLING_STEP = 5,       /* minutes */
	RAI_ROLLING_STEPS = 12,     /* of the last hour */
	RAI_ROLLING_HOURS = 24,     /* of the last day */
	RAI_ROLLING_BINS = 1 << 13, /* of all columns; those that do not fit have no past */
	RAI_ROLLING_SERIES = 24 + 1 /* steps of a series at most */
};

/* The shortest first. */
enum rai_rolling_window {
	RAI_ROLLING_HOUR, /* 60 to 65 minutes */
	RAI_ROLLING_DAY,  /* 24 to 25 hours */
	RAI_ROLLING_ALL,  /* since the counts began */
	RAI_ROLLING_WINDOWS
};

struct rai_serve_rolling;

/* ncol and nbin as the counters have them, which begin at now_ms. */
int rai_serve_rolling_new(size_t ncol, const size_t *nbin, int64_t now_ms,
    struct rai_serve_rolling **out, struct rai_err *err);
void rai_serve_rolling_free(struct rai_serve_rolling *r); /* NULL is fine */

int64_t rai_serve_rolling_began(const struct rai_serve_rolling *r);

/* A minute has passed.  bins: always the same. */
void rai_serve_rolling_minute(
    struct rai_serve_rolling *r, const struct rai_serve_bins *bins, int64_t now_ms);

/*
 * Counts of column col in a window that ends now, as many as it has bins; returns when the window
 * began, which is later than its name says where the counters are younger, and earlier where the
 * column has no past.
 */
int64_t rai_serve_rolling_read(struct rai_serve_rolling *r, const struct rai_serve_bins *bins,
    size_t col, enum rai_rolling_window window, int64_t *out);

/*
 * The window's steps, five minutes of an hour and hours of a day, oldest first: each as many counts
 * as the column has bins, into room for RAI_ROLLING_SERIES of them.  Returns how many; the last is
 * not over yet.
 */
size_t rai_serve_rolling_series(struct rai_serve_rolling *r, const struct rai_serve_bins *bins,
    size_t col, enum rai_rolling_window window, int64_t *out);

/* A packed one takes at most so many bytes. */
#define RAI_ROLLING_PACKED ((size_t)4 << 20)

/*
 * All of it, appended to out in the byte order of the machine, and from there; digest: of the model
 * whose bins they are.  The one that goes on is new, and its bins have counted nothing yet; the
 * time in between has passed for its windows.  What is of another model is passed over (all is
 * where r is NULL), and what rai_serve_rolling_pack() cannot have written is an error.
 */
int rai_serve_rolling_pack(struct rai_serve_rolling *r, const struct rai_serve_bins *bins,
    const char *digest, int64_t now_ms, struct rai_buf *out, struct rai_err *err);
int rai_serve_rolling_unpack(struct rai_serve_rolling *r, const struct rai_serve_bins *bins,
    const char *digest, int64_t now_ms, const char *from, size_t len, struct rai_err *err);

#endif
