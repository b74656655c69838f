#ifndef RAI_NET_RETRY_H
#define RAI_NET_RETRY_H

#include <stdint.h>

#include "base/rng.h"
#include "net/http.h"

/*
 * When a call is repeated, and after how long: exponential back-off with jitter ("full jitter":
 * M. Brooker, "Exponential Backoff And Jitter", 2015: uniform in [0, min(longest, first * 2^n)),
 * here with half of it kept as a floor), an upper count and an upper total time.
 *  - repeated: no answer, 408, 429, every 5xx, and a 403 that is a rate limit;
 *  - Retry-After wins over the back-off; x-ratelimit-remaining 0 waits for x-ratelimit-reset; a
 *    rate limit without either waits 60 s, doubled each time (GitHub's rules for its REST API);
 *  - a wait that would pass deadline_ms is not begun: RAI_RETRY_LATER with the time it would take.
 */
struct rai_retry_rule {
	int attempts;        /* at most, the first one counted */
	int64_t first_ms;    /* mean of the first wait is 3/4 of it */
	int64_t longest_ms;  /* ceiling of a back-off; a server may ask for more */
	int64_t deadline_ms; /* of all waits together */
};

enum rai_retry_verdict {
	RAI_RETRY_DONE,  /* 2xx or 3xx: an answer to use */
	RAI_RETRY_AGAIN, /* wait *wait_ms, then repeat */
	RAI_RETRY_LATER, /* no more now; *wait_ms from now at the earliest */
	RAI_RETRY_NEVER  /* repeating it unchanged is useless */
};

/*
 * Pure.  a is NULL when no answer came; attempt counts from 1; spent_ms is the sum of the waits so
 * far; now_ms is compared with x-ratelimit-reset.
 */
enum rai_retry_verdict rai_retry_next(const struct rai_retry_rule *rule,
    const struct rai_http_answer *a, int attempt, int64_t spent_ms, int64_t now_ms,
    struct rai_rng *rng, int64_t *wait_ms);

/*
 * What stands before a repetition of a request that may have been received (it was sent and no
 * answer came, or a 5xx came): 1: the effect is there, do not repeat; 0: it is not, or the target
 * is idempotent; -1: not known (err says why), which counts as an attempt that failed.
 */
struct rai_retry_guard {
	int (*look)(void *payload, struct rai_err *err);
	void *payload;
};

/*
 * rai_http_do() under the rule.  0: an answer to use (status 2xx or 3xx), or guard found the effect
 * (then a->status is 0); 1: given up for now, err says why, *later_ms is the earliest next try
 * from now; -1: useless to repeat (err; a->status where an answer came).  guard may be NULL only
 * for an idempotent request.  *tries counts the requests made.
 */
int rai_retry_http(const struct rai_retry_rule *rule, const struct rai_http_request *q,
    const struct rai_retry_guard *guard, struct rai_http_answer *a, int *tries, int64_t *later_ms,
    struct rai_err *err);

#endif
