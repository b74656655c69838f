#include "compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ulid.h"

static const struct {
	const char *name, *advice;
	int status;
} verdicts[] = {
    [RAI_STAT_UNDECIDED] = {"undecided", "wait", 4},
    [RAI_STAT_BETTER] = {"better", "promote", 0},
    [RAI_STAT_WORSE] = {"worse", "keep", 1},
    [RAI_STAT_EQUIVALENT] = {"equivalent", "keep", 0},
};

/* Did the challenger get other rows?  That some of them repeat says nothing about that. */
static int
is_other_traffic(const struct rai_drift_inputs *in)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (in->col[i].drifted || in->col[i].broken)
			return 1;
	return in->joint.drifted;
}

/* The difference may be the rows': those of another traffic, or another time. */
static int
is_confounded(const struct comparison *c)
{
	return !c->contest.paired && (c->contest.apart || is_other_traffic(&c->in));
}

static const char *
advice_of(const struct comparison *c)
{
	return c->verdict == RAI_STAT_BETTER && is_confounded(c) ? "wait"
								 : verdicts[c->verdict].advice;
}

/* Why the inputs differ: the first column that says so. */
static const char *
why_inputs(const struct rai_drift_inputs *in)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (in->col[i].why[0] != '\0')
			return in->col[i].why;
	return in->joint.why;
}

static void
say(struct comparison *c, const struct rai_stat_rule *rule)
{
	const struct rai_drift_contest *k = &c->contest;
	struct rai_stat_between b = rai_stat_sequence_interval(&k->so_far, rule->alpha);
	int n;

	if (k->so_far.n == 0)
		n = snprintf(c->message, sizeof(c->message),
		    "no labels of both: %" PRId64 " and %" PRId64 " rows with their truth",
		    k->rows[0], k->rows[1]);
	else
		n = snprintf(c->message, sizeof(c->message),
		    "the challenger's loss is %+.4f (%+.4f to %+.4f) in %" PRId64 " %s: %s", b.mean,
		    b.low, b.high, k->so_far.n, k->paired ? "pairs" : "differences",
		    verdicts[c->verdict].name);
	if (is_other_traffic(&c->in))
		n += snprintf(c->message + n, sizeof(c->message) - (size_t)n,
		    "; it got other traffic (%.120s)", why_inputs(&c->in));
	if (k->so_far.n > 0 && !k->paired && k->apart)
		snprintf(c->message + n, sizeof(c->message) - (size_t)n,
		    "; the two were not at work at one time");
}

static void
write_side(struct rai_jw *w, const char *key, const struct side *s)
{
	rai_jw_object(w, key);
	rai_jw_str(w, "version", s->version[0] != '\0' ? s->version : NULL);
	rai_jw_str(w, "digest", s->digest[0] != '\0' ? s->digest : NULL);
	rai_jw_end(w);
}

static void
write_inputs(const struct comparison *c, struct rai_jw *w)
{
	size_t i;

	if (c->in.rows == 0) {
		rai_jw_null(w, "inputs");
		return;
	}
	rai_jw_object(w, "inputs");
	rai_jw_int(w, "champion_rows", c->past.profile.rows);
	rai_jw_int(w, "challenger_rows", (int64_t)c->in.rows);
	rai_jw_bool(w, "differ", is_other_traffic(&c->in));
	rai_jw_array(w, "decided_by");
	for (i = 0; i < c->in.n; i++)
		if (c->in.col[i].why[0] != '\0')
			rai_jw_str(w, NULL, c->in.col[i].why);
	if (c->in.joint.why[0] != '\0')
		rai_jw_str(w, NULL, c->in.joint.why);
	rai_jw_end(w);
	rai_jw_end(w);
}

static void
write_data(const struct comparison *c, const struct rai_stat_rule *rule, struct rai_jw *w)
{
	const struct rai_drift_contest *k = &c->contest;
	struct rai_stat_between b = rai_stat_sequence_interval(&k->so_far, rule->alpha);
	double all = (double)c->side[0].predictions + (double)c->side[1].predictions;

	rai_jw_str(w, "model", c->side[0].model);
	rai_jw_str(w, "role", "canary");
	rai_jw_num(w, "share", (double)c->side[1].predictions / all);
	write_side(w, "champion", &c->side[0]);
	write_side(w, "challenger", &c->side[1]);
	rai_jw_str(w, "loss", k->classes ? "error_rate" : "relative_error");
	rai_jw_int(w, "pairs", k->so_far.n);
	rai_jw_num(w, "difference", b.mean);
	rai_jw_num(w, "low", b.low);
	rai_jw_num(w, "high", b.high);
	rai_jw_num(w, "risk", rule->alpha);
	rai_jw_num(w, "margin", rule->margin);
	rai_jw_int(w, "verdict_after", rule->least);
	rai_jw_str(w, "verdict", verdicts[c->verdict].name);
	rai_jw_str(w, "advice", advice_of(c));
	rai_jw_str(w, "message", c->message);
	rai_jw_bool(w, "same_rows", k->paired);
	rai_jw_bool(w, "same_time", k->paired || !k->apart);
	rai_jw_num(w, "champion_loss", k->loss[0]);
	rai_jw_num(w, "challenger_loss", k->loss[1]);
	write_inputs(c, w);
}

