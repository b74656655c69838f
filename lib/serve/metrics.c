#include "serve/metrics.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The statuses that a server of ours gives; the last stands for any other. */
static const int codes[] = {
    200, 202, 400, 401, 404, 405, 408, 409, 413, 415, 421, 431, 500, 501, 503, 0};
enum { NCODE = sizeof(codes) / sizeof(codes[0]) };

/* Upper borders of the latency buckets, in nanoseconds and as le. */
static const struct {
	int64_t ns;
	const char *le;
} buckets[] = {{5000, "5e-06"}, {10000, "1e-05"}, {25000, "2.5e-05"}, {50000, "5e-05"},
    {100000, "0.0001"}, {250000, "0.00025"}, {500000, "0.0005"}, {1000000, "0.001"},
    {2500000, "0.0025"}, {5000000, "0.005"}, {10000000, "0.01"}, {25000000, "0.025"},
    {50000000, "0.05"}, {100000000, "0.1"}, {250000000, "0.25"}, {1000000000, "1.0"}};
enum { NBUCKET = sizeof(buckets) / sizeof(buckets[0]), LINE = 64 };

typedef atomic_uint_least64_t counter;

struct row {
	counter code[NCODE];
};

struct rai_serve_metrics {
	unsigned lanes;
	size_t nroute, stride; /* rows of one lane, a multiple of a cache line */
	const char *const *label;
	struct row *request; /* lanes x stride */
	counter feedback[3]; /* by enum rai_join */
};

struct times {
	_Alignas(LINE) counter bucket[NBUCKET + 1]; /* not cumulative; the last is +Inf */
	counter ns;
};

struct rai_serve_latency {
	unsigned lanes;
	struct times *lane;
};

