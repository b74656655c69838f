#include "serve/responses.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

/* VALUE: of a header that is remembered, with its end; a digest and a traceresponse fit. */
enum { VALUE = 96 };

struct rai_serve_response {
	struct MHD_Response *response;
	int sending;
	size_t len, nheader;
	struct {
		const char *name; /* a constant of whoever sets it */
		char value[VALUE];
	} header[RAI_SERVE_HEADERS + 1];
	char body[];
};

static void
drop(struct rai_serve_response *s)
{
	if (s != NULL && s->response != NULL)
		MHD_destroy_response(s->response);
	free(s);
}

/* -1: it is too long to be remembered, or cannot be sent. */
static int
add_header(struct rai_serve_response *s, const char *name, const char *value)
{
	size_t n = strlen(value) + 1;

	if (n > VALUE || MHD_add_response_header(s->response, name, value) != MHD_YES)
		return -1;
	s->header[s->nheader].name = name;
	memcpy(s->header[s->nheader++].value, value, n);
	return 0;
}

static struct rai_serve_response *
make(const struct rai_serve_reply *r)
{
	struct rai_serve_response *s = calloc(1, sizeof(*s) + r->body.len + 1);
	size_t i;
	int rc;

	if (s == NULL)
		return NULL;
	s->len = r->body.len;
	s->response = MHD_create_response_from_buffer(s->len, s->body, MHD_RESPMEM_PERSISTENT);
	rc = s->response == NULL ? -1 : add_header(s, MHD_HTTP_HEADER_CONTENT_TYPE, r->type);
	for (i = 0; rc == 0 && i < r->nheader; i++)
		rc = add_header(s, r->header[i].name, r->header[i].value);
	if (rc == 0)
		return s;
	drop(s);
	return NULL;
}

/* Header i gets another value.  -1: it has none now, so s cannot be used again. */
static int
exchange(struct rai_serve_response *s, size_t i, const char *name, const char *value)
{
	size_t n;

	if (strcmp(s->header[i].value, value) == 0)
		return 0;
	n = strlen(value) + 1;
	if (n > VALUE ||
	    MHD_del_response_header(s->response, name, s->header[i].value) != MHD_YES ||
	    MHD_add_response_header(s->response, name, value) != MHD_YES)
		return -1;
	memcpy(s->header[i].value, value, n);
	return 0;
}

/* 0: s has the headers of r, and no others. */
static int
set_headers(struct rai_serve_response *s, const struct rai_serve_reply *r)
{
	size_t i;

	if (s->nheader != r->nheader + 1)
		return -1;
	for (i = 0; i < r->nheader; i++)
		if (s->header[i + 1].name != r->header[i].name &&
		    strcmp(s->header[i + 1].name, r->header[i].name) != 0)
			return -1;
	if (exchange(s, 0, MHD_HTTP_HEADER_CONTENT_TYPE, r->type) != 0)
		return -1;
	for (i = 0; i < r->nheader; i++)
		if (exchange(s, i + 1, r->header[i].name, r->header[i].value) != 0)
			return -1;
	return 0;
}

struct rai_serve_response *
rai_serve_responses_take(struct rai_serve_responses *all, const struct rai_serve_reply *r)
{
	struct rai_serve_response **at = &all->at[r->body.len % RAI_SERVE_RESPONSES], *s = *at;

	if (r->type == NULL || r->body.len > RAI_SERVE_RESPONSE_SMALL || (s != NULL && s->sending))
		return NULL;
	if (s == NULL || s->len != r->body.len || set_headers(s, r) != 0) {
		drop(s);
		s = *at = make(r);
	}
	if (s == NULL)
		return NULL;
	if (s->len > 0)
		memcpy(s->body, r->body.ptr, s->len);
	s->sending = 1;
	return s;
}

struct MHD_Response *
rai_serve_response_get(const struct rai_serve_response *s)
{
	return s->response;
}

void
rai_serve_response_sent(struct rai_serve_response *s)
{
	if (s != NULL)
		s->sending = 0;
}

void
rai_serve_responses_release(struct rai_serve_responses *all)
{
	size_t i;

	for (i = 0; i < RAI_SERVE_RESPONSES; i++)
		drop(all->at[i]);
	memset(all, 0, sizeof(*all));
}
