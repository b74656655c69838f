#include "serve/join.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "serve/keep.h"

/* Up to these ages and delays. */
static const int64_t ages_ms[RAI_JOIN_AGES - 1] = {3600000, 86400000, 604800000};
const char *const rai_serve_join_ages[RAI_JOIN_AGES] = {"0-1h", "1h-1d", "1d-7d", "7d-"};
static const int64_t delays_ms[RAI_JOIN_DELAYS] = {
    1000, 10000, 60000, 600000, 3600000, 21600000, 86400000, 604800000, 2592000000};
const char *const rai_serve_join_delays[RAI_JOIN_DELAYS] = {
    "1.0", "10.0", "60.0", "600.0", "3600.0", "21600.0", "86400.0", "604800.0", "2.592e+06"};

struct rai_serve_join {
	struct rai_serve_join_config config;
	struct rai_serve_keep keep;
	atomic_uint_least64_t count;
	pthread_mutex_t lock; /* of the rings */
	atomic_uint_least64_t delay[RAI_JOIN_DELAYS + 1], delay_ms;
};

/* FNV-1a of 64 bits. */
double
rai_serve_join_class(const char *name)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
	return (double)(h >> 11);
}

int
rai_serve_join_new(
    const struct rai_serve_join_config *config, struct rai_serve_join **out, struct rai_err *err)
{
	struct rai_serve_join *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return rai_fail_memory(err);
	j->config = *config;
	pthread_mutex_init(&j->lock, NULL);
	if (rai_serve_keep_open(config, &j->keep, err) != 0) {
		rai_serve_join_free(j);
		return -1;
	}
	/* a machine that stopped may have kept fewer numbers than were given out */
	if (j->keep.issued > 0)
		atomic_store(&j->count, j->keep.issued + RAI_JOIN_KEPT);
	*out = j;
	return 0;
}

void
rai_serve_join_free(struct rai_serve_join *j)
{
	if (j == NULL)
		return;
	pthread_mutex_destroy(&j->lock);
	rai_serve_keep_close(&j->keep);
	free(j);
}

int
rai_serve_join_was_of_another(const struct rai_serve_join *j)
{
	return j->keep.of_another;
}

static void
make_id(const struct rai_serve_join *j, int64_t ms, uint32_t count, char id[RAI_ULID_TEXT])
{
	unsigned char random[10];

	memcpy(random, j->keep.process, 6);
	random[6] = (unsigned char)(count >> 24);
	random[7] = (unsigned char)(count >> 16);
	random[8] = (unsigned char)(count >> 8);
	random[9] = (unsigned char)count;
	rai_ulid_from(ms, random, id);
}

void
rai_serve_join_issue(
    struct rai_serve_join *j, int64_t now_ms, double prediction, char id[RAI_ULID_TEXT])
{
	uint64_t count = atomic_fetch_add_explicit(&j->count, 1, memory_order_relaxed);
	struct rai_serve_entry_kept *e = &j->keep.entry[count % RAI_JOIN_KEPT];
	uint64_t bits;

	memcpy(&bits, &prediction, sizeof(bits));
	atomic_store_explicit(&e->seq, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&e->prediction, bits, memory_order_relaxed);
	atomic_store_explicit(&e->ms, now_ms, memory_order_relaxed);
	atomic_store_explicit(&e->joined, 0, memory_order_relaxed);
	atomic_store_explicit(&e->seq, count + 1, memory_order_release);
	make_id(j, now_ms, (uint32_t)count, id);
}

/* The count in an id: the low 32 of the 35 bits that its last seven letters are. */
static uint32_t
count_of(const char *id)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint64_t v = 0;
	int i;

	for (i = RAI_ULID_TEXT - 8; i < RAI_ULID_TEXT - 1; i++)
		v = v << 5 | (uint64_t)(strchr(alphabet, id[i]) - alphabet);
	return (uint32_t)v;
}

/* The number is stored last: what is cut off before that is none. */
static void
add_pair(struct rai_serve_join *j, enum rai_serve_ring ring, double value)
{
	uint64_t n = j->keep.pairs[ring]++;
	struct rai_serve_pair_kept *p = &j->keep.ring[ring][n % j->config.window];

	p->n = 0;
	atomic_signal_fence(memory_order_seq_cst);
	p->value = value;
	atomic_signal_fence(memory_order_seq_cst);
	p->n = n + 1;
}

static void
count_pair(struct rai_serve_join *j, double prediction, double actual)
{
	double error = fabs(actual - prediction), relative = error / fabs(actual);

	if (j->config.task == RAI_JOIN_CLASSES)
		relative = actual != prediction;
	pthread_mutex_lock(&j->lock);
	if (isfinite(relative))
		add_pair(j, RAI_RING_RELATIVE, relative);
	if (isfinite(error))
		add_pair(j, RAI_RING_ABSOLUTE, error);
	pthread_mutex_unlock(&j->lock);
}

