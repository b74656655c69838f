#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "page/page.h"
#include "serve/shell.h"
#include "serve/trial.h"

/* What a trial says: the event of a new verdict, its metrics, and its part of the dashboard. */

static const struct {
	const char *name, *advice, *tone; /* tone: of the page's style */
} verdicts[] = {
    [RAI_STAT_UNDECIDED] = {"undecided", "wait", ""},
    [RAI_STAT_BETTER] = {"better", "promote", "fine"},
    [RAI_STAT_WORSE] = {"worse", "keep", "bad"},
    [RAI_STAT_EQUIVALENT] = {"equivalent", "keep", ""},
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
write_data(const struct rai_serve_trial *t, const struct rai_serve_model *champion,
    const struct rai_serve_standing *s, struct rai_jw *w)
{
	rai_jw_str(w, "model", champion->name);
	rai_jw_str(w, "role", rai_serve_trial_role(t, 1));
	rai_jw_num(w, "share", t->config->share);
	write_side(w, "champion", champion);
	write_side(w, "challenger", &t->challenger->model);
	rai_jw_str(w, "loss", champion->nclass > 0 ? "error_rate" : "relative_error");
	rai_jw_int(w, "pairs", s->pairs);
	rai_jw_num(w, "difference", s->between.mean);
	rai_jw_num(w, "low", s->between.low);
	rai_jw_num(w, "high", s->between.high);
	rai_jw_num(w, "risk", t->config->rule.alpha);
	rai_jw_num(w, "margin", t->config->rule.margin);
	rai_jw_int(w, "verdict_after", t->config->rule.least);
	rai_jw_str(w, "verdict", verdicts[s->verdict].name);
	rai_jw_str(w, "advice", verdicts[s->verdict].advice);
}

void
rai_serve_trial_tell(struct rai_serve_trial *t, const struct rai_serve_live *champion,
    const struct rai_serve_standing *s)
{
	struct rai_buf line = RAI_BUF_INIT(64 << 10);
	struct rai_jw w;

	if (t->config->events == NULL)
		return;
	rai_event_begin(&w, &line, "rai-serve", "challenger.judged", champion->model.name,
	    rai_clock_now(t->config->clock), NULL, &t->chain);
	write_data(t, &champion->model, s, &w);
	rai_event_end(&w);
	rai_serve_log_add(t->config->events, line.ptr, line.len, 1);
	rai_buf_free(&line);
}

/* A trial that is told about. */
struct told {
	struct rai_serve_trial *trial;
	struct rai_serve_standing s;
};

static struct rai_serve_standing
standing_of(struct rai_serve_trial *t)
{
	struct rai_serve_standing s;

	pthread_mutex_lock(&t->lock);
	s = rai_serve_trial_standing(t);
	pthread_mutex_unlock(&t->lock);
	return s;
}

static const char *
name_of(const struct told *t)
{
	return t->trial->champion->model.name;
}

static void
write_info(const struct told *t, size_t n, struct rai_expo *x)
{
	size_t i;

	rai_expo_head(x, RAI_EXPO_INFO, "rai_challenger_info", "The models that are tried.");
	for (i = 0; i < n; i++) {
		const struct rai_serve_model *m = &t[i].trial->challenger->model;

		rai_expo_sample(x, "rai_challenger_info", "");
		rai_expo_label(x, "model", name_of(&t[i]));
		rai_expo_label(x, "role", rai_serve_trial_role(t[i].trial, 1));
		rai_expo_label(x, "version", m->version);
		rai_expo_label(x, "digest", m->digest);
		rai_expo_count(x, 1);
	}
}

/* One of several samples name{model=...,label="value"}. */
static void
write_labelled(const struct told *t, const char *name, const char *label, const char *value,
    uint64_t v, struct rai_expo *x)
{
	rai_expo_sample(x, name, "");
	rai_expo_label(x, "model", name_of(t));
	rai_expo_label(x, label, value);
	rai_expo_count(x, v);
}

static void
write_rows(const struct told *t, size_t n, struct rai_expo *x)
{
	static const char family[] = "rai_challenger_rows_total";
	static const char *const by[] = {"champion", "challenger", "champion_no_key"};
	size_t i, k;

	rai_expo_head(x, RAI_EXPO_COUNTER, family, "Rows during the trial, by who answered them.");
	for (i = 0; i < n; i++)
		for (k = 0; k < sizeof(by) / sizeof(by[0]); k++)
			write_labelled(
			    &t[i], family, "by", by[k], atomic_load(&t[i].trial->answered[k]), x);
}

static void
write_mirrored(const struct told *t, size_t n, struct rai_expo *x)
{
	static const char family[] = "rai_challenger_mirrored_total";
	size_t i;

	rai_expo_head(x, RAI_EXPO_COUNTER, family,
	    "Rows for the other model to predict again, by what became of them.");
	for (i = 0; i < n; i++) {
		struct rai_serve_trial *trial = t[i].trial;

		write_labelled(&t[i], family, "outcome", "scored", atomic_load(&trial->scored), x);
		write_labelled(&t[i], family, "outcome", "dropped",
		    rai_serve_mirror_dropped(trial->mirror), x);
		write_labelled(&t[i], family, "outcome", "failed", atomic_load(&trial->failed), x);
	}
}

static double
share_of(const struct told *t)
{
	return t->trial->config->share;
}

static double
pairs_of(const struct told *t)
{
	return (double)t->s.pairs;
}

static double
mean_of(const struct told *t)
{
	return t->s.between.mean;
}

static double
low_of(const struct told *t)
{
	return t->s.between.low;
}

static double
high_of(const struct told *t)
{
	return t->s.between.high;
}

static const struct {
	const char *name, *help;
	double (*value)(const struct told *t);
} gauges[] = {
    {"rai_challenger_share",
	"Share of the keys that the canary answers, or of the rows that the shadow predicts.",
	share_of},
    {"rai_challenger_pairs", "Rows that both models have predicted and whose truth has come.",
	pairs_of},
    {"rai_challenger_loss_difference",
	"Mean loss of the challenger less that of the champion, over the pairs.", mean_of},
    {"rai_challenger_loss_difference_low", "Lower end of its always-valid interval.", low_of},
    {"rai_challenger_loss_difference_high", "Upper end of its always-valid interval.", high_of},
};

static void
write_gauges(const struct told *t, size_t n, struct rai_expo *x)
{
	size_t i, k;

	for (k = 0; k < sizeof(gauges) / sizeof(gauges[0]); k++) {
		rai_expo_head(x, RAI_EXPO_GAUGE, gauges[k].name, gauges[k].help);
		for (i = 0; i < n; i++)
			rai_expo_of_model(
			    x, gauges[k].name, name_of(&t[i]), gauges[k].value(&t[i]));
	}
}

static void
write_verdicts(const struct told *t, size_t n, struct rai_expo *x)
{
	static const char family[] = "rai_challenger_verdict";
	size_t i, k;

	rai_expo_head(x, RAI_EXPO_GAUGE, family, "1 for the verdict that stands.");
	for (i = 0; i < n; i++)
		for (k = 0; k < VERDICTS; k++)
			write_labelled(&t[i], family, "verdict", verdicts[k].name,
			    k == (size_t)t[i].s.verdict, x);
}

void
rai_serve_trials_metrics(const struct rai_serve_snapshot *s, struct rai_expo *x)
{
	struct told *t = calloc(s->n, sizeof(*t));
	size_t i, n = 0;

	if (t == NULL) {
		x->out->bad = 1;
		return;
	}
	for (i = 0; i < s->n; i++)
		if (s->entry[i].trial != NULL) {
			t[n].trial = s->entry[i].trial;
			t[n].s = standing_of(t[n].trial);
			n++;
		}
	if (n > 0) {
		write_info(t, n, x);
		write_rows(t, n, x);
		write_mirrored(t, n, x);
		write_gauges(t, n, x);
		write_verdicts(t, n, x);
	}
	free(t);
}

static void
write_difference(
    const struct rai_serve_trial *t, const struct rai_serve_standing *s, struct rai_buf *b)
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

/* How much of the work the challenger has had. */
static void
write_share_of_rows(struct rai_serve_trial *t, struct rai_buf *b)
{
	uint64_t by[3], dropped = rai_serve_mirror_dropped(t->mirror);
	size_t i;

	for (i = 0; i < 3; i++)
		by[i] = atomic_load(&t->answered[i]);
	rai_buf_str(b, "<dt>so far</dt><dd>");
	if (t->config->role == RAI_ROLE_CANARY) {
		rai_page_whole(b, (double)by[RAI_CHOICE_CHALLENGER]);
		rai_buf_str(b, " rows answered of ");
		rai_page_whole(b, (double)(by[0] + by[1] + by[2]));
	} else {
		rai_page_whole(b, (double)atomic_load(&t->scored));
		rai_buf_str(b, " rows predicted unseen");
	}
	if (dropped > 0) {
		rai_buf_str(b, "; <span class=\"warn\">");
		rai_page_whole(b, (double)dropped);
		rai_buf_str(b, " not compared, for want of time</span>");
	}
	rai_buf_str(b, "</dd>\n");
}

void
rai_serve_trial_page(struct rai_serve_trial *t, struct rai_buf *b)
{
	struct rai_serve_standing s = standing_of(t);
	const char *role = rai_serve_trial_role(t, 1);

	rai_buf_str(b, "<h3>On trial</h3><dl class=\"facts\">");
	rai_serve_shell_fact(b, role, t->challenger->model.version);
	rai_serve_shell_fact(b, "digest", t->challenger->model.digest);
	rai_buf_printf(b, "<dt>share</dt><dd>%.4g&#8239;%% of the %s</dd>\n",
	    100 * t->config->share, strcmp(role, "canary") == 0 ? "keys" : "rows");
	write_share_of_rows(t, b);
	rai_buf_str(b, "<dt>pairs with a true value</dt><dd>");
	rai_page_whole(b, (double)s.pairs);
	rai_buf_str(b, ", a verdict needs ");
	rai_page_whole(b, (double)t->config->rule.least);
	rai_buf_str(b, "</dd>\n");
	write_difference(t, &s, b);
	rai_buf_printf(b, "<dt>verdict</dt><dd><span class=\"%s\">%s</span>: %s</dd></dl>\n",
	    verdicts[s.verdict].tone, verdicts[s.verdict].name, verdicts[s.verdict].advice);
}
