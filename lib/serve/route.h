#ifndef RAI_SERVE_ROUTE_H
#define RAI_SERVE_ROUTE_H

#include <stddef.h>

/*
 * Which handler answers which path: rows of method and pattern.  "{name}" in a pattern stands for
 * one or more characters without a slash and is captured; what follows it in its segment must
 * follow in the path too, as in "/v1/models/{model}:predict".  Of several patterns that
 * match, the first counts: the methods of a path are those of its rows.
 */
struct rai_serve_call;
struct rai_serve_reply;

enum {
	RAI_ROUTE_OPEN = 1,  /* needs no token */
	RAI_ROUTE_ADMIN = 2, /* is there on the admin socket alone */
	RAI_ROUTE_VITAL = 8, /* is answered also when there is too much to do, as OPEN is */
	RAI_ROUTE_SCORES = 4 /* gives predictions: its good answers are timed */
};

struct rai_serve_route {
	const char *method, *pattern; /* the pattern is its label in metrics, too */
	void (*answer)(struct rai_serve_call *c, struct rai_serve_reply *r);
	unsigned flags;
};

enum { RAI_ROUTE_CAPTURES = 2 };

/* Not NUL-terminated: both point into the pattern and into the path. */
struct rai_serve_capture {
	const char *name, *text;
	size_t nname, len;
};

enum rai_serve_match { RAI_MATCH, RAI_MATCH_NO_PATH, RAI_MATCH_NO_METHOD };

struct rai_serve_found {
	enum rai_serve_match how;
	size_t index; /* of the row; n when there is none */
	size_t ncapture;
	struct rai_serve_capture capture[RAI_ROUTE_CAPTURES];
	char allow[48]; /* NO_METHOD: "GET, HEAD, POST" */
};

/* hidden: rows with any of these flags do not exist. */
void rai_serve_route_find(const struct rai_serve_route *routes, size_t n, unsigned hidden,
    const char *method, const char *path, struct rai_serve_found *out);

/* The text that a match gave to {name}, and its length; NULL: the pattern does not have it. */
const char *rai_serve_captured(const struct rai_serve_found *f, const char *name, size_t *len);

#endif
