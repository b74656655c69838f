#ifndef RAI_SERVE_JOIN_H
#define RAI_SERVE_JOIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ulid.h"

/*
 * Prediction ids, the last RAI_JOIN_KEPT predictions, and what became of them.  An id is a ULID
 * whose random part is 48 bits of the process and a 32-bit count: unique, and its own place in
 * the table.  Issuing an id takes no lock.
 *
 * Accuracy of one pair: max(0, 1 - |actual - prediction| / |actual|); of a window of pairs:
 * max(0, 1 - MAPE), MAPE being the mean of |actual - prediction| / |actual|.  A pair whose actual
 * value is 0 has no relative error and is not counted.  Of classes, a pair's accuracy is 1 or 0,
 * and that of a window the share of right ones.
 */
enum { RAI_JOIN_KEPT = 1 << 16 };

struct rai_serve_join;

/* What predictions and true values are: numbers, or rai_serve_join_class() of their classes. */
enum rai_join_task { RAI_JOIN_NUMBERS, RAI_JOIN_CLASSES };

/* A number that stands for a class, whichever model knows it: 53 bits of its name's hash. */
double rai_serve_join_class(const char *name);

/* window: pairs that the rolling accuracy looks back on, at least 1. */
int rai_serve_join_new(
    size_t window, enum rai_join_task task, struct rai_serve_join **out, struct rai_err *err);
void rai_serve_join_free(struct rai_serve_join *j); /* NULL is fine */

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
};

void rai_serve_join_accuracy(struct rai_serve_join *j, struct rai_serve_accuracy *out);

#endif
