#include "serve/join.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* seq is count + 1 when the other members are whole, 0 while they change. */
struct entry {
	atomic_uint_least64_t seq, prediction; /* the double's bits */
	atomic_int_least64_t ms;
	atomic_int joined;
};

struct rai_serve_join {
	unsigned char process[6];
	atomic_uint_least32_t count;
	struct entry *entry; /* RAI_JOIN_KEPT */
	pthread_mutex_t lock;
	double *ape; /* window: a ring of absolute relative errors, or of 0 and 1; the lock's */
	enum rai_join_task task;
	size_t window, pairs, next;
	double latest;
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
    size_t window, enum rai_join_task task, struct rai_serve_join **out, struct rai_err *err)
{
	struct rai_serve_join *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return rai_fail_memory(err);
	j->entry = calloc(RAI_JOIN_KEPT, sizeof(*j->entry));
	j->ape = calloc(window, sizeof(*j->ape));
	j->task = task;
	j->window = window;
	j->latest = NAN;
	pthread_mutex_init(&j->lock, NULL);
	if (j->entry == NULL || j->ape == NULL) {
		rai_serve_join_free(j);
		return rai_fail_memory(err);
	}
	if (rai_rng_os(j->process, sizeof(j->process)) != 0) {
		rai_serve_join_free(j);
		return rai_fail_errno(err, "random numbers");
	}
	*out = j;
	return 0;
}

void
rai_serve_join_free(struct rai_serve_join *j)
{
	if (j == NULL)
		return;
	pthread_mutex_destroy(&j->lock);
	free(j->entry);
	free(j->ape);
	free(j);
}

static void
make_id(const struct rai_serve_join *j, int64_t ms, uint32_t count, char id[RAI_ULID_TEXT])
{
	unsigned char random[10];

	memcpy(random, j->process, sizeof(j->process));
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
	uint32_t count = atomic_fetch_add_explicit(&j->count, 1, memory_order_relaxed);
	struct entry *e = &j->entry[count % RAI_JOIN_KEPT];
	uint64_t bits;

	memcpy(&bits, &prediction, sizeof(bits));
	atomic_store_explicit(&e->seq, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&e->prediction, bits, memory_order_relaxed);
	atomic_store_explicit(&e->ms, now_ms, memory_order_relaxed);
	atomic_store_explicit(&e->joined, 0, memory_order_relaxed);
	atomic_store_explicit(&e->seq, (uint64_t)count + 1, memory_order_release);
	make_id(j, now_ms, count, id);
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

static void
count_pair(struct rai_serve_join *j, double prediction, double actual)
{
	double ape = fabs(actual - prediction) / fabs(actual);

	if (j->task == RAI_JOIN_CLASSES)
		ape = actual != prediction;
	if (!isfinite(ape))
		return;
	pthread_mutex_lock(&j->lock);
	j->ape[j->next] = ape;
	j->next = (j->next + 1) % j->window;
	if (j->pairs < j->window)
		j->pairs++;
	j->latest = fmax(0, 1 - ape);
	pthread_mutex_unlock(&j->lock);
}

enum rai_join
rai_serve_join_actual(struct rai_serve_join *j, const char *id, double actual)
{
	char same[RAI_ULID_TEXT];
	double prediction;
	struct entry *e;
	uint64_t bits, seq;
	uint32_t count;

	if (!rai_ulid_valid(id, strlen(id)))
		return RAI_JOIN_UNKNOWN;
	count = count_of(id);
	e = &j->entry[count % RAI_JOIN_KEPT];
	seq = atomic_load_explicit(&e->seq, memory_order_acquire);
	bits = atomic_load(&e->prediction);
	make_id(j, atomic_load(&e->ms), count, same);
	if (seq != (uint64_t)count + 1 || strcmp(id, same) != 0 || atomic_load(&e->seq) != seq)
		return RAI_JOIN_UNKNOWN;
	if (atomic_exchange(&e->joined, 1))
		return RAI_JOIN_REPEATED;
	memcpy(&prediction, &bits, sizeof(prediction));
	count_pair(j, prediction, actual);
	return RAI_JOIN_JOINED;
}

void
rai_serve_join_accuracy(struct rai_serve_join *j, struct rai_serve_accuracy *out)
{
	double sum = 0;
	size_t i;

	pthread_mutex_lock(&j->lock);
	for (i = 0; i < j->pairs; i++)
		sum += j->ape[i];
	out->rolling = j->pairs == 0 ? NAN : fmax(0, 1 - sum / (double)j->pairs);
	out->latest = j->latest;
	out->pairs = j->pairs;
	pthread_mutex_unlock(&j->lock);
}
