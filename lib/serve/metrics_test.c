#include "serve/metrics.h"

#include <pthread.h>

#include "base/tap.h"

static int
has(const struct rai_buf *b, const char *line)
{
	return strstr(b->ptr, line) != NULL;
}

static void
test_metrics__sum_of_lanes(void)
{
	struct rai_buf b = RAI_BUF_INIT(1 << 20);
	const char *const label[] = {"/predict", "/form", "/predict"};
	struct rai_serve_metrics *m = NULL;
	struct rai_serve_latency *l = NULL;
	struct rai_expo x = {.out = &b};

	ok(rai_serve_metrics_new(4, label, 3, &m, NULL) == 0, "a registry of four lanes");
	rai_serve_metrics_request(m, 0, 0, 200);
	rai_serve_metrics_request(m, 3, 2, 200);
	rai_serve_metrics_request(m, 1, 3, 418);
	ok(rai_serve_latency_new(4, &l, NULL) == 0, "a model's latency");
	rai_serve_latency_count(l, 0, 5000);
	rai_serve_latency_count(l, 2, 5001);
	rai_serve_latency_count(l, 3, INT64_C(2000000000));
	rai_serve_metrics_feedback(m, RAI_JOIN_UNKNOWN);
	rai_serve_metrics_write(m, &x);
	rai_serve_latency_write(l, "house", &x);
	ok(has(&b, "\nrequest_count_total{route=\"/predict\",code=\"200\"} 2\n"),
	    "lanes are summed, and routes of one label");
	ok(has(&b, "{route=\"other\",code=\"other\"} 1\n"), "a status that is not listed");
	ok(has(&b, "_bucket{model=\"house\",le=\"5e-06\"} 1\n"), "a border belongs to its bucket");
	ok(has(&b, "_bucket{model=\"house\",le=\"1e-05\"} 2\n"), "buckets are cumulative");
	ok(has(&b, "_bucket{model=\"house\",le=\"1.0\"} 2\n") &&
		has(&b, "_bucket{model=\"house\",le=\"+Inf\"} 3\n"),
	    "the last bucket holds all");
	ok(has(&b, "prediction_latency_seconds_sum{model=\"house\"} 2.000010001\n"),
	    "the sum is in seconds");
	ok(has(&b, "prediction_latency_seconds_count{model=\"house\"} 3\n"), "and the count");
	ok(has(&b, "rai_feedback_total{outcome=\"unknown\"} 1\n"), "feedback by outcome");
	rai_serve_latency_free(l);
	rai_serve_metrics_free(m);
	rai_buf_free(&b);
}

/* What our handlers and limits say to a client must be found by code=~"5..". */
static void
test_metrics__codes(void)
{
	static const int codes[] = {
	    200, 202, 400, 401, 404, 405, 408, 409, 413, 415, 421, 431, 500, 501, 503};
	const char *const label[] = {"/predict"};
	struct rai_buf b = RAI_BUF_INIT(1 << 20);
	struct rai_serve_metrics *m = NULL;
	struct rai_expo x = {.out = &b};
	size_t i, n = sizeof(codes) / sizeof(codes[0]), found = 0;
	char line[64];

	ok(rai_serve_metrics_new(1, label, 1, &m, NULL) == 0, "a registry of one route");
	for (i = 0; i < n; i++)
		rai_serve_metrics_request(m, 0, 0, codes[i]);
	rai_serve_metrics_write(m, &x);
	for (i = 0; i < n; i++) {
		snprintf(line, sizeof(line), "{route=\"/predict\",code=\"%d\"} 1\n", codes[i]);
		found += has(&b, line);
	}
	is_int((long long)found, (long long)n, "each status by its number");
	rai_serve_metrics_free(m);
	rai_buf_free(&b);
}

static void
test_metrics__bins(void)
{
	const size_t nbin[] = {4, 0, 3};
	struct rai_buf b = RAI_BUF_INIT(1 << 20);
	struct rai_serve_bins *bins = NULL;
	struct rai_expo x = {.out = &b};
	int64_t sum[4];

	ok(rai_serve_bins_new(2, 3, nbin, &bins, NULL) == 0, "bins of three columns");
	rai_serve_bins_count(bins, 0, 0, 0);
	rai_serve_bins_count(bins, 1, 0, 0);
	rai_serve_bins_count(bins, 1, 0, 2);
	rai_serve_bins_count(bins, 0, 0, 4); /* beyond: nowhere, not the next column */
	rai_serve_bins_count(bins, 0, 1, 0);
	rai_serve_bins_write(bins, 0, NULL, "x_total", "m", "a\"b\\c\n", &x);
	rai_serve_bins_write(bins, 1, NULL, "x_total", "m", "none", &x);
	rai_serve_bins_write(bins, 2, NULL, "y_total", "m", NULL, &x);
	is_str(b.ptr,
	    "x_total{model=\"m\",feature=\"a\\\"b\\\\c\\n\",bin=\"0\"} 2\n"
	    "x_total{model=\"m\",feature=\"a\\\"b\\\\c\\n\",bin=\"1\"} 0\n"
	    "x_total{model=\"m\",feature=\"a\\\"b\\\\c\\n\",bin=\"missing\"} 1\n"
	    "x_total{model=\"m\",feature=\"a\\\"b\\\\c\\n\",bin=\"unseen\"} 0\n"
	    "y_total{model=\"m\",bin=\"0\"} 0\ny_total{model=\"m\",bin=\"missing\"} "
	    "0\ny_total{model=\"m\",bin=\"unseen\"} 0\n",
	    "bins and their labels");
	rai_serve_bins_begin(bins);
	rai_serve_bins_count(bins, 1, 0, 2);
	rai_buf_clear(&b);
	rai_serve_bins_write(bins, 0, NULL, "x_total", "m", "a", &x);
	is_str(b.ptr,
	    "x_total{model=\"m\",feature=\"a\",bin=\"0\"} 0\n"
	    "x_total{model=\"m\",feature=\"a\",bin=\"1\"} 0\n"
	    "x_total{model=\"m\",feature=\"a\",bin=\"missing\"} 1\n"
	    "x_total{model=\"m\",feature=\"a\",bin=\"unseen\"} 0\n",
	    "they begin at 0 again");
	rai_serve_bins_read(bins, 0, sum);
	is_int(sum[0] * 10 + sum[2], 22, "and nothing is forgotten");
	rai_serve_bins_free(bins);
	rai_buf_free(&b);
}

