#include "serve/history.h"

#include <stdlib.h>

struct ring {
	struct rai_serve_point point[RAI_HISTORY_POINTS];
	size_t n, next;
};

struct rai_serve_history {
	pthread_mutex_t lock;
	struct ring ring[]; /* by model */
};

int
rai_serve_history_new(size_t nmodel, struct rai_serve_history **out, struct rai_err *err)
{
	struct rai_serve_history *h = NULL;

	if (nmodel < SIZE_MAX / 2 / sizeof(struct ring))
		h = calloc(1, sizeof(*h) + nmodel * sizeof(struct ring));
	if (h == NULL)
		return rai_fail_memory(err);
	pthread_mutex_init(&h->lock, NULL);
	*out = h;
	return 0;
}

void
rai_serve_history_free(struct rai_serve_history *h)
{
	if (h == NULL)
		return;
	pthread_mutex_destroy(&h->lock);
	free(h);
}

void
rai_serve_history_add(struct rai_serve_history *h, size_t model, const struct rai_serve_point *p)
{
	struct ring *r = &h->ring[model];

	pthread_mutex_lock(&h->lock);
	r->point[r->next] = *p;
	r->next = (r->next + 1) % RAI_HISTORY_POINTS;
	if (r->n < RAI_HISTORY_POINTS)
		r->n++;
	pthread_mutex_unlock(&h->lock);
}

size_t
rai_serve_history_read(struct rai_serve_history *h, size_t model, struct rai_serve_point *out)
{
	const struct ring *r = &h->ring[model];
	size_t i, n;

	pthread_mutex_lock(&h->lock);
	n = r->n;
	for (i = 0; i < n; i++)
		out[i] = r->point[(r->next + RAI_HISTORY_POINTS - n + i) % RAI_HISTORY_POINTS];
	pthread_mutex_unlock(&h->lock);
	return n;
}
