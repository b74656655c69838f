#include "net/retry.h"

#include "base/tap.h"

static const struct rai_retry_rule rule = {4, 1000, 8000, 100000};
static struct rai_rng rng;

static struct rai_http_answer
answer(long status)
{
	struct rai_http_answer a = {.status = status,
	    .body = RAI_BUF_INIT(1000),
	    .retry_after_ms = -1,
	    .rate_remaining = -1,
	    .rate_reset_s = -1};

	return a;
}

static int
verdict(const struct rai_http_answer *a, int attempt, int64_t spent, int64_t *wait)
{
	return (int)rai_retry_next(&rule, a, attempt, spent, 1000000, &rng, wait);
}

static void
test_verdicts(void)
{
	static const struct {
		long status;
		int want;
	} row[] = {
	    {200, RAI_RETRY_DONE},
	    {204, RAI_RETRY_DONE},
	    {302, RAI_RETRY_DONE},
	    {400, RAI_RETRY_NEVER},
	    {401, RAI_RETRY_NEVER},
	    {403, RAI_RETRY_NEVER},
	    {404, RAI_RETRY_NEVER},
	    {422, RAI_RETRY_NEVER},
	    {408, RAI_RETRY_AGAIN},
	    {429, RAI_RETRY_AGAIN},
	    {500, RAI_RETRY_AGAIN},
	    {503, RAI_RETRY_AGAIN},
	};
	char name[64];
	int64_t wait;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct rai_http_answer a = answer(row[i].status);

		snprintf(name, sizeof(name), "status %ld", row[i].status);
		is_int(verdict(&a, 1, 0, &wait), row[i].want, name);
	}
	is_int(verdict(NULL, 1, 0, &wait), RAI_RETRY_AGAIN, "no answer: again");
	is_int(verdict(NULL, 4, 0, &wait), RAI_RETRY_LATER, "the upper count ends it");
}

static void
test_backoff(void)
{
	int64_t wait, least = INT64_MAX, most = 0;
	int i;

	for (i = 0; i < 200; i++) {
		verdict(NULL, 3, 0, &wait);
		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
	}
	ok(least >= 2000 && most <= 4000, "third wait lies in [first * 2, first * 4]");
	ok(most - least > 1000, "and is spread");
	verdict(NULL, 1, 0, &wait);
	ok(wait >= 500 && wait <= 1000, "first wait lies in [first / 2, first]");
	is_int(verdict(NULL, 3, 99000, &wait), RAI_RETRY_LATER, "a wait past the deadline: later");
}

static void
test_server_asks(void)
{
	struct rai_http_answer a = answer(503);
	int64_t wait;

	a.retry_after_ms = 17000;
	verdict(&a, 1, 0, &wait);
	is_int(wait, 17000, "Retry-After wins");
	a.retry_after_ms = 200000;
	is_int(verdict(&a, 1, 0, &wait), RAI_RETRY_LATER, "Retry-After past the deadline: later");
	is_int(wait, 200000, "and says when");
	a = answer(403);
	a.rate_remaining = 0;
	a.rate_reset_s = 1030;
	is_int(verdict(&a, 1, 0, &wait), RAI_RETRY_AGAIN, "403 with nothing remaining: again");
	is_int(wait, 30000, "at the reset");
	a = answer(403);
	rai_buf_str(&a.body, "{\"message\":\"You have exceeded a secondary rate limit\"}");
	is_int(verdict(&a, 1, 0, &wait), RAI_RETRY_AGAIN, "403 of the secondary limit: again");
	is_int(wait, 60000, "after a minute");
	is_int(verdict(&a, 2, 60000, &wait), RAI_RETRY_LATER, "then two: past the deadline");
	is_int(wait, 120000, "two minutes");
	rai_buf_free(&a.body);
}

int
main(void)
{
	rng = rai_rng_new(1, 0);
	test_verdicts();
	test_backoff();
	test_server_asks();
	return tap_done();
}
