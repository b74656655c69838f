#ifndef RAI_DRIFT_WATCH_H
#define RAI_DRIFT_WATCH_H

#include "drift/counts.h"
#include "drift/coverage.h"
#include "drift/impact.h"
#include "drift/pairs.h"
#include "drift/sentinel.h"
#include "drift/verdict.h"

/*
 * The stream: predictions and labels in, a standing verdict out.  Two kinds of windows: `window`
 * predictions in the order they come, and `window` labelled pairs in the order the labels come.
 * Windows by time begin at whole multiples of it since 1970, and one with fewer than
 * RAI_DRIFT_LEAST predictions is passed over; labels wait until there are so many.  Of windows
 * that slide, only disjoint ones count as agreeing.  What moved must stay moved for `sustain`
 * windows, and what came back must be clearly back for as many; a broken input stands and falls
 * with one window.  Between windows detectors watch (sentinel.h), whose alarm turns on at once what
 * a window that moved does, and windows turn off.  The verdict is a function of the sequence of
 * rows alone, however the bytes of the stream are cut.
 */
enum rai_drift_verdict {
	RAI_DRIFT_NONE,
	RAI_DRIFT_MOVED,
	RAI_DRIFT_BROKEN,
	RAI_DRIFT_INSUFFICIENT
};
enum rai_drift_advice { RAI_ADVISE_WAIT, RAI_ADVISE_LABELS, RAI_ADVISE_INPUT, RAI_ADVISE_RETRAIN };

extern const char *const rai_drift_verdict_names[]; /* "none" "drift" "broken" "insufficient" */
extern const char *const rai_drift_advice_names[];  /* "wait" "get-labels" "fix-input" "retrain" */

struct rai_drift_row {
	const char *id;               /* shorter than RAI_DRIFT_ID */
	int64_t time_ms;              /* 0: not known */
	const struct rai_cell *cells; /* one per schema column; of a prediction */
	double prediction;
	const unsigned char *withheld; /* one per column: 1 where the log does not say; or NULL */
};

/* One of the things that can move: what stands, and since when.  A window that lingers (verdict.h)
 * is neither hot nor cool. */
struct rai_drift_channel {
	int on;
	int64_t hot, cool; /* windows in a row */
	int64_t since;     /* seq of the first row of the hot windows that turned it on */
	int64_t until; /* where the window counted last ends: the next one begins there or later */
};

/* Where a window lies. */
struct rai_drift_span {
	int64_t rows, from_ms, to_ms; /* times 0: not known */
	char first[RAI_DRIFT_ID], last[RAI_DRIFT_ID];
};

struct rai_drift_state {
	enum rai_drift_verdict verdict;
	enum rai_drift_advice advice;
	struct rai_drift_channel inputs, target, error;
	struct rai_drift_channel cost; /* the estimate is worse, and inputs moved */
	struct rai_drift_signal
	    alarm[RAI_DRIFT_ABOUTS]; /* of those channels: error, target, inputs */
	int64_t confirmed; /* alarms that a window has confirmed, since the watch was made */
	int broken, labels_broken;
	int64_t predictions, labelled;        /* seen, of these joined with a label */
	int64_t input_windows, label_windows; /* judged */
	int64_t thin_windows;                 /* by time, with too few rows */
	int64_t late, set_back;     /* windows by time: rows of a window before, clocks set back */
	double alpha;               /* of the window judged last */
	struct rai_drift_span span; /* of the input window judged last (or the one filling) */
	const struct rai_drift_inputs *in;     /* judged last, or NULL; until the next push */
	const struct rai_drift_impact *impact; /* of the window of in, or NULL */
	const char *const *unchecked; /* of a counted window: what nobody looked at; or NULL */
	const struct rai_drift_labels *labels; /* judged last, or NULL */
	/* what the inputs of the rows of labels let expect, or NULL */
	const struct rai_drift_impact *explains;
	struct rai_drift_coverage coverage; /* of the label window judged last */
	int64_t window_labelled;            /* rows of the input window with a label by now */
	int asks;                           /* this event is for a person */
	int64_t missing_rows;               /* insufficient: how many more rows decide it */
	char message[640];
};

struct rai_drift_watch;

/* ref and rule are copied; what ref points at must outlive the watch. */
int rai_drift_watch_new(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    struct rai_drift_watch **out, struct rai_err *err);
void rai_drift_watch_free(struct rai_drift_watch *w); /* NULL is fine */

/* Who wants to see what was judged: values are those of the call, and go with it. */
struct rai_drift_listener {
	void (*inputs)(void *ctx, const struct rai_drift_rows *rows);
	void (*labels)(void *ctx, const double *actual, size_t n);
	void *ctx;
};
void rai_drift_watch_listen(struct rai_drift_watch *w, const struct rai_drift_listener *listener);

/*
 * 1: the verdict changed, or the advice rose to retrain: worth an event; 0: as before; -1: failed.
 * A prediction or label whose id came before is ignored.  time_ms: of the label, 0: not known.
 */
int rai_drift_watch_prediction(
    struct rai_drift_watch *w, const struct rai_drift_row *row, struct rai_err *err);
/* The same of a row that another model answered: its prediction is what this one says of it, or NaN
 * where nobody knows, and its label tells of the target, not of the error. */
int rai_drift_watch_elsewhere(
    struct rai_drift_watch *w, const struct rai_drift_row *row, struct rai_err *err);
int rai_drift_watch_label(
    struct rai_drift_watch *w, const char *id, double actual, int64_t time_ms, struct rai_err *err);

/*
 * A window that was counted elsewhere, as one window of inputs of its own; with fewer than
 * RAI_DRIFT_LEAST rows it is no evidence.  As above.
 */
int rai_drift_watch_counts(struct rai_drift_watch *w, struct rai_drift_counts *c,
    const struct rai_drift_span *span, struct rai_err *err);

/*
 * What there is to be seen is not, or not all of it: the verdict is insufficient, for that reason,
 * whatever it was; the next window says what stands.  As above.
 */
int rai_drift_watch_blind(struct rai_drift_watch *w, const char *why);

/*
 * The stream is over: where no window was full, looks at what there is, for a broken input only;
 * says insufficient where windows that must agree are still to come.  As above.
 */
int rai_drift_watch_end(struct rai_drift_watch *w, struct rai_err *err);

const struct rai_drift_state *rai_drift_watch_state(const struct rai_drift_watch *w);
size_t rai_drift_watch_orphans(const struct rai_drift_watch *w); /* labels without a prediction */

#endif
