#ifndef RAI_ORIGIN_FETCH_H
#define RAI_ORIGIN_FETCH_H

#include "net/http.h"
#include "origin/origin.h"

/* One download, with repetitions and checked redirects. */
struct rai_origin_call {
	const char *name;                 /* stands in messages */
	const char *url;                  /* http:// or https:// */
	const struct rai_http_auth *auth; /* or NULL; never sent to where a redirect points */
	const char *const *headers;       /* or NULL; neither are these */
	int redirects;                    /* how many are followed */
	const struct rai_origin_options *opt;
};

/* 0, *fd as of rai_origin_open(); 1: the server has no such thing, err says so; -1. */
int rai_origin_fetch(const struct rai_origin_call *call, int *fd, struct rai_err *err);

#endif
