#include "serve/heads.h"

#include <microhttpd.h>
#include <string.h>
#include <strings.h>

#include "serve/http.h"

/*
 * What libmicrohttpd keeps in a connection's memory besides the text of a request: so many bytes of
 * each header, cookie and argument, and another copy of the cookies' text.  REPLY: the head of our
 * longest reply, that of a page, and what is lost between them.
 */
enum { EACH = 64, REPLY = 640 };

static enum MHD_Result
list(void *cls, enum MHD_ValueKind kind, const char *name, size_t len, const char *value,
    size_t nvalue)
{
	struct rai_serve_heads *all = cls;

	all->used += len + nvalue + strlen(": \r\n") + EACH;
	if (kind != MHD_HEADER_KIND)
		return MHD_YES;
	if (all->n < RAI_SERVE_HEADS) {
		all->head[all->n].name = name;
		all->head[all->n].len = len;
		all->head[all->n].value = value;
	}
	all->lengths |= UINT64_C(1) << len % 64;
	all->n++;
	return MHD_YES;
}

void
rai_serve_heads_list(struct rai_serve_heads *all, struct MHD_Connection *mc)
{
	all->connection = mc;
	all->n = 0;
	all->used = 0;
	all->lengths = 0;
	(void)MHD_get_connection_values_n(
	    mc, MHD_HEADER_KIND | MHD_COOKIE_KIND | MHD_GET_ARGUMENT_KIND, list, all);
}

int
rai_serve_heads_fill(const struct rai_serve_heads *all, const char *url, size_t size)
{
	return strlen("OPTIONS  HTTP/1.1\r\n") + strlen(url) + all->used + REPLY > size;
}

/* How often a header is there, and its first value. */
struct header {
	const char *name, *value;
	size_t len, n;
};

static enum MHD_Result
match(void *cls, enum MHD_ValueKind kind, const char *name, size_t len, const char *value,
    size_t nvalue)
{
	struct header *h = cls;

	(void)kind;
	(void)nvalue;
	if (len == h->len && strcasecmp(name, h->name) == 0 && h->n++ == 0)
		h->value = value;
	return MHD_YES;
}

size_t
rai_serve_heads_find(const struct rai_serve_heads *all, const char *name, const char **value)
{
	struct header h = {name, NULL, strlen(name), 0};
	size_t i;

	if (all == NULL || (all->lengths >> h.len % 64 & 1) == 0)
		h.n = 0;
	else if (all->n > RAI_SERVE_HEADS)
		MHD_get_connection_values_n(all->connection, MHD_HEADER_KIND, match, &h);
	else
		for (i = 0; i < all->n; i++)
			(void)match(&h, MHD_HEADER_KIND, all->head[i].name, all->head[i].len,
			    all->head[i].value, 0);
	*value = h.value;
	return h.n;
}

const char *
rai_serve_header(const struct rai_serve_request *q, const char *name)
{
	const char *value;

	(void)rai_serve_heads_find(q->heads, name, &value);
	return value;
}

const char *
rai_serve_header_once(const struct rai_serve_request *q, const char *name)
{
	const char *value;

	return rai_serve_heads_find(q->heads, name, &value) == 1 ? value : NULL;
}
