#include "serve/mirror.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NICE = 10 };

/* A ring: rows first .. first + n - 1 wait, and the thread copies the first before it lets go. */
struct rai_serve_mirror {
	struct rai_serve_mirror_config config;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	size_t first, n;
	int stop;
	struct rai_serve_mirror_row *row; /* config.rows, and the one that the thread is at */
	struct rai_cell *cell;            /* of all of them */
	atomic_uint_least64_t dropped;
};

/* The next row becomes the one after the ring's; 0: it is over. */
static int
take(struct rai_serve_mirror *m)
{
	struct rai_serve_mirror_row *at = &m->row[m->config.rows], was = *at;
	int more;

	pthread_mutex_lock(&m->lock);
	while (m->n == 0 && !m->stop)
		pthread_cond_wait(&m->wake, &m->lock);
	more = !m->stop;
	if (more) { /* the two change places, each keeps cells of its own */
		*at = m->row[m->first];
		m->row[m->first] = was;
		m->first = (m->first + 1) % m->config.rows;
		m->n--;
	}
	pthread_mutex_unlock(&m->lock);
	return more;
}

static void *
work(void *payload)
{
	struct rai_serve_mirror *m = payload;

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	while (take(m))
		m->config.score(m->config.payload, &m->row[m->config.rows]);
	return NULL;
}

static int
make_rows(struct rai_serve_mirror *m, struct rai_err *err)
{
	size_t i, n = m->config.rows + 1, ncol = m->config.ncol > 0 ? m->config.ncol : 1;

	if (n > SIZE_MAX / sizeof(*m->row) || ncol > SIZE_MAX / sizeof(*m->cell) / n)
		return rai_fail_memory(err);
	m->row = calloc(n, sizeof(*m->row));
	m->cell = calloc(n * ncol, sizeof(*m->cell));
	if (m->row == NULL || m->cell == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++)
		m->row[i].cell = m->cell + i * ncol;
	return 0;
}

static void
release(struct rai_serve_mirror *m)
{
	pthread_cond_destroy(&m->wake);
	pthread_mutex_destroy(&m->lock);
	free(m->row);
	free(m->cell);
	free(m);
}

int
rai_serve_mirror_new(const struct rai_serve_mirror_config *config, struct rai_serve_mirror **out,
    struct rai_err *err)
{
	struct rai_serve_mirror *m = calloc(1, sizeof(*m));
	int rc;

	if (m == NULL)
		return rai_fail_memory(err);
	m->config = *config;
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->wake, NULL);
	rc = make_rows(m, err);
	if (rc == 0 && (errno = pthread_create(&m->thread, NULL, work, m)) != 0)
		rc = rai_fail_errno(err, "a thread for mirrored rows");
	if (rc != 0) {
		release(m);
		return -1;
	}
	*out = m;
	return 0;
}

void
rai_serve_mirror_free(struct rai_serve_mirror *m)
{
	if (m == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	m->stop = 1;
	pthread_mutex_unlock(&m->lock);
	pthread_cond_signal(&m->wake);
	pthread_join(m->thread, NULL);
	release(m);
}

struct rai_serve_mirror_row *
rai_serve_mirror_begin(struct rai_serve_mirror *m)
{
	pthread_mutex_lock(&m->lock);
	if (m->n < m->config.rows)
		return &m->row[(m->first + m->n) % m->config.rows];
	pthread_mutex_unlock(&m->lock);
	atomic_fetch_add_explicit(&m->dropped, 1, memory_order_relaxed);
	return NULL;
}

void
rai_serve_mirror_end(struct rai_serve_mirror *m)
{
	int wake = m->n++ == 0;

	pthread_mutex_unlock(&m->lock);
	if (wake)
		pthread_cond_signal(&m->wake);
}

uint64_t
rai_serve_mirror_dropped(const struct rai_serve_mirror *m)
{
	return atomic_load(&m->dropped);
}
