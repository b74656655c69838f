#ifndef RAI_SERVE_JOIN_H
#define RAI_SERVE_JOIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/ulid.h"

/*
 * Prediction ids, the last RAI_JOIN_KEPT predictions, and what became of them.  An id is a ULID
 * whose random part is 48 bits of the process and a 32-bit count: unique, and its own place in
 * the table.  Issuing an id takes no lock.
 *
 * Accuracy of one pair: max(0, 1 - |actual - prediction| / |actual|); of a window of pairs:
 * max(0, 1 - MAPE), MAPE being the mean of |actual - prediction| / |actual|.  A pair whose actual
 * value is 0 has no relative error and is not counted, but in the RMSE.  Of classes, a pair's
 * accuracy is 1 or 0, and that of a window the share of right ones.
 */
enum { RAI_JOIN_KEPT = 1 << 16, RAI_JOIN_AGES = 4, RAI_JOIN_DELAYS = 9 };

struct rai_serve_join;

/* What predictions and true values are: numbers, or rai_serve_join_class() of their classes. */
enum rai_join_task { RAI_JOIN_NUMBERS, RAI_JOIN_CLASSES };

/* A number that stands for a class, whichever model knows it: 53 bits of its name's hash. */
double rai_serve_join_class(const char *name);

struct rai_serve_join_config {
	size_t window; /* pairs that the rolling accuracy looks back on, at least 1 */
	enum rai_join_task task;
	const struct rai_clock *clock; /* NULL: the system's */
	const char *folder;            /* that keeps all this beyond the process, or NULL */
	const char *name;              /* of the model: that of its file there */
	const char *target; /* the column's name: pairs of another are not kept, or NULL */
};

int rai_serve_join_new(
    const struct rai_serve_join_config *config, struct rai_serve_join **out, struct rai_err *err);
void rai_serve_join_free(struct rai_serve_join *j); /* NULL is fine */

/* Did its file keep what was of another target, or of classes and not numbers?  It is gone. */
int rai_serve_join_was_of_another(const struct rai_serve_join *j);

/* A new id for a prediction made now, which is remembered. */
void rai_serve_join_issue(
    struct rai_serve_join *j, int64_t now_ms, double prediction, char id[RAI_ULID_TEXT]);

enum rai_join { RAI_JOIN_JOINED, RAI_JOIN_UNKNOWN, RAI_JOIN_REPEATED };

/* The truth about a prediction.  Repeated: it had come before, and the first stays counted. */
enum rai_join rai_serve_join_actual(struct rai_serve_join *j, const char *id, double actual);

/* NaN until there is a pair. */
struct rai_serve_accuracy {
	double rolling, latest;
	size_t pairs; /* in the window */
	double rmse;  /* in the target's unit; over the latest pairs, those of true value 0 too */
};

void rai_serve_join_accuracy(struct rai_serve_join *j, struct rai_serve_accuracy *out);

/* Predictions that are remembered, by their age: "0-1h" and so on. */
struct rai_serve_coverage {
	size_t predictions[RAI_JOIN_AGES], with_truth[RAI_JOIN_AGES];
};
extern const char *const rai_serve_join_ages[RAI_JOIN_AGES];

void rai_serve_join_coverage(const struct rai_serve_join *j, struct rai_serve_coverage *out);

/* How long true values took to come, since the process began: counts up to each border. */
struct rai_serve_delays {
	uint64_t count[RAI_JOIN_DELAYS + 1]; /* not cumulative; the last is beyond all borders */
	double seconds;                      /* their sum */
};
extern const char *const rai_serve_join_delays[RAI_JOIN_DELAYS]; /* the borders, as le */

void rai_serve_join_delay(const struct rai_serve_join *j, struct rai_serve_delays *out);

#endif
