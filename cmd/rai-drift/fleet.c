#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "drift.h"
#include "drift/counts.h"
#include "net/http.h"
#include "prometheus.h"

/*
 * A fleet of rai-serve through the Prometheus that scrapes it: the counts of its bins, summed over
 * the replicas.  What is not all there is no evidence of anything: rai_drift_watch_blind().
 */
#define STEPS 20 /* looks at a window, to see gaps */
#define STEP_LEAST_MS 500
#define UP_LEAST 0.9      /* of the scrapes of each replica */
#define SERVE_BINS 500    /* bins from that one on are summed by rai-serve as "rest" */
#define AGAIN_MS 60000    /* at most, after what did not work */
#define BEAT_MS 1000      /* between two looks at the files */
#define LOOK_MOST 1048576 /* bytes of an expression */

struct fleet {
	struct run *r;
	struct prometheus from;
	struct rai_buf match; /* label matchers of the model, without braces */
	int64_t window_ms, slide_ms;
	struct rai_drift_counts *counts;
	int64_t *count; /* of one column */
	char *known;    /* which of its bins have come */
};

/* Samples of an expression, in which each %M is the matchers and each %R the window. */
static int
ask(const struct fleet *f, const char *expression, int64_t at_ms, struct cJSON **doc,
    const struct cJSON **samples, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(LOOK_MOST);
	int64_t step = f->window_ms / STEPS;
	const char *p;
	int rc;

	for (p = expression; *p != '\0'; p++)
		if (p[0] == '%' && p[1] == 'M') {
			rai_buf_printf(&text, "%s", f->match.ptr);
			p++;
		} else if (p[0] == '%' && p[1] == 'O') { /* the matchers of others: not the model */
			rai_buf_printf(
			    &text, "%s", f->r->o->selector != NULL ? f->r->o->selector : "");
			p++;
		} else if (p[0] == '%' && p[1] == 'R') {
			rai_buf_printf(&text, "%" PRId64 "ms", f->window_ms);
			p++;
		} else if (p[0] == '%' && p[1] == 'S') {
			rai_buf_printf(&text, "%" PRId64 "ms", step);
			p++;
		} else
			rai_buf_char(&text, *p);
	rc = rai_buf_check(&text, "query", err);
	if (rc == 0)
		rc = prometheus_ask(&f->from, text.ptr, at_ms, doc, samples, err);
	rai_buf_free(&text);
	return rc;
}

/* The one number that an expression gives; none: absent. */
static int
number(const struct fleet *f, const char *expression, int64_t at_ms, double absent, double *out,
    struct rai_err *err)
{
	struct cJSON *doc;
	const struct cJSON *samples;
	int rc = ask(f, expression, at_ms, &doc, &samples, err);

	*out = absent;
	if (rc == 0 && rai_json_count(samples) > 0)
		rc = prometheus_value(rai_json_first(samples), out, err);
	rai_json_free(doc);
	return rc;
}

/* All replicas serve the model whose bins these are, through the whole window. */
static int
check_digest(const struct fleet *f, int64_t at_ms, struct rai_err *err)
{
	const char *model = f->r->about.name, *want = f->r->about.digest, *digest;
	struct cJSON *doc;
	const struct cJSON *samples, *s;
	int rc = ask(f, "count by (digest) (max_over_time(rai_model_info{%M}[%R]))", at_ms, &doc,
	    &samples, err);

	if (rc == 0 && rai_json_count(samples) == 0)
		rc = rai_fail(err, RAI_ENET, "no replica of %.60s was seen in the window", model);
	for (s = rc == 0 ? rai_json_first(samples) : NULL; s != NULL && rc == 0;
	     s = rai_json_next(s)) {
		digest = prometheus_label(s, "digest");
		if (strcmp(digest, want) != 0)
			rc = rai_fail(err, RAI_ENET,
			    "%.60s was served as %.19s... in the window, and its bins are not "
			    "those of %.19s...",
			    model, digest, want);
	}
	rai_json_free(doc);
	return rc;
}

/* Everybody was there, all the time. */
static int
check_replicas(const struct fleet *f, int64_t at_ms, struct rai_err *err)
{
	double steps, least, up;

	if (number(f, "count_over_time((count(rai_model_info{%M}))[%R:%S])", at_ms, 0, &steps,
		err) != 0 ||
	    number(f, "min_over_time((count(rai_model_info{%M}))[%R:%S])", at_ms, 0, &least, err) !=
		0 ||
	    number(f,
		"min(avg_over_time(up{%O}[%R]) and on (job, instance) "
		"max_over_time(rai_model_info{%M}[%R]))",
		at_ms, 1, &up, err) != 0)
		return -1;
	if (steps < STEPS - 1)
		return rai_fail(err, RAI_ENET, "a gap: there is data in %.0f %% of the window",
		    100 * steps / STEPS);
	if (f->r->o->replicas > 0 && least < (double)f->r->o->replicas)
		return rai_fail(err, RAI_ENET,
		    "%.0f replicas were there at some time in the window, of %" PRId64, least,
		    f->r->o->replicas);
	if (up < UP_LEAST)
		return rai_fail(err, RAI_ENET,
		    "a replica answered %.0f %% of the scrapes in the window", 100 * up);
	return 0;
}

