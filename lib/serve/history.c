#include "serve/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_MS (INT64_C(1000) * RAI_HISTORY_EVERY_S)

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

/* The k-th, oldest first. */
static const struct rai_serve_point *
point_at(const struct ring *r, size_t k)
{
	return &r->point[(r->next + RAI_HISTORY_POINTS - r->n + k) % RAI_HISTORY_POINTS];
}

size_t
rai_serve_history_read(
    struct rai_serve_history *h, size_t model, int64_t now_ms, struct rai_serve_point *out)
{
	const struct ring *r = &h->ring[model];
	const struct rai_serve_point *p;
	size_t i, n = 0;

	pthread_mutex_lock(&h->lock);
	for (i = 0; i < r->n; i++) {
		p = point_at(r, i);
		if (p->ms <= now_ms && p->ms > now_ms - RAI_HISTORY_POINTS * EVERY_MS)
			out[n++] = *p;
	}
	pthread_mutex_unlock(&h->lock);
	return n;
}

/* A process that begins anew within a minute misses none; a clock that goes back ends a stretch. */
size_t
rai_serve_history_stretch(const struct rai_serve_point *p, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (p[i].ms < p[i - 1].ms || p[i].ms > p[i - 1].ms + 2 * EVERY_MS)
			break;
	return i;
}

/* "raihist1", in the byte order of the machine. */
#define MAGIC UINT64_C(0x3174736968696172)
#define MS_MAX (INT64_C(1) << 56) /* since 1970 */
#define MOST 1e12                 /* of a value that is finite */

/* What is kept begins with this; n points come behind it, and rest bytes of others. */
struct kept_head {
	uint64_t magic, kind, n, rest;
};

_Static_assert(
    sizeof(struct kept_head) == 32 && sizeof(struct rai_serve_point) == 48, "the layout of a file");
_Static_assert(sizeof(struct kept_head) + RAI_HISTORY_POINTS * sizeof(struct rai_serve_point) <=
		   RAI_HISTORY_PACKED,
    "all points fit");

int
rai_serve_history_pack(struct rai_serve_history *h, size_t model, uint64_t kind,
    const struct rai_buf *rest, struct rai_buf *out, struct rai_err *err)
{
	const struct ring *r = &h->ring[model];
	struct kept_head head = {MAGIC, kind, 0, rest->len};
	size_t i;

	pthread_mutex_lock(&h->lock);
	head.n = r->n;
	rai_buf_add(out, &head, sizeof(head));
	for (i = 0; i < r->n; i++)
		rai_buf_add(out, point_at(r, i), sizeof(r->point[i]));
	pthread_mutex_unlock(&h->lock);
	rai_buf_add(out, rest->ptr, rest->len);
	return rai_buf_check(out, "the history", err);
}

static int
is_value(double v)
{
	return isnan(v) || (v >= 0 && v <= MOST) || v == INFINITY;
}

static int
is_point(const struct rai_serve_point *p)
{
	return p->ms >= 0 && p->ms <= MS_MAX && is_value(p->accuracy) && !(p->accuracy > 1) &&
	       is_value(p->drift) && is_value(p->p50) && is_value(p->p99) &&
	       is_value(p->per_second);
}

int
rai_serve_history_unpack(struct rai_serve_history *h, size_t model, uint64_t kind,
    const struct rai_buf *from, size_t *used, struct rai_err *err)
{
	struct rai_serve_point p;
	struct kept_head head;
	size_t i, size;

	*used = 0;
	if (from->len < sizeof(head))
		return 0;
	memcpy(&head, from->ptr, sizeof(head));
	if (head.magic != MAGIC)
		return 0;
	size = from->len - sizeof(head);
	if (head.n > RAI_HISTORY_POINTS || head.n * sizeof(p) > size ||
	    head.rest != size - head.n * sizeof(p))
		return rai_fail(err, RAI_EINPUT, "is not whole");
	for (i = 0; i < head.n; i++) {
		memcpy(&p, from->ptr + sizeof(head) + i * sizeof(p), sizeof(p));
		if (!is_point(&p))
			return rai_fail(err, RAI_EINPUT,
			    "its minute %zu of %zu was never written by rai-serve", i + 1,
			    (size_t)head.n);
		if (head.kind == kind)
			rai_serve_history_add(h, model, &p);
	}
	*used = from->len - (size_t)head.rest;
	return 0;
}
