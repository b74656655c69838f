#include "serve/route.h"

#include <stdio.h>
#include <string.h>

/* One "{name}rest" of the pattern against one segment of the path; moves both behind it. */
static int
capture(const char **pattern, const char **path, struct rai_serve_found *f)
{
	const char *name = *pattern + 1, *close = strchr(name, '}');
	size_t rest = strcspn(close + 1, "/"), len = strcspn(*path, "/");

	if (len <= rest || memcmp(*path + len - rest, close + 1, rest) != 0)
		return 0;
	if (f->ncapture < RAI_ROUTE_CAPTURES)
		f->capture[f->ncapture++] = (struct rai_serve_capture){.name = name,
		    .nname = (size_t)(close - name),
		    .text = *path,
		    .len = len - rest};
	*pattern = close + 1 + rest;
	*path += len;
	return 1;
}

static int
matches(const char *pattern, const char *path, struct rai_serve_found *f)
{
	f->ncapture = 0;
	while (*pattern != '\0') {
		if (*pattern == '{') {
			if (!capture(&pattern, &path, f))
				return 0;
		} else if (*pattern++ != *path++)
			return 0;
	}
	return *path == '\0';
}

static void
allow(struct rai_serve_found *f, const char *method)
{
	size_t n = strlen(f->allow);

	if (strstr(f->allow, method) == NULL)
		snprintf(f->allow + n, sizeof(f->allow) - n, "%s%s%s", n > 0 ? ", " : "", method,
		    strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

void
rai_serve_route_find(const struct rai_serve_route *routes, size_t n, unsigned hidden,
    const char *method, const char *path, struct rai_serve_found *out)
{
	const char *pattern = NULL;
	size_t i;

	out->how = RAI_MATCH_NO_PATH;
	out->allow[0] = '\0';
	for (i = 0; i < n; i++) {
		if ((routes[i].flags & hidden) != 0 ||
		    (pattern != NULL && strcmp(routes[i].pattern, pattern) != 0) ||
		    !matches(routes[i].pattern, path, out))
			continue;
		pattern = routes[i].pattern;
		if (strcmp(routes[i].method, method) == 0) {
			out->how = RAI_MATCH;
			break;
		}
		out->how = RAI_MATCH_NO_METHOD;
		allow(out, routes[i].method);
	}
	out->index = i;
	if (i == n)
		out->ncapture = 0;
}

const char *
rai_serve_captured(const struct rai_serve_found *f, const char *name, size_t *len)
{
	size_t i, n = f->ncapture == 0 ? 0 : strlen(name);

	for (i = 0; i < f->ncapture; i++)
		if (f->capture[i].nname == n && memcmp(f->capture[i].name, name, n) == 0) {
			*len = f->capture[i].len;
			return f->capture[i].text;
		}
	return NULL;
}
