#ifndef RAI_SERVE_HEADS_H
#define RAI_SERVE_HEADS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Inside of this room: the headers of the request that is being answered: the first ones, which
 * most often are all.
 */
enum { RAI_SERVE_HEADS = 24 };

struct MHD_Connection;

struct rai_serve_heads {
	struct MHD_Connection *connection; /* has all of them */
	size_t n;                          /* how many there are, also beyond head */
	size_t used;      /* bytes of the connection's memory, of cookies and arguments, too */
	uint64_t lengths; /* bit k: a name has k bytes, or k more than a multiple of 64 */
	struct {
		const char *name, *value;
		size_t len; /* of the name */
	} head[RAI_SERVE_HEADS];
};

/* Those of the connection's request. */
void rai_serve_heads_list(struct rai_serve_heads *all, struct MHD_Connection *mc);

/* How often a header is there; *value: its first value, or NULL. */
size_t rai_serve_heads_find(
    const struct rai_serve_heads *all, const char *name, const char **value);

/*
 * 1: of the size bytes of memory that the connection has, the request leaves none for the head of a
 * reply, which the library could then only refuse by closing the connection without a word.
 */
int rai_serve_heads_fill(const struct rai_serve_heads *all, const char *url, size_t size);

#endif
