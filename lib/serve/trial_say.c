#include <math.h>
#include <string.h>

#include "page/page.h"
#include "serve/shell.h"
#include "serve/trial.h"

/* What a trial says: the event of a new verdict, its metrics, and its part of the dashboard. */

static const struct {
	const char *name, *advice;
} verdicts[] = {
    [RAI_STAT_UNDECIDED] = {"undecided", "wait"},
    [RAI_STAT_BETTER] = {"better", "promote"},
    [RAI_STAT_WORSE] = {"worse", "keep"},
    [RAI_STAT_EQUIVALENT] = {"equivalent", "keep"},
};
enum { VERDICTS = sizeof(verdicts) / sizeof(verdicts[0]) };

static void
write_side(struct rai_jw *w, const char *key, const struct rai_serve_model *m)
{
	rai_jw_object(w, key);
	rai_jw_str(w, "version", m->version);
	rai_jw_str(w, "digest", m->digest);
	rai_jw_end(w);
}

static void
write_data(const struct rai_serve_trial *t, struct rai_jw *w)
{
	const struct rai_stat_sequence *s = rai_serve_evidence_so_far(t->evidence);
	struct rai_stat_between b = rai_stat_sequence_interval(s, t->config->rule.alpha);
	enum rai_stat_verdict v = rai_serve_evidence_verdict(t->evidence);

	rai_jw_str(w, "model", t->champion->model.name);
	rai_jw_str(w, "role", rai_serve_trial_role(t, 1));
	rai_jw_num(w, "share", t->config->share);
	write_side(w, "champion", &t->champion->model);
	write_side(w, "challenger", &t->challenger->model);
	rai_jw_str(w, "loss", t->champion->model.nclass > 0 ? "error_rate" : "relative_error");
	rai_jw_int(w, "pairs", s->n);
	rai_jw_num(w, "difference", b.mean);
	rai_jw_num(w, "low", b.low);
	rai_jw_num(w, "high", b.high);
	rai_jw_num(w, "risk", t->config->rule.alpha);
	rai_jw_num(w, "margin", t->config->rule.margin);
	rai_jw_int(w, "verdict_after", t->config->rule.least);
	rai_jw_str(w, "verdict", verdicts[v].name);
	rai_jw_str(w, "advice", verdicts[v].advice);
}

void
rai_serve_trial_tell(struct rai_serve_trial *t)
{
	struct rai_buf line = RAI_BUF_INIT(64 << 10);
	struct rai_jw w;

	if (t->config->events == NULL)
		return;
	rai_event_begin(&w, &line, "rai-serve", "challenger.judged", t->champion->model.name,
	    rai_clock_now(t->config->clock), NULL, &t->chain);
	write_data(t, &w);
	rai_event_end(&w);
	rai_serve_log_add(t->config->events, line.ptr, line.len, 1);
	rai_buf_free(&line);
}

static void
write_info(const struct rai_serve_trial *t, struct rai_expo *x)
{
	const struct rai_serve_model *m = &t->challenger->model;

	rai_expo_head(x, RAI_EXPO_INFO, "rai_challenger_info", "The model that is tried.");
	rai_expo_sample(x, "rai_challenger_info", "");
	rai_expo_label(x, "model", t->champion->model.name);
	rai_expo_label(x, "role", rai_serve_trial_role(t, 1));
	rai_expo_label(x, "version", m->version);
	rai_expo_label(x, "digest", m->digest);
	rai_expo_count(x, 1);
}

static void
write_gauge(const struct rai_serve_trial *t, const char *name, const char *help, double v,
    struct rai_expo *x)
{
	rai_expo_head(x, RAI_EXPO_GAUGE, name, help);
	rai_expo_of_model(x, name, t->champion->model.name, v);
}

/* One of several samples name{model=...,label="value"}. */
static void
write_labelled(const struct rai_serve_trial *t, const char *name, const char *label,
    const char *value, uint64_t v, struct rai_expo *x)
{
	rai_expo_sample(x, name, "");
	rai_expo_label(x, "model", t->champion->model.name);
	rai_expo_label(x, label, value);
	rai_expo_count(x, v);
}