/* The bin that a label names, or -1. */
static int64_t
bin_of(const struct rai_profile_col *c, const char *label)
{
	int64_t bin;

	if (strcmp(label, "missing") == 0)
		return (int64_t)c->nbin;
	if (strcmp(label, "unseen") == 0)
		return (int64_t)c->nbin + 1;
	if (strcmp(label, "rest") == 0)
		return c->nbin > SERVE_BINS ? SERVE_BINS : -1;
	if (rai_num_int(label, strlen(label), 0, SERVE_BINS - 1, &bin) != 0 ||
	    (size_t)bin >= c->nbin)
		return -1;
	return bin;
}

/* What was summed, among the bins it was summed of, as in the reference. */
static void
share_rest(const struct rai_profile_col *c, int64_t *count)
{
	int64_t rest, done = 0, upto, all = 0, so_far = 0;
	size_t i;

	if (c->nbin <= SERVE_BINS)
		return;
	rest = count[SERVE_BINS];
	for (i = SERVE_BINS; i < c->nbin; i++)
		all += c->count[i];
	for (i = SERVE_BINS; i < c->nbin; i++) {
		so_far += c->count[i];
		upto = i + 1 < c->nbin && all > 0
			   ? (int64_t)((double)rest * ((double)so_far / (double)all) + 0.5)
			   : rest;
		count[i] = i + 1 < c->nbin && all == 0 ? 0 : upto - done;
		done += count[i];
	}
}

/* Column k from the samples with its name; all of its bins must be there. */
static int
read_column(const struct fleet *f, const struct cJSON *samples, const struct rai_profile_col *c,
    size_t k, const char *feature, struct rai_err *err)
{
	const size_t bins = (c->nbin > SERVE_BINS ? SERVE_BINS + 1 : c->nbin) + 2;
	const struct cJSON *s;
	size_t have = 0;
	int64_t bin;
	double value;

	memset(f->count, 0, (c->nbin + 2) * sizeof(*f->count));
	memset(f->known, 0, c->nbin + 2);
	for (s = rai_json_first(samples); s != NULL; s = rai_json_next(s)) {
		if (strcmp(prometheus_label(s, "feature"), feature) != 0)
			continue;
		bin = bin_of(c, prometheus_label(s, "bin"));
		if (bin < 0 || f->known[bin])
			return rai_fail(err, RAI_ENET, "%.60s: bin \"%.40s\" is not the model's",
			    c->name, prometheus_label(s, "bin"));
		if (prometheus_value(s, &value, err) != 0)
			return -1;
		if (value < 0 || value > 1e15)
			return rai_fail(err, RAI_ENET, "%.60s: %g values in a bin", c->name, value);
		f->count[bin] = (int64_t)(value + 0.5);
		f->known[bin] = 1;
		have++;
	}
	if (have != bins)
		return rai_fail(
		    err, RAI_ENET, "%.60s: %zu of its %zu bins were counted", c->name, have, bins);
	share_rest(c, f->count);
	return rai_drift_counts_bins(f->counts, k, f->count, err);
}

static int
read_counts(const struct fleet *f, int64_t at_ms, struct rai_err *err)
{
	const struct rai_profile *p = f->r->ref.profile;
	struct cJSON *doc;
	const struct cJSON *samples;
	size_t k;
	int rc;

	rai_drift_counts_clear(f->counts);
	rc = ask(f, "sum by (feature, bin) (increase(rai_feature_observations_total{%M}[%R]))",
	    at_ms, &doc, &samples, err);
	for (k = 0; k < p->n && rc == 0; k++)
		rc = read_column(f, samples, &p->col[k], k, p->col[k].name, err);
	rai_json_free(doc);
	if (rc != 0 || !(rai_drift_predicts(&f->r->ref) || rai_drift_says_classes(&f->r->ref)))
		return rc;
	rc = ask(f, "sum by (bin) (increase(rai_prediction_observations_total{%M}[%R]))", at_ms,
	    &doc, &samples, err);
	if (rc == 0)
		rc = read_column(f, samples, &p->prediction, p->n, "", err);
	rai_json_free(doc);
	return rc;
}

/* The window that ends at at_ms.  1: the verdict changed; -1 with RAI_ENET: it cannot be seen. */
static int
look(const struct fleet *f, int64_t at_ms, struct rai_err *err)
{
	struct rai_drift_span span = {.from_ms = at_ms - f->window_ms, .to_ms = at_ms};

	if (check_digest(f, at_ms, err) != 0 || check_replicas(f, at_ms, err) != 0 ||
	    read_counts(f, at_ms, err) != 0)
		return -1;
	span.rows = rai_drift_counts_rows(f->counts);
	return rai_drift_watch_counts(f->r->watch, f->counts, &span, err);
}

