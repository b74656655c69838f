#ifndef RAI_STAT_STREAM_KIND_H
#define RAI_STAT_STREAM_KIND_H

#include "stat/stream.h"

/* What a kind of detector is made of; state is `size` numbers, all 0 at first. */
struct stream_kind {
	const char *(*check)(const struct rai_stat_stream_rule *r); /* NULL, or why not */
	size_t (*size)(const struct rai_stat_stream_rule *r);
	int (*push)(struct rai_stat_stream *s, double v, struct rai_stat_change *change);
	int (*sound)(
	    const struct rai_stat_stream_rule *r, const double *state); /* to be restored */
};

struct rai_stat_stream {
	const struct stream_kind *kind;
	struct rai_stat_stream_rule rule;
	double *state;
	struct stream_cusum *cusum; /* what does not change; NULL: another kind */
};

/* The reference of s->rule, made ready; -1: out of memory. */
int stream_cusum_begin(struct rai_stat_stream *s);
void stream_cusum_free(struct stream_cusum *c);

/* Of a CUSUM: sizes of change, and half of each. */
enum { STREAM_SCALES = 3 };
extern const double stream_allowance[STREAM_SCALES];

extern const struct stream_kind stream_cusum, stream_page_hinkley, stream_adwin, stream_ddm,
    stream_eddm, stream_kswin;

/* A whole number that counts something, so that hostile state is no index out of range. */
static inline int
is_count(double v, double most)
{
	return v >= 0 && v <= most && v == (double)(int64_t)v;
}

#endif
