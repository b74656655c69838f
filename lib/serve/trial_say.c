#include "serve/trial.h"

/* What a trial says: the event of a new verdict, and its metrics. */

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

void
rai_serve_trial_metrics(struct rai_serve_trial *t, struct rai_expo *x)
{
	struct rai_stat_between b;
	enum rai_stat_verdict verdict;
	int64_t pairs;
	size_t i;

	pthread_mutex_lock(&t->lock);
	b = rai_stat_sequence_interval(
	    rai_serve_evidence_so_far(t->evidence), t->config->rule.alpha);
	pairs = rai_serve_evidence_so_far(t->evidence)->n;
	verdict = rai_serve_evidence_verdict(t->evidence);
	pthread_mutex_unlock(&t->lock);
	write_info(t, x);
	write_gauge(t, "rai_challenger_share",
	    "Share of the keys that the canary answers, or of the rows that the shadow predicts.",
	    t->config->share, x);
	write_rows(t, x);
	write_gauge(t, "rai_challenger_pairs",
	    "Rows that both models have predicted and whose truth has come.", (double)pairs, x);
	write_gauge(t, "rai_challenger_loss_difference",
	    "Mean loss of the challenger less that of the champion, over the pairs.", b.mean, x);
	write_gauge(t, "rai_challenger_loss_difference_low",
	    "Lower end of its always-valid interval.", b.low, x);
	write_gauge(t, "rai_challenger_loss_difference_high",
	    "Upper end of its always-valid interval.", b.high, x);
	rai_expo_head(
	    x, RAI_EXPO_GAUGE, "rai_challenger_verdict", "1 for the verdict that stands.");
	for (i = 0; i < VERDICTS; i++)
		write_labelled(t, "rai_challenger_verdict", "verdict", verdicts[i].name,
		    i == (size_t)verdict, x);
}
