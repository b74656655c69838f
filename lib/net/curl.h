#ifndef RAI_NET_CURL_H
#define RAI_NET_CURL_H

#include <curl/curl.h>

#include "base/err.h"

/*
 * libcurl, opened when the first request is made; private to this room.  It brings some thirty
 * libraries of its own, and to open them all takes longer than most runs of a filter that asks no
 * server anything.  The calls are typed by its header and mean what its manual says.
 */
struct rai_curl {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_global_cleanup) *global_cleanup;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	CURLcode (*easy_setopt)(CURL *curl, CURLoption option, ...);
	CURLcode (*easy_getinfo)(CURL *curl, CURLINFO info, ...);
	__typeof__(curl_easy_perform) *easy_perform;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_free) *free;
	__typeof__(curl_getdate) *getdate;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
	__typeof__(curl_url) *url;
	__typeof__(curl_url_cleanup) *url_cleanup;
	__typeof__(curl_url_get) *url_get;
	__typeof__(curl_url_set) *url_set;
};

/* All calls are there once rai_curl_open() has returned 0, on every thread. */
extern struct rai_curl rai_curl;

/* -1: the library, or a call of it, is not there. */
int rai_curl_open(struct rai_err *err);

#endif
