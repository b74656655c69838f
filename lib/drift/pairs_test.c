#include "drift/pairs.h"

#include <stdio.h>

#include "base/tap.h"

static void
test_pairs__whichever_comes_first(void)
{
	struct rai_drift_pairs *p = rai_drift_pairs_new();
	struct rai_err err = RAI_ERR_INIT;
	struct rai_drift_pair pair;

	is_int(rai_drift_pairs_prediction(p, "a", 10, 0, 0, &pair, &err), 0, "a prediction waits");
	is_int(rai_drift_pairs_label(p, "b", 21, 0, &pair, &err), 0, "a label waits");
	is_int(rai_drift_pairs_orphans(p), 1, "without its prediction");
	is_int(rai_drift_pairs_label(p, "a", 11, 0, &pair, &err), 1, "joined by the label");
	ok(pair.prediction == 10 && pair.actual == 11 && pair.seq == 0, "both halves");
	is_int(rai_drift_pairs_prediction(p, "b", 20, 1, 0, &pair, &err), 1, "by the prediction");
	ok(pair.prediction == 20 && pair.actual == 21 && pair.seq == 1, "both halves");
	is_int(rai_drift_pairs_orphans(p), 0, "none is left");
	is_int(rai_drift_pairs_label(p, "a", 99, 0, &pair, &err), 2, "a second label is ignored");
	is_int(rai_drift_pairs_prediction(p, "a", 99, 2, 0, &pair, &err), 2, "a second prediction");
	rai_drift_pairs_free(p);
}

static void
test_pairs__broken(void)
{
	struct rai_drift_pairs *p = rai_drift_pairs_new();
	struct rai_err err = RAI_ERR_INIT;
	struct rai_drift_pair pair;

	rai_drift_pairs_prediction(p, "a", 1, 0, 0, &pair, &err);
	rai_drift_pairs_prediction(p, "b", 1, 1, 0, &pair, &err);
	rai_drift_pairs_break(p, 1, 2);
	ok(rai_drift_pairs_label(p, "a", 1, 0, &pair, &err) == 1 && !pair.broken, "before: sound");
	ok(rai_drift_pairs_label(p, "b", 1, 0, &pair, &err) == 1 && pair.broken, "inside: broken");
	rai_drift_pairs_free(p);
}

/* Twice the memory: the older half is forgotten, the newer joins. */
static void
test_pairs__bounded(void)
{
	struct rai_drift_pairs *p = rai_drift_pairs_new();
	struct rai_err err = RAI_ERR_INIT;
	struct rai_drift_pair pair;
	int64_t n = (int64_t)RAI_DRIFT_MEMORY * 3 / 2, i, joined = 0;
	char id[RAI_DRIFT_ID];

	for (i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "id-%lld", (long long)i);
		joined += rai_drift_pairs_prediction(p, id, (double)i, i, 0, &pair, &err);
	}
	is_int(joined, 0, "no label yet");
	for (i = n - (int64_t)RAI_DRIFT_MEMORY; i < n; i++) {
		snprintf(id, sizeof(id), "id-%lld", (long long)i);
		joined += rai_drift_pairs_label(p, id, 0, 0, &pair, &err) == 1 && pair.seq == i;
	}
	is_int(joined, RAI_DRIFT_MEMORY, "all that are remembered join");
	is_int(rai_drift_pairs_label(p, "id-0", 0, 0, &pair, &err), 0, "the oldest is forgotten");
	is_int(rai_drift_pairs_orphans(p), 1, "its label waits");
	rai_drift_pairs_free(p);
}

int
main(void)
{
	test_pairs__whichever_comes_first();
	test_pairs__broken();
	test_pairs__bounded();
	return tap_done();
}
