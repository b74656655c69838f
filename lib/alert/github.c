#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/target.h"
#include "base/clock.h"

/*
 * GitHub's repository_dispatch (REST API version 2026-03-10): POST
 * /repos/{owner}/{repo}/dispatches, answered 204 without a run's id.  client_payload may have at
 * most 10 members.  The call is not idempotent: where it may have been received, the runs are
 * looked through for our cause key, which the workflow shows in its run-name, before it is
 * repeated.
 */
enum { ANSWER_MAX = 4 << 20, HEADERS = 6 };

static void
where(const struct rai_target_call *call, char *out, size_t size)
{
	snprintf(out, size, "%s/repos/%s/dispatches", call->github_api, call->github);
}

static int
write_body(const struct rai_target_call *call, struct rai_buf *out, struct rai_err *err)
{
	const struct rai_alert *a = &call->claim->alert;
	char time[RAI_CLOCK_TEXT];
	struct rai_jw w;

	rai_clock_format(a->time_ms, time);
	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "event_type", "model-drift");
	rai_jw_object(&w, "client_payload");
	rai_jw_str(&w, "alert", a->name);
	rai_jw_str(&w, "metric", a->metric[0] != '\0' ? a->metric : NULL);
	rai_jw_num(&w, "value", a->value);
	rai_jw_str(&w, "time", time);
	rai_jw_str(&w, "model", call->model);
	rai_jw_str(&w, "version", a->version);
	rai_jw_str(&w, "cause_key", call->claim->key);
	rai_jw_str(&w, "correlation_id", call->correlation);
	rai_jw_str(&w, "event_id", call->event_id);
	rai_jw_str(&w, "oversight", call->oversight);
	rai_jw_end(&w);
	rai_jw_end(&w);
	return rai_buf_check(out, "GitHub request", err);
}

struct headers {
	char token[4096];
	const char *line[HEADERS + 1];
};

static int
fill_headers(struct headers *h, const struct rai_target_call *call, struct rai_err *err)
{
	int n =
	    snprintf(h->token, sizeof(h->token), "Authorization: Bearer %s", call->github_token);

	if (n < 0 || (size_t)n >= sizeof(h->token))
		return rai_fail(err, RAI_EINPUT, "the GitHub token is longer than 4000 characters");
	h->line[0] = h->token;
	h->line[1] = "Accept: application/vnd.github+json";
	h->line[2] = "X-GitHub-Api-Version: 2026-03-10";
	h->line[3] = "User-Agent: rai-dispatch/" RAI_VERSION;
	h->line[4] = "Content-Type: application/json";
	h->line[5] = NULL;
	return 0;
}