static void
count_delay(struct rai_serve_join *j, int64_t issued_ms)
{
	int64_t ms = rai_clock_now(j->config.clock) - issued_ms;
	size_t i;

	for (i = 0; i < RAI_JOIN_DELAYS && ms > delays_ms[i]; i++)
		;
	atomic_fetch_add_explicit(&j->delay[i], 1, memory_order_relaxed);
	if (ms > 0)
		atomic_fetch_add_explicit(&j->delay_ms, (uint64_t)ms, memory_order_relaxed);
}

enum rai_join
rai_serve_join_actual(struct rai_serve_join *j, const char *id, double actual)
{
	char same[RAI_ULID_TEXT];
	double prediction;
	struct rai_serve_entry_kept *e;
	uint64_t bits, seq;
	uint32_t count;
	int64_t ms;

	if (!rai_ulid_valid(id, strlen(id)))
		return RAI_JOIN_UNKNOWN;
	count = count_of(id);
	e = &j->keep.entry[count % RAI_JOIN_KEPT];
	seq = atomic_load_explicit(&e->seq, memory_order_acquire);
	bits = atomic_load(&e->prediction);
	ms = atomic_load(&e->ms);
	make_id(j, ms, count, same);
	if (seq == 0 || (uint32_t)(seq - 1) != count || strcmp(id, same) != 0 ||
	    atomic_load(&e->seq) != seq)
		return RAI_JOIN_UNKNOWN;
	if (atomic_exchange(&e->joined, 1))
		return RAI_JOIN_REPEATED;
	memcpy(&prediction, &bits, sizeof(prediction));
	count_pair(j, prediction, actual);
	count_delay(j, ms);
	return RAI_JOIN_JOINED;
}

/* The mean over a ring of its values, or of their squares; NaN of none. */
static double
mean_of(const struct rai_serve_join *j, enum rai_serve_ring ring, int squares, size_t *n)
{
	const struct rai_serve_pair_kept *p = j->keep.ring[ring];
	size_t i, end = j->keep.pairs[ring] < j->config.window ? (size_t)j->keep.pairs[ring]
							       : j->config.window;
	double sum = 0;

	for (i = 0, *n = 0; i < end; i++)
		if (p[i].n > 0) {
			sum += squares ? p[i].value * p[i].value : p[i].value;
			++*n;
		}
	return *n == 0 ? NAN : sum / (double)*n;
}

void
rai_serve_join_accuracy(struct rai_serve_join *j, struct rai_serve_accuracy *out)
{
	const struct rai_serve_pair_kept *last;
	uint64_t n;
	size_t absolute;

	pthread_mutex_lock(&j->lock);
	out->rolling = mean_of(j, RAI_RING_RELATIVE, 0, &out->pairs);
	out->rmse = sqrt(mean_of(j, RAI_RING_ABSOLUTE, 1, &absolute));
	n = j->keep.pairs[RAI_RING_RELATIVE];
	last = n == 0 ? NULL : &j->keep.ring[RAI_RING_RELATIVE][(n - 1) % j->config.window];
	out->latest = last == NULL ? NAN : fmax(0, 1 - last->value);
	pthread_mutex_unlock(&j->lock);
	if (out->pairs > 0)
		out->rolling = fmax(0, 1 - out->rolling);
}

void
rai_serve_join_coverage(const struct rai_serve_join *j, struct rai_serve_coverage *out)
{
	uint64_t count = atomic_load(&j->count);
	size_t i, k, n = count < RAI_JOIN_KEPT ? (size_t)count : RAI_JOIN_KEPT;
	int64_t now = rai_clock_now(j->config.clock);

	memset(out, 0, sizeof(*out));
	for (i = 0; i < n; i++) {
		const struct rai_serve_entry_kept *e = &j->keep.entry[i];
		int64_t age = now - atomic_load_explicit(&e->ms, memory_order_relaxed);

		if (atomic_load_explicit(&e->seq, memory_order_relaxed) == 0)
			continue;
		for (k = 0; k < RAI_JOIN_AGES - 1 && age > ages_ms[k]; k++)
			;
		out->predictions[k]++;
		out->with_truth[k] += atomic_load_explicit(&e->joined, memory_order_relaxed) != 0;
	}
}

void
rai_serve_join_delay(const struct rai_serve_join *j, struct rai_serve_delays *out)
{
	size_t i;

	for (i = 0; i <= RAI_JOIN_DELAYS; i++)
		out->count[i] = atomic_load(&j->delay[i]);
	out->seconds = (double)atomic_load(&j->delay_ms) / 1000;
}
