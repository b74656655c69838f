/*
 * What is read as alerts can be decided on, the decision does not depend on when it is asked a
 * second time, and an alert kept in a claim comes back with the same cause.
 */
#include "alert/policy.h"

#include <string.h>

#include "fuzz.h"

static const struct rai_policy policy = {3600000, 3, 86400000, 2, 900000, 3600000, 0};
static const int64_t NOW = 1790000000000;

static void
check(const struct rai_alert *alert)
{
	struct rai_buf a = RAI_BUF_INIT((size_t)4 << 20), b = RAI_BUF_INIT((size_t)4 << 20);
	struct rai_decision first, again;
	struct rai_past p = {.attempt = 1, .time_ms = NOW, .updated_ms = NOW, .alert = *alert}, q;

	if (rai_policy_decide(&policy, alert, "m", NULL, 0, NULL, NOW, &first, NULL) != 0)
		abort();
	snprintf(p.key, sizeof(p.key), "%s", first.key);
	snprintf(p.cause, sizeof(p.cause), "%s", first.cause);
	if (rai_past_write(&p, &a, NULL) == 0) {
		if (rai_past_read(p.key, a.ptr, a.len, &q, NULL) != 0 ||
		    rai_past_write(&q, &b, NULL) != 0 || strcmp(a.ptr, b.ptr) != 0)
			abort();
		rai_past_free(&q);
	}
	/* claimed now: whoever asks next is told to wait, under the same key */
	if (rai_policy_decide(&policy, alert, "m", &p, 1, NULL, NOW, &again, NULL) != 0 ||
	    strcmp(first.key, again.key) != 0 || again.verdict == RAI_VERDICT_DISPATCH)
		abort();
	rai_buf_free(&a);
	rai_buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rai_alerts alerts;
	struct rai_past p;
	struct rai_slot slot;
	size_t i;

	if (rai_past_read("m.x", (const char *)data, size, &p, NULL) == 0)
		rai_past_free(&p);
	(void)rai_slot_read((const char *)data, size, &slot, NULL);
	if (rai_alerts_read((const char *)data, size, &alerts, NULL) != 0)
		return 0;
	for (i = 0; i < alerts.n; i++)
		check(&alerts.alert[i]);
	rai_alerts_free(&alerts);
	return 0;
}
