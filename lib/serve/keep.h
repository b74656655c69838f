#ifndef RAI_SERVE_KEEP_H
#define RAI_SERVE_KEEP_H

#include <stdatomic.h>

#include "serve/join.h"

/*
 * Inside of this room: the memory behind serve/join.h.  Kept in a file, it is that file, mapped and
 * locked: what a request has stored outlives the process, however that ends, and nothing is ever
 * written or waited for.  Each record says by its number where it belongs, so that one that was cut
 * off by the end of the process, or of the machine, is none.
 */
struct rai_serve_entry_kept {
	/* seq is count + 1 when the other members are whole, 0 while they change */
	atomic_uint_least64_t seq, prediction; /* the double's bits */
	atomic_int_least64_t ms;
	atomic_uint_least64_t joined;
};

/* One of the latest pairs: the n-th, counted from 1, lies at (n - 1) % window; n 0: none. */
struct rai_serve_pair_kept {
	uint64_t n;
	double value;
};

enum rai_serve_ring { RAI_RING_RELATIVE, RAI_RING_ABSOLUTE, RAI_RINGS };

struct rai_serve_keep {
	unsigned char *process;                      /* 6 bytes, of whoever began the file */
	struct rai_serve_entry_kept *entry;          /* RAI_JOIN_KEPT */
	struct rai_serve_pair_kept *ring[RAI_RINGS]; /* window each */
	uint64_t issued, pairs[RAI_RINGS];           /* the highest numbers that are there */
	int of_another; /* the file was about another target, and has begun anew */
	/* its own */
	void *map;
	size_t size;
	int fd;
};

int rai_serve_keep_open(
    const struct rai_serve_join_config *config, struct rai_serve_keep *k, struct rai_err *err);
/* folder/NAME.suffix, with %XX for what is not safe in the name of a file; caller frees. */
char *rai_serve_keep_path(const char *folder, const char *name, const char *suffix);

void rai_serve_keep_close(struct rai_serve_keep *k); /* right also after a failed open */

#endif
