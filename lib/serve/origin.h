#ifndef RAI_SERVE_ORIGIN_H
#define RAI_SERVE_ORIGIN_H

#include "base/hash.h"
#include "json/event.h"

/*
 * Inside of this room: where model files come from, by the events about their digests in files that
 * other programs append to.  What was found once is known as long as the digest is asked for,
 * whatever comes after it in its file, and whatever becomes of the file.
 */
enum { RAI_ORIGIN_BYTES = 16 << 20 }; /* of a file's end, which are looked through at first */

struct rai_serve_origin {
	char digest[RAI_HASH_DIGEST];    /* that is asked for; "": none */
	int trained, released;           /* is there an event? */
	int64_t trained_ms, released_ms; /* of the newest */
	char commit[80];                 /* of the newest release */
};

struct rai_serve_origins;

/* Of n digests, from nfile files; their names stay the caller's. */
int rai_serve_origins_new(const char *const *file, size_t nfile, size_t n,
    struct rai_serve_origins **out, struct rai_err *err);
void rai_serve_origins_free(struct rai_serve_origins *o); /* NULL is fine */

/* Fills in wanted, n of them, by their digests: many threads may. */
void rai_serve_origins_find(struct rai_serve_origins *o, struct rai_serve_origin *wanted);

#endif
