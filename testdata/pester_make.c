#include "pester_make.h"

#include <string.h>

enum { LONGEST = 60000 };

#define JSON "application/json"
#define ROW "{\"Rooms\":3,\"Type\":\"h\",\"Date\":\"2017-03-04\",\"Distance\":5.5,\"Suburb\":\"A\"}"

struct seed {
	const char *method, *path, *type, *body;
};

static const struct seed seeds[] = {
    {"POST", "/predict", JSON, ROW},
    {"POST", "/predict", JSON, "[" ROW ",{},{\"Rooms\":2}]"},
    {"POST", "/predict", "application/x-www-form-urlencoded", "Rooms=3&Type=h&Suburb=A+b%20c"},
    {"POST", "/predict", "text/csv", "Rooms,Type,Date\r\n3,h,2017-03-04\r\n2,\"u\",4/05/2016\r\n"},
    {"POST", "/models/house-price/predict", JSON, ROW},
    {"POST", "/feedback", JSON, "{\"id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"actual\":1480000}"},
    {"POST", "/feedback", JSON,
	"[{\"id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"actual\":1},{\"id\":"
	"\"01ARZ3NDEKTSV4RRFFQ69G5FAW\","
	"\"actual\":-2.5e3}]"},
    {"GET", "/", NULL, NULL},
    {"GET", "/dashboard", NULL, NULL},
    {"GET", "/metrics", NULL, NULL},
    {"GET", "/livez", NULL, NULL},
    {"GET", "/readyz", NULL, NULL},
    {"GET", "/healthz", NULL, NULL},
    {"GET", "/version", NULL, NULL},
    {"GET", "/models", NULL, NULL},
    {"POST", "/models/house-price/back-out", JSON, "{}"},
    {"POST", "/models/house-price/load", JSON, "{\"file\":\"/etc/passwd\"}"},
    {"GET", "/openapi.json", NULL, NULL},
    {"GET", "/v2", NULL, NULL},
    {"GET", "/v2/health/ready", NULL, NULL},
    {"GET", "/v2/models/house-price", NULL, NULL},
    {"GET", "/v2/models/house-price/versions/unreleased/ready", NULL, NULL},
    {"POST", "/v2/models/house-price/infer", JSON,
	"{\"id\":\"a\",\"inputs\":[{\"name\":\"Rooms\",\"shape\":[2],\"datatype\":\"FP64\","
	"\"data\":[3,2]},"
	"{\"name\":\"Type\",\"shape\":[2,1],\"datatype\":\"BYTES\",\"data\":[[\"h\"],[\"u\"]]}],"
	"\"outputs\":[{\"name\":\"prediction\"}]}"},
    {"GET", "/v1/models", NULL, NULL},
    {"GET", "/v1/models/house-price", NULL, NULL},
    {"POST", "/v1/models/house-price:predict", JSON, "{\"instances\":[" ROW "," ROW "]}"},
    {"POST", "/v1/models/house-price:predict", JSON,
	"{\"inputs\":{\"Rooms\":[3,2],\"Type\":[\"h\",\"u\"],\"Date\":[null,null],"
	"\"Distance\":[1,2],\"Suburb\":[\"a\",\"b\"],\"Landsize\":[0,9]}}"},
    {"POST", "/v1/models/house-price:explain", JSON,
	"{\"instances\":[" ROW "," ROW "],\"baseline\":" ROW "}"},
    {"POST", "/invocations", JSON, "{\"dataframe_records\":[" ROW "]}"},
    {"POST", "/invocations", JSON,
	"{\"dataframe_split\":{\"columns\":[\"Rooms\",\"Type\"],\"index\":[0,1],\"data\":[[3,\"h\"]"
	","
	"[2,null]]}}"},
    {"POST", "/invocations", JSON, "{\"inputs\":{\"Rooms\":[3,2],\"Type\":[\"h\",\"u\"]}}"},
    {"POST", "/invocations", "text/csv; charset=utf-8", "Rooms,Type\n3,h\n"},
    {"GET", "/ping", NULL, NULL},
    {"OPTIONS", "/predict", NULL, NULL},
    {"PUT", "/predict", JSON, "{}"},
};

static const char *const headers[] = {"Accept: text/html", "Accept: text/csv;q=0.5, */*;q=0.1",
    "Accept: application/openmetrics-text; version=1.0.0", "Accept-Encoding: gzip",
    "Content-Encoding: gzip", "Content-Encoding: identity", "Expect: 100-continue",
    "Connection: close", "Connection: keep-alive", "Connection: Upgrade", "Upgrade: h2c",
    "Authorization: Bearer x", "Authorization: Bearer", "Origin: http://evil.example",
    "Host: evil.example", "Content-Length: 0", "Content-Length: 5", "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked", "Content-Type: text/xml",
    "Content-Type:", "Cookie: a=b; c=\"d", "Inference-Header-Content-Length: 10",
    "Range: bytes=0-1", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};

