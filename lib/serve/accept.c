#include "serve/accept.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

static const char *
skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* The value of ";name=value" at s, quotes taken off, if it has that name; NULL: another. */
static const char *
parameter(const char *s, const char *name, size_t *len)
{
	size_t n = strlen(name);

	s = skip_blanks(s + 1);
	if (strncasecmp(s, name, n) != 0 || s[n] != '=')
		return NULL;
	s += n + 1;
	if (*s == '"') {
		*len = strcspn(s + 1, "\"");
		return s + 1;
	}
	*len = strcspn(s, "; \t,");
	return s;
}

int
rai_serve_is_type(const char *content_type, const char *type)
{
	size_t n = strlen(type), len;
	const char *charset;

	content_type = skip_blanks(content_type);
	if (strncasecmp(content_type, type, n) != 0 || strchr("; \t", content_type[n]) == NULL)
		return 0;
	for (content_type = strchr(content_type, ';'); content_type != NULL;
	     content_type = strchr(content_type + 1, ';')) {
		charset = parameter(content_type, "charset", &len);
		if (charset != NULL && !(len == 5 && strncasecmp(charset, "utf-8", 5) == 0))
			return 0;
	}
	return 1;
}

/*
 * How specifically a range of len bytes names type, or a coding: 0 not at all, 1 all, 2 its family,
 * 3 itself.
 */
static int
names(const char *range, size_t len, const char *type)
{
	const char *slash = strchr(type, '/');
	size_t family;

	if (len == strlen(type) && strncasecmp(range, type, len) == 0)
		return 3;
	if (slash == NULL)
		return len == 1 && *range == '*';
	family = (size_t)(slash + 1 - type);
	if (len == family + 1 && range[family] == '*' && strncasecmp(range, type, family) == 0)
		return 2;
	return len == 3 && memcmp(range, "*/*", 3) == 0;
}

/* The quality that an Accept value gives type; the most specific range decides. */
static double
quality(const char *accept, const char *type)
{
	const char *p, *semi, *text;
	int best = 0, how;
	double q = 0, v;
	size_t len, n;

	for (p = accept; *p != '\0'; p += n, p += *p == ',') {
		p = skip_blanks(p);
		n = strcspn(p, ",");
		len = strcspn(p, "; \t,");
		how = names(p, len, type);
		if (how <= best)
			continue;
		best = how;
		q = 1;
		semi = memchr(p, ';', n);
		for (; semi != NULL; semi = memchr(semi + 1, ';', n - (size_t)(semi + 1 - p))) {
			text = parameter(semi, "q", &len);
			if (text != NULL && rai_num_double(text, len, &v) == 0)
				q = v;
		}
	}
	return q;
}

int
rai_serve_prefers(const char *accept, const char *type)
{
	return accept != NULL && quality(accept, type) > quality(accept, "application/json");
}

int
rai_serve_prefers_html(const char *accept)
{
	return rai_serve_prefers(accept, "text/html");
}

int
rai_serve_accepts_gzip(const char *accept_encoding)
{
	return accept_encoding != NULL && quality(accept_encoding, "gzip") > 0;
}