static void
write_event(struct comparison *c, const struct rai_stat_rule *rule)
{
	int64_t now = rai_clock_now(&c->r->cli->clock);
	struct rai_event_chain chain = {"", ""};
	struct rai_buf name = RAI_BUF_INIT(4096);
	char id[RAI_ULID_TEXT];
	struct rai_jw w;

	rai_buf_printf(&name, "%s\n%s\n%s\n%" PRId64, c->side[0].digest, c->side[1].digest,
	    verdicts[c->verdict].name, c->contest.so_far.n);
	rai_ulid_named(c->newest_ms > 0 ? c->newest_ms : now, name.ptr, name.len, id);
	rai_buf_free(&name);
	rai_event_begin(
	    &w, c->r->out, "rai-drift", "challenger.judged", c->side[0].model, now, id, &chain);
	write_data(c, rule, &w);
	rai_event_end(&w);
}

void
compare_tell(struct comparison *c, const struct rai_stat_rule *rule)
{
	static const char *const who[] = {"champion", "challenger"};
	struct rai_buf *out = c->r->out;
	size_t i;

	if (!c->r->o->table) {
		write_event(c, rule);
		return;
	}
	rai_buf_printf(out, "%s: %s, advice %s\n%s\n\n", c->side[0].model,
	    verdicts[c->verdict].name, advice_of(c), c->message);
	rai_buf_printf(
	    out, "%-11s %-24s %11s %8s %8s\n", "", "version", "predictions", "truths", "loss");
	for (i = 0; i < 2; i++)
		rai_buf_printf(out, "%-11s %-24.24s %11" PRId64 " %8" PRId64 " %8.4f\n", who[i],
		    c->side[i].version[0] != '\0' ? c->side[i].version : "-",
		    c->side[i].predictions, c->contest.rows[i], c->contest.loss[i]);
	for (i = 0; i < c->in.n; i++)
		if (c->in.col[i].why[0] != '\0')
			rai_buf_printf(out, "inputs: %s\n", c->in.col[i].why);
	if (c->in.joint.why[0] != '\0')
		rai_buf_printf(out, "inputs: %s\n", c->in.joint.why);
}

static int
read_logs(struct comparison *c, const char *const *path, size_t n, struct rai_err *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		c->reading = (int)i;
		if (compare_read(c, path[i], err) != 0)
			return -1;
	}
	if (c->r->bad > 0 && c->r->bad == c->r->lines)
		return rai_fail(err, RAI_EINPUT,
		    "no log line in %" PRId64 " lines; the first: %.300s", c->r->lines,
		    c->r->first_bad);
	for (i = 0; i < 2; i++)
		if (c->side[i].predictions == 0)
			return rai_fail(err, RAI_EINPUT, "%s: no prediction of %s",
			    n == 2   ? path[i]
			    : n == 1 ? path[0]
				     : "stdin",
			    i == 0 ? "the champion" : "a second model");
	if (c->r->bad > 0)
		rai_cli_warn(c->r->cli,
		    "%" PRId64 " of %" PRId64 " lines are no log lines; the first: %s", c->r->bad,
		    c->r->lines, c->r->first_bad);
	if (c->strangers > 0)
		rai_cli_warn(
		    c->r->cli, "%" PRId64 " predictions of a third model left out", c->strangers);
	return 0;
}

int
drift_compare(struct run *r, const char *const *path, size_t n, struct rai_err *err)
{
	static const char *const standard[] = {"-"};
	const struct rai_stat_rule rule = {r->o->alpha, RAI_DRIFT_ACCURACY, RAI_DRIFT_LEAST};
	struct comparison c = {.r = r, .two = n == 2};
	int rc = -1;

	if (n > 2)
		return rai_fail(err, RAI_EINPUT, "--compare: two logs, or one, not %zu", n);
	if (!(rule.alpha >= 1e-6 && rule.alpha <= 0.5))
		return rai_fail(
		    err, RAI_EINPUT, "--alpha: %g is not a risk from 1e-6 to 0.5", rule.alpha);
	rai_buf_init(&c.side[0].features, (size_t)1 << 30);
	rai_buf_init(&c.side[1].features, (size_t)1 << 30);
	c.rivals = rai_drift_rivals_new();
	if (c.rivals == NULL)
		rai_fail_memory(err);
	else if (read_logs(&c, n > 0 ? path : standard, n > 0 ? n : 1, err) == 0) {
		rai_drift_rivals_contest(c.rivals, &c.contest);
		c.verdict = rai_stat_sequence_judge(&c.contest.so_far, &rule);
		compare_inputs(&c, rule.alpha);
		say(&c, &rule);
		compare_tell(&c, &rule);
		rc = verdicts[c.verdict].status;
	}
	rai_drift_rivals_free(c.rivals);
	rai_drift_inputs_release(&c.in);
	rai_drift_past_release(&c.past);
	rai_buf_free(&c.side[0].features);
	rai_buf_free(&c.side[1].features);
	return rc;
}