static void
write_rows(const struct rai_serve_trial *t, struct rai_expo *x)
{
	static const char *const by[] = {"champion", "challenger", "champion_no_key"};
	size_t i;

	rai_expo_head(x, RAI_EXPO_COUNTER, "rai_challenger_rows_total",
	    "Rows during the trial, by who answered them.");
	for (i = 0; i < sizeof(by) / sizeof(by[0]); i++)
		write_labelled(
		    t, "rai_challenger_rows_total", "by", by[i], atomic_load(&t->answered[i]), x);
	rai_expo_head(x, RAI_EXPO_COUNTER, "rai_challenger_mirrored_total",
	    "Rows for the other model to predict again, by what became of them.");
	write_labelled(
	    t, "rai_challenger_mirrored_total", "outcome", "scored", atomic_load(&t->scored), x);
	write_labelled(t, "rai_challenger_mirrored_total", "outcome", "dropped",
	    rai_serve_mirror_dropped(t->mirror), x);
	write_labelled(
	    t, "rai_challenger_mirrored_total", "outcome", "failed", atomic_load(&t->failed), x);
}

/* What is known by now. */
struct standing {
	struct rai_stat_between between;
	enum rai_stat_verdict verdict;
	int64_t pairs;
};

static struct standing
standing_of(struct rai_serve_trial *t)
{
	const struct rai_stat_sequence *so_far;
	struct standing s;

	pthread_mutex_lock(&t->lock);
	so_far = rai_serve_evidence_so_far(t->evidence);
	s.between = rai_stat_sequence_interval(so_far, t->config->rule.alpha);
	s.pairs = so_far->n;
	s.verdict = rai_serve_evidence_verdict(t->evidence);
	pthread_mutex_unlock(&t->lock);
	return s;
}

void
rai_serve_trial_metrics(struct rai_serve_trial *t, struct rai_expo *x)
{
	struct standing s = standing_of(t);
	size_t i;

	write_info(t, x);
	write_gauge(t, "rai_challenger_share",
	    "Share of the keys that the canary answers, or of the rows that the shadow predicts.",
	    t->config->share, x);
	write_rows(t, x);
	write_gauge(t, "rai_challenger_pairs",
	    "Rows that both models have predicted and whose truth has come.", (double)s.pairs, x);
	write_gauge(t, "rai_challenger_loss_difference",
	    "Mean loss of the challenger less that of the champion, over the pairs.",
	    s.between.mean, x);
	write_gauge(t, "rai_challenger_loss_difference_low",
	    "Lower end of its always-valid interval.", s.between.low, x);
	write_gauge(t, "rai_challenger_loss_difference_high",
	    "Upper end of its always-valid interval.", s.between.high, x);
	rai_expo_head(
	    x, RAI_EXPO_GAUGE, "rai_challenger_verdict", "1 for the verdict that stands.");
	for (i = 0; i < VERDICTS; i++)
		write_labelled(t, "rai_challenger_verdict", "verdict", verdicts[i].name,
		    i == (size_t)s.verdict, x);
}

static void
write_difference(const struct rai_serve_trial *t, const struct standing *s, struct rai_buf *b)
{
	rai_buf_printf(b, "<dt>%s, challenger less champion</dt><dd>",
	    t->champion->model.nclass > 0 ? "error rate" : "relative error");
	if (isfinite(s->between.low) && isfinite(s->between.high)) {
		rai_page_number(b, s->between.mean);
		rai_buf_str(b, " (");
		rai_page_number(b, s->between.low);
		rai_buf_str(b, " to ");
		rai_page_number(b, s->between.high);
		rai_buf_str(b, "); below 0 the challenger is better");
	} else
		rai_buf_str(b, "not enough evidence yet");
	rai_buf_str(b, "</dd>\n");
}

void
rai_serve_trial_page(struct rai_serve_trial *t, struct rai_buf *b)
{
	struct standing s = standing_of(t);
	const char *role = rai_serve_trial_role(t, 1);

	rai_buf_str(b, "<h3>On trial</h3><dl class=\"facts\">");
	rai_serve_shell_fact(b, role, t->challenger->model.version);
	rai_serve_shell_fact(b, "digest", t->challenger->model.digest);
	rai_buf_printf(b, "<dt>share</dt><dd>%.4g&#8239;%% of the %s</dd>\n",
	    100 * t->config->share, strcmp(role, "canary") == 0 ? "keys" : "rows");
	rai_buf_str(b, "<dt>pairs with a true value</dt><dd>");
	rai_page_whole(b, (double)s.pairs);
	rai_buf_str(b, ", a verdict needs ");
	rai_page_whole(b, (double)t->config->rule.least);
	rai_buf_str(b, "</dd>\n");
	write_difference(t, &s, b);
	rai_buf_printf(b, "<dt>verdict</dt><dd>%s: %s</dd></dl>\n", verdicts[s.verdict].name,
	    verdicts[s.verdict].advice);
}
