#ifndef RAI_SERVE_RECENT_H
#define RAI_SERVE_RECENT_H

#include "json/event.h"

/*
 * Inside of this room: the newest events of the loop, from the ends of files that other programs
 * append to.  A file may be missing, may grow while it is read, and may hold lines that are no
 * events: they are passed over.
 */
enum { RAI_RECENT_EVENTS = 20, RAI_RECENT_BYTES = 256 << 10 }; /* kept; read of each file */

struct rai_serve_event {
	int64_t ms;
	char what[64]; /* "model trained" */
	char subject[128], text[256];
};

struct rai_serve_recent {
	struct rai_serve_event event[RAI_RECENT_EVENTS]; /* newest first */
	size_t n;
	size_t missing; /* files that cannot be read */
};

void rai_serve_recent_read(const char *const *file, size_t n, struct rai_serve_recent *out);

#endif