/* As many windows, side by side, as must agree. */
static int
look_once(struct fleet *f, struct rai_err *err)
{
	int64_t now = rai_clock_now(&f->r->cli->clock), i;
	int rc;

	/* what came before is in the state */
	for (i = f->r->o->state != NULL ? 0 : f->r->about.rule.sustain - 1; i >= 0; i--) {
		rc = look(f, now - i * f->window_ms, err);
		if (rc < 0 && err->code == RAI_ENET) {
			rai_drift_watch_blind(f->r->watch, err->msg);
			if (drift_tell(f->r, err) == 0)
				(void)rai_cli_emit(f->r->out, NULL);
			return -1;
		}
		if (drift_pushed(f->r, rc, err) != 0)
			return -1;
	}
	return 0;
}

/* One look of many: what cannot be seen is said once, and looked for again. */
static int
look_again(struct fleet *f, int *blind, struct rai_err *err)
{
	int64_t now = rai_clock_now(&f->r->cli->clock);
	struct rai_err why = RAI_ERR_INIT;
	int rc = look(f, now, &why);

	*blind = rc < 0 && why.code == RAI_ENET;
	if (*blind) {
		rai_cli_warn(f->r->cli, "%s", why.msg);
		rc = rai_drift_watch_blind(f->r->watch, why.msg);
	}
	if (rc < 0) {
		*err = why;
		return -1;
	}
	if (drift_pushed(f->r, rc, err) != 0)
		return -1;
	return f->r->o->state != NULL && !f->r->o->table ? drift_state_save(f->r, err) : 0;
}

/* So long, while the files say that it goes on.  1: a signal that ends it has come. */
static int
pause_for(const struct fleet *f, int64_t ms, const sigset_t *ends, struct rai_err *err)
{
	struct timespec t;
	int64_t part;

	for (; ms > 0; ms -= part) {
		part = ms < BEAT_MS ? ms : BEAT_MS;
		t = (struct timespec){part / 1000, part % 1000 * 1000000};
		if (sigtimedwait(ends, NULL, &t) >= 0)
			return 1;
		if (errno != EAGAIN && errno != EINTR)
			return rai_fail_errno(err, "sigtimedwait");
		if (drift_idle(f->r, err) != 0)
			return -1;
	}
	return 0;
}

/* Until SIGTERM or SIGINT. */
static int
look_on(struct fleet *f, struct rai_err *err)
{
	int64_t pause;
	sigset_t ends;
	int blind, rc;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	f->r->stream = 1;
	do {
		if (look_again(f, &blind, err) != 0)
			return -1;
		pause = blind && f->slide_ms > AGAIN_MS ? AGAIN_MS : f->slide_ms;
		rc = pause_for(f, pause, &ends, err);
	} while (rc == 0);
	if (rc < 0)
		return -1;
	if (blind)
		return rai_fail(err, RAI_ENET, "%s", rai_drift_watch_state(f->r->watch)->message);
	return 0;
}

/* model="name", and what the user asks for besides. */
static void
make_match(struct fleet *f)
{
	const char *c, *selector = f->r->o->selector;

	rai_buf_printf(&f->match, "model=\"");
	for (c = f->r->about.name; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			rai_buf_char(&f->match, '\\');
		rai_buf_char(&f->match, *c);
	}
	rai_buf_printf(
	    &f->match, "\"%s%s", selector != NULL ? "," : "", selector != NULL ? selector : "");
}

static int
fleet_open(struct fleet *f, struct rai_err *err)
{
	const struct rai_drift_rule *rule = &f->r->about.rule;
	const struct rai_profile *p = f->r->ref.profile;
	size_t k, most = p->prediction.name != NULL ? p->prediction.nbin : 0;

	f->window_ms = rule->window_ms;
	f->slide_ms = rule->slide_ms > 0 ? rule->slide_ms : rule->window_ms;
	if (f->window_ms < STEP_LEAST_MS * STEPS || f->window_ms > INT64_C(400) * 86400000)
		return rai_fail(err, RAI_EINPUT,
		    "--window: of a fleet it is a time, from %ds to 400d",
		    STEP_LEAST_MS * STEPS / 1000);
	make_match(f);
	if (rai_buf_check(&f->match, "labels", err) != 0)
		return -1;
	for (k = 0; k < p->n; k++)
		most = p->col[k].nbin > most ? p->col[k].nbin : most;
	f->count = malloc((most + 2) * sizeof(*f->count));
	f->known = malloc(most + 2);
	if (f->count == NULL || f->known == NULL)
		return rai_fail_memory(err);
	if (prometheus_open(&f->from, f->r->o->prometheus, f->r->o->token, err) != 0)
		return -1;
	return rai_drift_counts_new(&f->r->ref, &f->counts, err);
}

int
drift_read_fleet(struct run *r, struct rai_err *err)
{
	struct fleet f = {.r = r, .match = RAI_BUF_INIT(LOOK_MOST)};
	int rc;

	if (rai_http_init(err) != 0)
		return -1;
	rc = fleet_open(&f, err);
	if (rc == 0)
		rc = r->o->follow ? look_on(&f, err) : look_once(&f, err);
	prometheus_close(&f.from);
	rai_drift_counts_free(f.counts);
	rai_buf_free(&f.match);
	free(f.count);
	free(f.known);
	rai_http_done();
	return rc;
}