/* What parsers trip over; put into, or in the place of, some bytes. */
static const char *const nasty[] = {"\r\n", "\n", "\r", "\r\n\r\n", " ", "\t", ":", "{", "}", "[",
    "]", "\"", "\\u0000", "\\ud800", "NaN", "-Infinity", "1e999", "-0", "1e-400", "null", "true",
    "99999999999999999999", "-1", "0x10", "%00", "%zz", "%", "&", "=", "+", ";", ",", "/../", "//",
    "?a=b", "#", "http://127.0.0.1/livez", "*", "HTTP/0.9", "HTTP/1.0", "HTTP/2.0", "\xff\xfe",
    "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "0\r\n\r\n", "ffffffffffffffff\r\n",
    "Transfer-Encoding: chunked\r\n", "Content-Length: 1\r\n", "\"Rooms\":4,",
    "{\"a\":", "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static size_t
below(struct rai_rng *r, size_t n)
{
	return (size_t)rai_rng_below(r, n);
}

/* The body in pieces of random size. */
static void
add_chunked(struct rai_rng *r, const char *body, struct rai_buf *out)
{
	size_t left = strlen(body), n;

	for (; left > 0; left -= n, body += n) {
		n = 1 + below(r, left);
		rai_buf_printf(out, "%zx%s\r\n", n, below(r, 4) == 0 ? ";x=\"y\"" : "");
		rai_buf_add(out, body, n);
		rai_buf_str(out, "\r\n");
	}
	rai_buf_printf(out, "0\r\n%s\r\n", below(r, 4) == 0 ? "Trailer: x\r\n" : "");
}

static void
add_request(struct rai_rng *r, const struct seed *s, struct rai_buf *out)
{
	int chunked = s->body != NULL && below(r, 5) == 0;
	size_t i, n = below(r, 4) == 0 ? 1 + below(r, 3) : 0;

	rai_buf_printf(out, "%s %s%s%s HTTP/1.%c\r\n", s->method,
	    below(r, 10) == 0 ? "http://127.0.0.1" : "", s->path, below(r, 10) == 0 ? "?q=1" : "",
	    below(r, 10) == 0 && !chunked ? '0' : '1');
	rai_buf_str(out, "Host: x\r\n");
	if (s->type != NULL)
		rai_buf_printf(out, "Content-Type: %s\r\n", s->type);
	for (i = 0; i < n; i++)
		rai_buf_printf(out, "%s\r\n", headers[below(r, COUNT(headers))]);
	if (chunked)
		rai_buf_str(out, "Transfer-Encoding: chunked\r\n");
	else if (s->body != NULL)
		rai_buf_printf(out, "Content-Length: %zu\r\n", strlen(s->body));
	rai_buf_str(out, "\r\n");
	if (chunked)
		add_chunked(r, s->body, out);
	else if (s->body != NULL)
		rai_buf_str(out, s->body);
}

void
pester_valid(struct rai_rng *r, struct rai_buf *out)
{
	add_request(r, &seeds[below(r, COUNT(seeds))], out);
}

/* out = text with the bytes from..to replaced. */
static void
replace(struct rai_buf *text, size_t from, size_t to, const char *with, size_t n)
{
	struct rai_buf out = RAI_BUF_INIT(2 * LONGEST);

	rai_buf_add(&out, text->ptr, from);
	rai_buf_add(&out, with, n);
	rai_buf_add(&out, text->ptr + to, text->len - to);
	rai_buf_free(text);
	*text = out;
}

/* Very much of one byte, of which some are nested or counted by parsers. */
static void
insert_many(struct rai_rng *r, struct rai_buf *text, size_t at)
{
	static const char of[] = "[{a\r\n 0,%\"\xff";
	char many[20000];
	size_t n = 1 + below(r, below(r, 4) == 0 ? sizeof(many) : 300);

	memset(many, of[below(r, sizeof(of) - 1)], n);
	replace(text, at, at, many, n);
}

static void
spoil_once(struct rai_rng *r, struct rai_buf *text)
{
	size_t at = below(r, text->len + 1), to = at + below(r, text->len - at + 1);
	const char *word = nasty[below(r, COUNT(nasty))];
	char byte = (char)rai_rng_u64(r);

	if (to > at + 40 && below(r, 3) > 0)
		to = at + below(r, 40);
	switch (below(r, 8)) {
	case 0:
		if (at < text->len)
			text->ptr[at] = (char)(text->ptr[at] ^ 1 << below(r, 8));
		break;
	case 1:
		replace(text, at, at, &byte, 1);
		break;
	case 2:
		replace(text, at, to, "", 0);
		break;
	case 3: /* twice */
		replace(text, at, at, text->ptr + at, to - at);
		break;
	case 4:
		insert_many(r, text, at);
		break;
	case 5: /* the end is lost */
		if (below(r, 4) == 0)
			replace(text, at, text->len, "", 0);
		break;
	case 6:
		replace(text, at, to, word, strlen(word));
		break;
	default:
		replace(text, at, at, word, strlen(word));
	}
}

void
pester_spoilt(struct rai_rng *r, struct rai_buf *out)
{
	struct rai_buf one = RAI_BUF_INIT(2 * LONGEST);
	size_t i, k, n = 1 + below(r, 4);

	for (i = 0; i < n; i++) {
		rai_buf_clear(&one);
		pester_valid(r, &one);
		for (k = below(r, 6); k > 0 && one.len < LONGEST / 2; k--)
			spoil_once(r, &one);
		rai_buf_add(out, one.ptr, one.len);
	}
	rai_buf_free(&one);
}