static void
add(counter *c, uint64_t n)
{
	atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static uint64_t
get(const counter *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

/* n bytes of zeros from the start of a cache line; caller frees with free(). */
static void *
zeroed_lines(size_t n)
{
	char *p = aligned_alloc(LINE, (n + LINE - 1) / LINE * LINE);
	size_t i;

	for (i = 0; p != NULL && i < n; i++)
		p[i] = 0;
	return p;
}

int
rai_serve_metrics_new(unsigned lanes, const char *const *label, size_t nroute,
    struct rai_serve_metrics **out, struct rai_err *err)
{
	struct rai_serve_metrics *m = calloc(1, sizeof(*m));
	const size_t per = LINE / sizeof(counter);

	if (m == NULL)
		return rai_fail_memory(err);
	m->lanes = lanes;
	m->label = label;
	m->nroute = nroute;
	m->stride = (nroute + 1 + per - 1) / per * per;
	m->request = zeroed_lines(lanes * m->stride * sizeof(*m->request));
	if (m->request == NULL) {
		free(m);
		return rai_fail_memory(err);
	}
	*out = m;
	return 0;
}

void
rai_serve_metrics_free(struct rai_serve_metrics *m)
{
	if (m == NULL)
		return;
	free(m->request);
	free(m);
}

void
rai_serve_metrics_request(struct rai_serve_metrics *m, unsigned lane, size_t route, int status)
{
	size_t i;

	for (i = 0; i < NCODE - 1 && codes[i] != status; i++)
		;
	add(&m->request[lane * m->stride + route].code[i], 1);
}

int
rai_serve_latency_new(unsigned lanes, struct rai_serve_latency **out, struct rai_err *err)
{
	struct rai_serve_latency *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return rai_fail_memory(err);
	l->lanes = lanes;
	l->lane = zeroed_lines(lanes * sizeof(*l->lane));
	if (l->lane == NULL) {
		free(l);
		return rai_fail_memory(err);
	}
	*out = l;
	return 0;
}

void
rai_serve_latency_free(struct rai_serve_latency *l)
{
	if (l == NULL)
		return;
	free(l->lane);
	free(l);
}

void
rai_serve_latency_count(struct rai_serve_latency *l, unsigned lane, int64_t ns)
{
	size_t i;

	for (i = 0; i < NBUCKET && ns > buckets[i].ns; i++)
		;
	add(&l->lane[lane].bucket[i], 1);
	add(&l->lane[lane].ns, ns > 0 ? (uint64_t)ns : 0);
}

void
rai_serve_metrics_feedback(struct rai_serve_metrics *m, enum rai_join outcome)
{
	add(&m->feedback[outcome], 1);
}

struct rai_serve_bins {
	unsigned lanes;
	size_t ncol, stride; /* counters of one lane, a multiple of a cache line */
	size_t *start;       /* ncol + 1: where column i's bins begin */
	counter *count;      /* lanes x stride, and a lane more: what stood there at the begin */
};

int
rai_serve_bins_new(unsigned lanes, size_t ncol, const size_t *nbin, struct rai_serve_bins **out,
    struct rai_err *err)
{
	struct rai_serve_bins *b = calloc(1, sizeof(*b));
	const size_t per = LINE / sizeof(counter);
	size_t i;

	if (b == NULL)
		return rai_fail_memory(err);
	b->lanes = lanes;
	b->ncol = ncol;
	b->start = calloc(ncol + 1, sizeof(*b->start));
	for (i = 0; b->start != NULL && i < ncol; i++)
		b->start[i + 1] = b->start[i] + nbin[i];
	b->stride = b->start == NULL ? 0 : (b->start[ncol] + per) / per * per;
	b->count =
	    b->start == NULL ? NULL : zeroed_lines((lanes + 1) * b->stride * sizeof(counter));
	if (b->count == NULL) {
		rai_serve_bins_free(b);
		return rai_fail_memory(err);
	}
	*out = b;
	return 0;
}

void
rai_serve_bins_free(struct rai_serve_bins *b)
{
	if (b == NULL)
		return;
	free(b->start);
	free(b->count);
	free(b);
}

void
rai_serve_bins_count(struct rai_serve_bins *b, unsigned lane, size_t col, size_t bin)
{
	if (bin < b->start[col + 1] - b->start[col])
		add(&b->count[lane * b->stride + b->start[col] + bin], 1);
}

static uint64_t
sum_bin(const struct rai_serve_bins *b, size_t col, size_t bin)
{
	uint64_t sum = 0;
	unsigned lane;

	for (lane = 0; lane < b->lanes; lane++)
		sum += get(&b->count[lane * b->stride + b->start[col] + bin]);
	return sum;
}

void
rai_serve_bins_read(const struct rai_serve_bins *b, size_t col, int64_t *out)
{
	size_t i, n = b->start[col + 1] - b->start[col];

	for (i = 0; i < n; i++)
		out[i] = (int64_t)sum_bin(b, col, i);
}

void
rai_serve_bins_begin(struct rai_serve_bins *b)
{
	counter *begin = b->count + b->lanes * b->stride;
	size_t col, i;

	for (col = 0; col < b->ncol; col++)
		for (i = 0; i < b->start[col + 1] - b->start[col]; i++)
			atomic_store_explicit(
			    &begin[b->start[col] + i], sum_bin(b, col, i), memory_order_relaxed);
}

/* A begin may come between the two readings. */
static uint64_t
since_begin(const struct rai_serve_bins *b, size_t col, size_t bin)
{
	uint64_t sum = sum_bin(b, col, bin),
		 begin = get(&b->count[b->lanes * b->stride + b->start[col] + bin]);

	return sum > begin ? sum - begin : 0;
}

void
rai_serve_bins_write(const struct rai_serve_bins *b, size_t col, const int64_t *count,
    const char *name, const char *model, const char *column, struct rai_expo *x)
{
	size_t i, n = b->start[col + 1] - b->start[col];
	char number[24];
	uint64_t sum = 0;

	for (i = 0; i < n; i++) {
		sum += count != NULL ? (uint64_t)count[i] : since_begin(b, col, i);
		if (i >= RAI_SERVE_BINS && i + 3 < n)
			continue; /* to the last that has a number */
		if (i < RAI_SERVE_BINS)
			snprintf(number, sizeof(number), "%zu", i);
		rai_expo_sample(x, name, "");
		rai_expo_label(x, "model", model);
		if (column != NULL)
			rai_expo_label(x, "feature", column);
		rai_expo_label(x, "bin",
		    i + 1 == n           ? "unseen"
		    : i + 2 == n         ? "missing"
		    : i < RAI_SERVE_BINS ? number
					 : "rest");
		rai_expo_count(x, sum);
		sum = 0;
	}
}

/* Over all lanes and all routes with this label. */
static uint64_t
sum_requests(const struct rai_serve_metrics *m, const char *label, size_t code)
{
	uint64_t sum = 0;
	unsigned lane;
	size_t r;

	for (r = 0; r < m->nroute; r++)
		if (strcmp(m->label[r], label) == 0)
			for (lane = 0; lane < m->lanes; lane++)
				sum += get(&m->request[lane * m->stride + r].code[code]);
	return sum;
}

static int
label_is_new(const struct rai_serve_metrics *m, size_t r)
{
	size_t i;

	for (i = 0; i < r && strcmp(m->label[i], m->label[r]) != 0; i++)
		;
	return i == r;
}

static void
write_request(const char *label, size_t code, uint64_t sum, struct rai_expo *x)
{
	char number[16] = "other";

	if (codes[code] != 0)
		snprintf(number, sizeof(number), "%d", codes[code]);
	rai_expo_sample(x, "request_count_total", "");
	rai_expo_label(x, "route", label);
	rai_expo_label(x, "code", number);
	rai_expo_count(x, sum);
}

static void
write_requests(const struct rai_serve_metrics *m, struct rai_expo *x)
{
	uint64_t sum;
	unsigned lane;
	size_t r, i;

	rai_expo_head(x, RAI_EXPO_COUNTER, "request_count_total",
	    "Requests answered, by route and status code.");
	for (r = 0; r < m->nroute; r++)
		for (i = 0; label_is_new(m, r) && i < NCODE; i++) {
			sum = sum_requests(m, m->label[r], i);
			/* also 0 good predictions, so that the first is an increase */
			if (sum > 0 || (r == 0 && i == 0))
				write_request(m->label[r], i, sum, x);
		}
	for (i = 0; i < NCODE; i++) {
		for (sum = 0, lane = 0; lane < m->lanes; lane++)
			sum += get(&m->request[lane * m->stride + m->nroute].code[i]);
		if (sum > 0)
			write_request("other", i, sum, x);
	}
}

_Static_assert(RAI_SERVE_TIMES == NBUCKET + 1, "a count for each border and one beyond");

void
rai_serve_latency_read(const struct rai_serve_latency *l, uint64_t count[RAI_SERVE_TIMES])
{
	unsigned lane;
	size_t i;

	for (i = 0; i < RAI_SERVE_TIMES; i++)
		for (count[i] = 0, lane = 0; lane < l->lanes; lane++)
			count[i] += get(&l->lane[lane].bucket[i]);
}

double
rai_serve_latency_quantile(const uint64_t count[RAI_SERVE_TIMES], double q)
{
	uint64_t all = 0, sum = 0;
	size_t i;

	for (i = 0; i < RAI_SERVE_TIMES; i++)
		all += count[i];
	for (i = 0; i < NBUCKET; i++)
		if ((double)(sum += count[i]) >= q * (double)all)
			break;
	return all == 0 ? NAN : i < NBUCKET ? (double)buckets[i].ns / 1e9 : INFINITY;
}

void
rai_serve_latency_write(const struct rai_serve_latency *l, const char *model, struct rai_expo *x)
{
	uint64_t sum = 0, ns = 0;
	unsigned lane;
	size_t i;

	for (i = 0; i <= NBUCKET; i++) {
		for (lane = 0; lane < l->lanes; lane++)
			sum += get(&l->lane[lane].bucket[i]);
		rai_expo_bucket(x, "prediction_latency_seconds", model,
		    i == NBUCKET ? "+Inf" : buckets[i].le, sum);
	}
	for (lane = 0; lane < l->lanes; lane++)
		ns += get(&l->lane[lane].ns);
	rai_expo_of_model(x, "prediction_latency_seconds_sum", model, (double)ns / 1e9);
	rai_expo_of_model(x, "prediction_latency_seconds_count", model, (double)sum);
}

void
rai_serve_metrics_write(const struct rai_serve_metrics *m, struct rai_expo *x)
{
	static const char *const outcomes[] = {"joined", "unknown", "repeated"};
	size_t i;

	write_requests(m, x);
	rai_expo_head(x, RAI_EXPO_COUNTER, "rai_feedback_total",
	    "True values received, by whether their prediction was remembered.");
	for (i = 0; i < 3; i++) {
		rai_expo_sample(x, "rai_feedback_total", "");
		rai_expo_label(x, "outcome", outcomes[i]);
		rai_expo_count(x, get(&m->feedback[i]));
	}
}

void
rai_serve_metrics_process(int64_t start_ms, struct rai_expo *x)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long long pages = 0, resident = 0;
	struct rusage use;

	rai_expo_head(x, RAI_EXPO_GAUGE, "process_start_time_seconds",
	    "When this process started, in seconds since 1970.");
	rai_expo_plain(x, "process_start_time_seconds", (double)start_ms / 1000);
	if (f != NULL) {
		if (fscanf(f, "%llu %llu", &pages, &resident) == 2) {
			rai_expo_head(
			    x, RAI_EXPO_GAUGE, "process_resident_memory_bytes", "Memory in use.");
			rai_expo_plain(x, "process_resident_memory_bytes",
			    (double)resident * (double)sysconf(_SC_PAGESIZE));
		}
		fclose(f);
	}
	if (getrusage(RUSAGE_SELF, &use) == 0) {
		rai_expo_head(
		    x, RAI_EXPO_COUNTER, "process_cpu_seconds_total", "Processor time used.");
		rai_expo_plain(x, "process_cpu_seconds_total",
		    (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
			(double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
	}
}