/* The series of a feature are bounded, and nothing is left out. */
static void
test_metrics__many_bins(void)
{
	const size_t nbin[] = {RAI_SERVE_BINS + 1000, RAI_SERVE_BINS + 3, RAI_SERVE_BINS + 2};
	struct rai_buf b = RAI_BUF_INIT(1 << 20);
	struct rai_expo x = {.out = &b};
	struct rai_serve_bins *bins = NULL;
	size_t i, n, col;

	ok(rai_serve_bins_new(1, 3, nbin, &bins, NULL) == 0, "bins of many categories");
	for (col = 0; col < 3; col++)
		for (i = 0; i < nbin[col]; i++)
			rai_serve_bins_count(bins, 0, col, i);
	rai_serve_bins_write(bins, 0, NULL, "x_total", "m", NULL, &x);
	for (i = 0, n = 0; i < b.len; i++)
		n += b.ptr[i] == '\n';
	is_int(n, RAI_SERVE_BINS + 3, "no more lines than that");
	ok(has(&b, "\nx_total{model=\"m\",bin=\"499\"} 1\n"
		   "x_total{model=\"m\",bin=\"rest\"} 998\n"
		   "x_total{model=\"m\",bin=\"missing\"} 1\n"
		   "x_total{model=\"m\",bin=\"unseen\"} 1\n"),
	    "the rest is one");
	rai_buf_clear(&b);
	rai_serve_bins_write(bins, 1, NULL, "x_total", "m", NULL, &x);
	ok(has(&b, ",bin=\"499\"} 1\nx_total{model=\"m\",bin=\"rest\"} 1\n"), "a rest of one");
	rai_buf_clear(&b);
	rai_serve_bins_write(bins, 2, NULL, "x_total", "m", NULL, &x);
	ok(has(&b, ",bin=\"499\"} 1\nx_total{model=\"m\",bin=\"missing\"} 1\n"), "no rest");
	rai_serve_bins_free(bins);
	rai_buf_free(&b);
}

enum { THREADS = 4, TIMES = 50000 };

struct counting {
	pthread_t thread;
	unsigned lane;
	struct rai_serve_bins *bins;
	struct rai_serve_metrics *m;
	struct rai_serve_latency *l;
};

/* More threads than lanes: they share some. */
static void *
count(void *payload)
{
	struct counting *c = payload;
	size_t i;

	for (i = 0; i < TIMES; i++) {
		rai_serve_bins_count(c->bins, c->lane, 0, i % 3);
		rai_serve_metrics_request(c->m, c->lane, 0, 200);
		rai_serve_latency_count(c->l, c->lane, 5000);
	}
	return NULL;
}

static void
test_metrics__no_count_is_lost(void)
{
	const char *const label[] = {"/predict"};
	const size_t nbin[] = {3};
	struct rai_buf b = RAI_BUF_INIT(1 << 20);
	struct rai_expo x = {.out = &b};
	struct counting c[THREADS] = {{.lane = 0}};
	struct rai_serve_bins *bins = NULL;
	struct rai_serve_metrics *m = NULL;
	struct rai_serve_latency *l = NULL;
	char want[512];
	int i;

	rai_serve_bins_new(2, 1, nbin, &bins, NULL);
	rai_serve_metrics_new(2, label, 1, &m, NULL);
	rai_serve_latency_new(2, &l, NULL);
	for (i = 0; i < THREADS; i++) {
		c[i] = (struct counting){.lane = (unsigned)i % 2, .bins = bins, .m = m, .l = l};
		pthread_create(&c[i].thread, NULL, count, &c[i]);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(c[i].thread, NULL);
	rai_serve_bins_write(bins, 0, NULL, "x_total", "m", NULL, &x);
	snprintf(want, sizeof(want),
	    "x_total{model=\"m\",bin=\"0\"} %d\nx_total{model=\"m\",bin=\"missing\"} %d\n"
	    "x_total{model=\"m\",bin=\"unseen\"} %d\n",
	    THREADS * ((TIMES + 2) / 3), THREADS * ((TIMES + 1) / 3), THREADS * (TIMES / 3));
	is_str(b.ptr, want, "bins that several threads count in");
	rai_serve_metrics_write(m, &x);
	rai_serve_latency_write(l, "m", &x);
	ok(has(&b, "{route=\"/predict\",code=\"200\"} 200000\n"), "requests");
	ok(has(&b, "_bucket{model=\"m\",le=\"5e-06\"} 200000\n") &&
		has(&b, "prediction_latency_seconds_sum{model=\"m\"} 1\n"),
	    "and their times");
	rai_serve_bins_free(bins);
	rai_serve_metrics_free(m);
	rai_serve_latency_free(l);
	rai_buf_free(&b);
}

int
main(void)
{
	test_metrics__sum_of_lanes();
	test_metrics__codes();
	test_metrics__bins();
	test_metrics__many_bins();
	test_metrics__no_count_is_lost();
	return tap_done();
}
