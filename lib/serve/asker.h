#ifndef RAI_SERVE_ASKER_H
#define RAI_SERVE_ASKER_H

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "serve/app.h"

/* For tests of this room: one who asks an app as serve/http.h would, without a socket. */
struct asker {
	struct rai_serve_app *app;
	struct rai_serve_reply reply; /* the last */
	void *slot;
	unsigned lane;
	int admin; /* 1: over the admin socket */
};

/* 0, or -1: there is no memory.  Another's app may be set later. */
static inline int
asker_begin(struct asker *a, struct rai_serve_app *app)
{
	memset(a, 0, sizeof(*a));
	a->app = app;
	rai_buf_init(&a->reply.body, 1 << 20);
	a->slot = calloc(1, rai_serve_app_slot_size);
	return a->slot != NULL ? 0 : -1;
}

/* The app stays. */
static inline void
asker_end(struct asker *a)
{
	rai_serve_app_slot_release(a->slot);
	free(a->slot);
	rai_buf_free(&a->reply.body);
}

/* The answer's body; its status and headers are in a->reply. */
static inline const char *
ask(struct asker *a, const char *method, const char *path, const char *body)
{
	struct rai_serve_request q = {.method = method,
	    .path = path,
	    .body = body,
	    .len = strlen(body),
	    .begun_ns = rai_clock_mono_ns(),
	    .slot = a->slot,
	    .lane = a->lane,
	    .admin = a->admin};

	a->reply.status = 200;
	a->reply.nheader = 0;
	rai_buf_clear(&a->reply.body);
	rai_serve_app_handle(a->app, &q, &a->reply);
	return a->reply.body.ptr;
}

/* Of the last answer; "": it has none of that name. */
static inline const char *
header(const struct asker *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->reply.nheader; i++)
		if (strcmp(a->reply.header[i].name, name) == 0)
			return a->reply.header[i].value;
	return "";
}

#endif
