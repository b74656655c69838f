#include "serve/moved.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/tap.h"

enum { COLS = 3, BINS = 6, MINUTE_MS = 60000 };

static const size_t nbin[COLS] = {BINS, BINS, 3};
static const int64_t training[BINS] = {500, 300, 150, 50, 0, 0};
static const int64_t predicted[3] = {500, 500, 0};
static const struct rai_serve_reference column[COLS] = {
    {.count = training}, {.count = training}, {.count = predicted}};
static const struct rai_serve_facts facts = {.column = column};
static char name[] = "x", date[] = "d", target[] = "y";
static struct rai_col_spec spec[] = {
    {.name = name, .type = RAI_COL_NUM}, {.name = date, .type = RAI_COL_DATE}};
static const struct rai_schema schema = {.col = spec, .n = 2, .target = {.name = target}};

static void
release(void *p)
{
	(void)p;
}

static void
count(struct rai_serve_live *live, size_t col, const int64_t *n)
{
	size_t i;
	int64_t k;

	for (i = 0; i < nbin[col]; i++)
		for (k = 0; k < n[i]; k++)
			rai_serve_bins_count(live->bins, (unsigned)k % 2, col, i);
}

static void
pass(struct rai_serve_live *live, int minutes, int64_t *now_ms)
{
	for (; minutes > 0; minutes--)
		rai_serve_rolling_minute(live->rolling, live->bins, *now_ms += MINUTE_MS);
}

static void
test_moved__windows(struct rai_serve_live *live)
{
	const int64_t new[BINS] = {50, 30, 150, 50, 20, 0}, few[BINS] = {30, 15, 3, 2, 0, 0};
	struct rai_serve_moved m;
	double y[RAI_ROLLING_SERIES];
	int64_t now = 0;
	size_t n;

	ok(rai_serve_moved(live, 0, &m) == 0 && !m.enough && !m.judged && m.n == 0,
	    "of nothing nothing is said");
	ok(isnan(rai_serve_moved_most(live)), "nor of all");
	count(live, 0, training);
	count(live, 1, training);
	pass(live, 120, &now);
	rai_serve_moved(live, 0, &m);
	ok(m.window == RAI_ROLLING_DAY && m.n == 1000 && m.judged && m.psi == 0,
	    "an hour without values: the day has them");
	count(live, 0, new);
	rai_serve_moved(live, 0, &m);
	ok(m.window == RAI_ROLLING_HOUR && m.n == 300 && m.since_ms == 60 * MINUTE_MS,
	    "the hour has enough");
	/* numpy 1.24, from the formula in stat.h; of all 1300 values it is 0.119 */
	ok_near(m.psi, 1.4670914005273188, 1e-12, "its index");
	ok_near(m.threshold, 0.2 + 4 * (1 / 300.0 + 1 / 1000.0), 1e-15, "its threshold");
	ok_near(rai_serve_moved_most(live), m.psi / m.threshold, 1e-15, "a date is not judged");
	rai_serve_moved(live, 1, &m);
	ok(m.enough && !m.judged, "though it has an index");
	pass(live, 70, &now);
	count(live, 0, few);
	rai_serve_moved(live, 0, &m);
	ok(m.window == RAI_ROLLING_DAY && m.n == 1350, "a quiet hour: the day again");
	n = rai_serve_moved_series(live, 0, RAI_ROLLING_DAY, y);
	ok(n == 4 && y[0] == 0 && isnan(y[1]) && y[2] > 5 && isnan(y[3]),
	    "hour by hour, where there are enough values");
	pass(live, 25 * 60, &now);
	rai_serve_moved(live, 0, &m);
	ok(m.window == RAI_ROLLING_ALL && m.n == 1350 && m.since_ms == 0, "a quiet day: all");
	ok(rai_serve_moved(live, 2, &m) == 0 && m.n == 0, "the prediction is behind the columns");
}

int
main(void)
{
	const struct rai_serve_model model = {.schema = &schema,
	    .name = "house",
	    .version = "v",
	    .digest = "sha256:0",
	    .nbin = nbin,
	    .facts = &facts,
	    .release = release};
	struct rai_serve_model plain = model;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_live *live = rai_serve_live_new(2, 0, &model, &err);
	struct rai_serve_moved m;

	if (live == NULL)
		return ok(0, err.msg), tap_done();
	test_moved__windows(live);
	rai_serve_live_drop(live);
	plain.nbin = NULL;
	live = rai_serve_live_new(2, 0, &plain, &err);
	ok(live != NULL && rai_serve_moved(live, 0, &m) == -1, "a model without a profile");
	rai_serve_live_drop(live);
	return tap_done();
}
