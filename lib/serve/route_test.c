#include "serve/route.h"

#include <string.h>

#include "base/tap.h"

static const struct rai_serve_route routes[] = {
    {"POST", "/predict", NULL, RAI_ROUTE_SCORES},
    {"GET", "/", NULL, 0},
    {"GET", "/v2/models/{model}/versions/{version}", NULL, 0},
    {"POST", "/v1/models/{model}:predict", NULL, 0},
    {"GET", "/v1/models/{model}", NULL, 0},
    {"POST", "/both", NULL, 0},
    {"GET", "/both", NULL, 0},
    {"GET", "/models", NULL, RAI_ROUTE_ADMIN},
};
enum { N = sizeof(routes) / sizeof(routes[0]) };

static struct rai_serve_found
find(const char *method, const char *path)
{
	struct rai_serve_found f;

	rai_serve_route_find(routes, N, RAI_ROUTE_ADMIN, method, path, &f);
	return f;
}

static int
captured(const struct rai_serve_found *f, const char *name, const char *want)
{
	size_t n = 0;
	const char *text = rai_serve_captured(f, name, &n);

	return text != NULL && n == strlen(want) && memcmp(text, want, n) == 0;
}

static void
test_route__captures(void)
{
	struct rai_serve_found f = find("GET", "/v2/models/house/versions/v1.2");

	is_int((long)f.index, 2, "a pattern with two names");
	ok(captured(&f, "model", "house") && captured(&f, "version", "v1.2"), "both are captured");
	f = find("POST", "/v1/models/a:b:predict");
	is_int((long)f.index, 3, "a name before a rest");
	ok(captured(&f, "model", "a:b"), "ends where the rest begins");
	is_int(find("GET", "/v2/models//versions/1").how, RAI_MATCH_NO_PATH, "no name is empty");
	is_int(
	    find("GET", "/v2/models/a/b/versions/1").how, RAI_MATCH_NO_PATH, "nor has it a slash");
	is_int(find("POST", "/v1/models/:predict").how, RAI_MATCH_NO_METHOD,
	    "\":predict\" alone can only be a name");
	f = find("POST", "/predict");
	size_t n = 0;
	ok(f.index == 0 && rai_serve_captured(&f, "model", &n) == NULL, "a pattern without names");
}

static void
test_route__refusals(void)
{
	struct rai_serve_found f = find("PUT", "/both");

	is_int(f.how, RAI_MATCH_NO_METHOD, "a wrong method");
	is_str(f.allow, "POST, GET, HEAD", "hears all of the right ones");
	is_int((long)f.index, N, "and has no row");
	f = find("GET", "/v1/models/house:predict");
	is_int(f.how, RAI_MATCH_NO_METHOD, "a path of the first pattern that it fits");
	is_str(f.allow, "POST", "is of no other");
	is_int(find("GET", "/both").how, RAI_MATCH, "a path with two methods");
	is_int(find("GET", "/predict/").how, RAI_MATCH_NO_PATH, "a slash too many");
	is_int(find("GET", "/predic").how, RAI_MATCH_NO_PATH, "a letter too few");
	is_int(find("GET", "").how, RAI_MATCH_NO_PATH, "nothing");
	is_int(find("GET", "/models").how, RAI_MATCH_NO_PATH, "what is hidden is not there");
	rai_serve_route_find(routes, N, 0, "GET", "/models", &f);
	is_int(f.how, RAI_MATCH, "until it is not");
}

int
main(void)
{
	test_route__captures();
	test_route__refusals();
	return tap_done();
}
