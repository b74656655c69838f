#include "prometheus.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "conf/secret.h"
#include "net/http.h"

#define ANSWER_MOST ((size_t)32 << 20) /* bytes */
#define QUERY_MOST ((size_t)64 << 10)
#define ANSWER_MS 30000

int
prometheus_open(struct prometheus *p, const char *url, const char *token, struct rai_err *err)
{
	static const char own[] = "RAI_PROMETHEUS_TOKEN";
	char *secret = NULL;
	size_t size;
	int here = rai_http_is_loopback(url, err);

	*p = (struct prometheus){url, NULL};
	if (here < 0)
		return rai_wrap(err, "--prometheus");
	if (token == NULL && (getenv(own) == NULL || getenv(own)[0] == '\0'))
		return 0;
	if (!here && strncmp(url, "https://", 8) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "--prometheus: a token is not sent over plain http to another machine: "
		    "give an https:// URL");
	if (rai_secret_read(token != NULL ? token : "env:RAI_PROMETHEUS_TOKEN", &secret, err) != 0)
		return -1;
	size = strlen(secret) + sizeof("Authorization: Bearer ");
	p->bearer = malloc(size);
	if (p->bearer != NULL)
		snprintf(p->bearer, size, "Authorization: Bearer %s", secret);
	free(secret);
	return p->bearer != NULL ? 0 : rai_fail_memory(err);
}

void
prometheus_close(struct prometheus *p)
{
	free(p->bearer);
	p->bearer = NULL;
}

static void
add_escaped(struct rai_buf *b, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	const unsigned char *c = (const unsigned char *)text;

	for (; *c != '\0'; c++)
		if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
		    (*c >= 'A' && *c <= 'Z') || strchr("-._~", *c) != NULL)
			rai_buf_char(b, (char)*c);
		else {
			rai_buf_char(b, '%');
			rai_buf_char(b, hex[*c >> 4]);
			rai_buf_char(b, hex[*c & 15]);
		}
}

/* What it says that went wrong, or "". */
static void
reason(const char *text, size_t len, char *out, size_t size)
{
	struct cJSON *doc = rai_json_parse(text, len, NULL);
	const char *why = "";

	out[0] = '\0';
	if (doc != NULL && rai_json_str(doc, "error", &why, NULL) == 0)
		snprintf(out, size, ": %.200s", why);
	rai_json_free(doc);
}

/* A status other than 200. */
static int
refused(const struct rai_http_answer *a, const char *shown, struct rai_err *err)
{
	int later = a->status >= 500 || a->status == 429 || a->status == 408;
	char why[256];

	reason(a->body.ptr, a->body.len, why, sizeof(why));
	if (a->status == 401 || a->status == 403)
		return rai_fail(
		    err, RAI_EINPUT, "%s: refuses the token (status %ld)", shown, a->status);
	return rai_fail(
	    err, later ? RAI_ENET : RAI_EINPUT, "%s: status %ld%s", shown, a->status, why);
}

static const char *
text_of(const struct cJSON *j)
{
	return rai_json_kind(j) == RAI_JSON_STR ? rai_json_as_str(j) : "";
}

static int
read_answer(const struct rai_http_answer *a, const char *shown, struct cJSON **doc,
    const struct cJSON **samples, struct rai_err *err)
{
	const struct cJSON *data, *warnings;
	const char *status = "", *kind = "";

	if (a->status != 200)
		return refused(a, shown, err);
	*doc = rai_json_parse(a->body.ptr, a->body.len, NULL);
	if (*doc == NULL || rai_json_str(*doc, "status", &status, NULL) != 0 ||
	    strcmp(status, "success") != 0 || rai_json_object(*doc, "data", &data, NULL) != 0 ||
	    rai_json_str(data, "resultType", &kind, NULL) != 0 || strcmp(kind, "vector") != 0 ||
	    rai_json_array(data, "result", samples, NULL) != 0)
		return rai_fail(err, RAI_ENET, "%s: this is no answer of a Prometheus", shown);
	warnings = rai_json_get(*doc, "warnings");
	if (warnings != NULL && rai_json_count(warnings) > 0) {
		return rai_fail(err, RAI_ENET, "%s: not all of the data: %.200s", shown,
		    text_of(rai_json_first(warnings)));
	}
	return 0;
}

int
prometheus_ask(const struct prometheus *p, const char *expression, int64_t at_ms,
    struct cJSON **doc, const struct cJSON **samples, struct rai_err *err)
{
	const char *headers[] = {
	    "Content-Type: application/x-www-form-urlencoded", p->bearer, NULL};
	struct rai_buf url = RAI_BUF_INIT(QUERY_MOST), body = RAI_BUF_INIT(QUERY_MOST);
	struct rai_http_answer a = {.body = RAI_BUF_INIT(ANSWER_MOST)};
	struct rai_http_request q = {
	    .method = "POST", .headers = headers, .connect_ms = 5000, .total_ms = ANSWER_MS};
	size_t n = strlen(p->url);
	char shown[RAI_HTTP_SHOWN];
	int rc = -1;

	*doc = NULL;
	while (n > 0 && p->url[n - 1] == '/')
		n--;
	rai_buf_printf(&url, "%.*s/api/v1/query", (int)n, p->url);
	rai_buf_printf(&body, "time=%lld.%03d&timeout=%ds&query=", (long long)(at_ms / 1000),
	    (int)(at_ms % 1000), ANSWER_MS / 2000);
	add_escaped(&body, expression);
	if (rai_buf_check(&url, "URL", err) == 0 && rai_buf_check(&body, "query", err) == 0) {
		q.url = url.ptr;
		q.body = body.ptr;
		q.body_len = body.len;
		rai_http_show(p->url, shown);
		rc = rai_http_do(&q, &a, NULL, err);
		if (rc == 0)
			rc = read_answer(&a, shown, doc, samples, err);
	}
	if (rc != 0) {
		rai_json_free(*doc);
		*doc = NULL;
	}
	rai_buf_free(&a.body);
	rai_buf_free(&body);
	rai_buf_free(&url);
	return rc;
}

int
prometheus_value(const struct cJSON *sample, double *out, struct rai_err *err)
{
	const struct cJSON *pair = rai_json_get(sample, "value");
	const char *text = text_of(rai_json_next(rai_json_first(pair)));

	if (rai_num_double(text, strlen(text), out) != 0)
		return rai_fail(err, RAI_ENET, "a sample is no number: \"%.40s\"", text);
	return 0;
}

const char *
prometheus_label(const struct cJSON *sample, const char *name)
{
	const struct cJSON *metric = rai_json_get(sample, "metric");
	const char *value = "";

	if (metric != NULL)
		(void)rai_json_opt_str(metric, name, &value, NULL);
	return value;
}