/* The key as a whole word: "m.12ab" is not in "m.12ab.2". */
static int
names_key(const char *title, const char *key)
{
	const char *p;
	size_t n = strlen(key);

	if (title == NULL)
		return 0;
	for (p = strstr(title, key); p != NULL; p = strstr(p + 1, key)) {
		char before = p == title ? ' ' : p[-1], after = p[n];

		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", before) == NULL &&
		    (after == '\0' ||
			strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", after) == NULL))
			return 1;
	}
	return 0;
}

static int
find_run(const struct cJSON *doc, const char *key)
{
	const struct cJSON *run, *title;

	for (run = rai_json_first(rai_json_get(doc, "workflow_runs")); run != NULL;
	     run = rai_json_next(run)) {
		title = rai_json_get(run, "display_title");
		if (rai_json_kind(title) == RAI_JSON_STR && names_key(rai_json_as_str(title), key))
			return 1;
	}
	return 0;
}

/* The guard of rai_retry_http(): is there a run for our cause? */
static int
look(void *payload, struct rai_err *err)
{
	const struct rai_target_call *call = payload;
	struct rai_http_answer a = {.body = RAI_BUF_INIT(ANSWER_MAX)};
	struct rai_http_request q = {.method = "GET", .total_ms = call->timeout_ms};
	char url[1024], since[RAI_CLOCK_TEXT];
	struct cJSON *doc = NULL;
	struct headers h = {"", {NULL}};
	int rc = -1;

	rai_clock_format((call->claim->time_ms - 5000) / 1000 * 1000, since);
	snprintf(url, sizeof(url),
	    "%s/repos/%s/actions/runs?event=repository_dispatch&per_page=100&created=%%3E%%3D%s",
	    call->github_api, call->github, since);
	q.url = url;
	q.headers = h.line;
	q.follow_redirects = 1;
	if (fill_headers(&h, call, err) != 0 || rai_http_do(&q, &a, NULL, err) != 0)
		goto out;
	if (a.status != 200) {
		rai_fail(err, RAI_ENET, "looking for the run: the server answered %ld", a.status);
		goto out;
	}
	doc = rai_json_parse(a.body.ptr, a.body.len, err);
	if (doc != NULL)
		rc = find_run(doc, call->claim->key);
out:
	rai_json_free(doc);
	rai_buf_free(&a.body);
	return rc;
}

/* What GitHub says about a refusal: its "message" member, else nothing. */
static void
explain(struct rai_target_result *out, const struct rai_target_call *call,
    const struct rai_http_answer *a, const struct rai_err *err)
{
	struct cJSON *doc =
	    a->status >= 400 ? rai_json_parse(a->body.ptr, a->body.len, NULL) : NULL;
	const char *said = NULL, *hint = "";

	if (doc != NULL)
		(void)rai_json_opt_str(doc, "message", &said, NULL);
	if (a->status == 401)
		hint = " (is the token valid?)";
	else if (a->status == 404)
		hint = " (no such repository, or the token may not write to it)";
	snprintf(out->message, sizeof(out->message), "GitHub, %.100s: %.200s%s%.100s%s",
	    call->github, err->msg, said != NULL ? ": " : "", said != NULL ? said : "", hint);
	rai_json_free(doc);
}

/* One that was killed may have sent it: tries above 1 look first. */
static int
sent_before(const struct rai_target_call *call, struct rai_target_result *out)
{
	struct rai_err err = RAI_ERR_INIT;
	int there;

	if (call->claim->tries <= 1)
		return 0;
	there = look((void *)call, &err);
	if (there == 0)
		return 0;
	out->end = there > 0 ? RAI_TARGET_SENT : RAI_TARGET_LATER;
	out->later_ms = 60000;
	snprintf(out->message, sizeof(out->message), "GitHub, %.100s: %.300s", call->github,
	    there > 0 ? "the run is there already" : err.msg);
	return 1;
}

static int
send(const struct rai_target_call *call, struct rai_target_result *out, struct rai_err *err)
{
	struct rai_http_answer a = {.body = RAI_BUF_INIT(ANSWER_MAX)};
	struct rai_http_request q = {.method = "POST", .total_ms = call->timeout_ms};
	const struct rai_retry_guard guard = {look, (void *)call};
	struct rai_buf body = RAI_BUF_INIT(65535);
	struct rai_err why = RAI_ERR_INIT;
	char url[512];
	struct headers h = {"", {NULL}};
	int rc = -1;

	memset(out, 0, sizeof(*out));
	where(call, url, sizeof(url));
	if (write_body(call, &body, err) != 0 || fill_headers(&h, call, err) != 0)
		goto out;
	rc = 0;
	if (sent_before(call, out))
		goto out;
	q.url = url;
	q.headers = h.line;
	q.body = body.ptr;
	q.body_len = body.len;
	q.follow_redirects = 1;
	rc = rai_retry_http(&call->retry, &q, &guard, &a, &out->tries, &out->later_ms, &why);
	out->status = a.status;
	out->end = rc == 0 ? RAI_TARGET_SENT : rc == 1 ? RAI_TARGET_LATER : RAI_TARGET_REFUSED;
	if (rc == 0 && a.status >= 300) {
		out->end = RAI_TARGET_REFUSED;
		rai_fail(&why, RAI_EINPUT, "the server answered %ld", a.status);
	}
	if (out->end != RAI_TARGET_SENT)
		explain(out, call, &a, &why);
	rc = 0;
out:
	rai_buf_free(&body);
	rai_buf_free(&a.body);
	return rc;
}

const struct rai_target rai_target_github = {"github", 0, where, write_body, send};
