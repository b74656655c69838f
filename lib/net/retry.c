#include "net/retry.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"

enum { SECONDARY_MS = 60000 };

/* A 403 is a refusal for good, unless its headers or text say that it is a rate limit. */
static int
is_rate_limit(const struct rai_http_answer *a)
{
	if (a->status == 429)
		return 1;
	return a->status == 403 && (a->retry_after_ms >= 0 || a->rate_remaining == 0 ||
				       strstr(a->body.ptr, "rate limit") != NULL);
}

/* base * 2^doublings without overflow, at most ceiling. */
static int64_t
doubled(int64_t base, int doublings, int64_t ceiling)
{
	while (doublings-- > 0 && base < ceiling)
		base *= 2;
	return base < ceiling ? base : ceiling;
}

/* What the server asks for, or -1. */
static int64_t
asked_wait(const struct rai_http_answer *a, int attempt, int64_t now_ms)
{
	int64_t ms;

	if (a == NULL)
		return -1;
	if (a->retry_after_ms >= 0)
		return a->retry_after_ms;
	if (!is_rate_limit(a))
		return -1;
	if (a->rate_remaining == 0 && a->rate_reset_s >= 0) {
		ms = a->rate_reset_s * 1000 - now_ms;
		return ms > 0 ? ms : 0;
	}
	return doubled(SECONDARY_MS, attempt - 1, 16 * (int64_t)SECONDARY_MS);
}

enum rai_retry_verdict
rai_retry_next(const struct rai_retry_rule *rule, const struct rai_http_answer *a, int attempt,
    int64_t spent_ms, int64_t now_ms, struct rai_rng *rng, int64_t *wait_ms)
{
	int64_t wait;

	*wait_ms = 0;
	if (a != NULL && a->status >= 200 && a->status < 400)
		return RAI_RETRY_DONE;
	if (a != NULL && a->status < 500 && a->status != 408 && !is_rate_limit(a))
		return RAI_RETRY_NEVER;
	wait = asked_wait(a, attempt, now_ms);
	if (wait < 0) {
		wait = doubled(rule->first_ms, attempt - 1, rule->longest_ms);
		wait -= (int64_t)(rai_rng_unit(rng) * (double)wait / 2);
	}
	*wait_ms = wait;
	if (attempt >= rule->attempts || wait > rule->deadline_ms - spent_ms)
		return RAI_RETRY_LATER;
	return RAI_RETRY_AGAIN;
}

static void
sleep_ms(int64_t ms)
{
	struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	while (nanosleep(&t, &t) != 0)
		;
}

static struct rai_rng
os_rng(void)
{
	uint64_t seed = 0;

	if (rai_rng_os(&seed, sizeof(seed)) != 0)
		seed = (uint64_t)rai_clock_mono_ns();
	return rai_rng_new(seed, 0);
}

/* The reason in words: the server's status, or what err already says. */
static int
say_status(const struct rai_http_answer *a, int answered, enum rai_code code, struct rai_err *err)
{
	if (!answered)
		return -1;
	return rai_fail(err, code, "the server answered %ld%s", a->status,
	    is_rate_limit(a) ? " (rate limit)" : "");
}

int
rai_retry_http(const struct rai_retry_rule *rule, const struct rai_http_request *q,
    const struct rai_retry_guard *guard, struct rai_http_answer *a, int *tries, int64_t *later_ms,
    struct rai_err *err)
{
	struct rai_rng rng = os_rng();
	int64_t spent = 0, wait;
	int attempt, received = 0, answered, sent;

	*tries = 0;
	*later_ms = 0;
	for (attempt = 1;; attempt++) {
		int looked = received && guard != NULL ? guard->look(guard->payload, err) : 0;

		answered = 0;
		if (looked == 1) {
			a->status = 0;
			return 0;
		}
		if (looked == 0) {
			(*tries)++;
			answered = rai_http_do(q, a, &sent, err) == 0;
			if (!answered && err->code != RAI_ENET)
				return -1;
			received |= answered ? a->status >= 500 : sent;
		}
		switch (rai_retry_next(
		    rule, answered ? a : NULL, attempt, spent, rai_clock_now(NULL), &rng, &wait)) {
		case RAI_RETRY_DONE:
			return 0;
		case RAI_RETRY_NEVER:
			return say_status(a, answered, RAI_EINPUT, err);
		case RAI_RETRY_LATER:
			say_status(a, answered, RAI_ENET, err);
			*later_ms = wait;
			return 1;
		case RAI_RETRY_AGAIN:
			break;
		}
		sleep_ms(wait);
		spent += wait;
	}
}
