#include "drift/threshold.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "drift.h"

/* The thresholds as they were given. */
static void
name_them(const struct rai_drift_rule *rule, char *out, size_t size)
{
	int psi = !isnan(rule->psi_above), ks = rule->ks_p_below > 0, n = 0;

	out[0] = '\0';
	if (psi)
		n = snprintf(out, size, "psi_above %.3g", rule->psi_above);
	if (ks)
		n += snprintf(out + n, size - (size_t)n, "%sks_p_below %.3g", psi ? " or " : "",
		    rule->ks_p_below);
	if (rule->quorum > 0)
		snprintf(out + n, size - (size_t)n, " in %.3g%s of the columns",
		    rule->quorum < 1 ? 100 * rule->quorum : rule->quorum,
		    rule->quorum < 1 ? " %" : "");
}

static void
note(const struct run *r, const char *names, int64_t rows)
{
	const struct rai_drift_rule *rule = &r->about.rule;
	double rate = rai_drift_threshold_rate(&r->ref, rule, rows);
	double every = rai_drift_threshold_every(rate, rule->sustain);
	int64_t step_ms = rule->slide_ms > 0 ? rule->slide_ms : rule->window_ms;
	char day[64] = "";

	if (step_ms > 0)
		snprintf(day, sizeof(day), " (%.2g a day)", 86400e3 / (double)step_ms / every);
	if (every < 1e9)
		rai_cli_warn(r->cli,
		    "%s: at %" PRId64 " rows %.3g %% of windows without drift are over it; "
		    "%" PRId64 " in a row are a false alarm every %.3g windows%s",
		    names, rows, 100 * rate, rule->sustain, every, day);
	else
		rai_cli_warn(r->cli,
		    "%s: at %" PRId64
		    " rows less than one window in a million without drift is over it",
		    names, rows);
}

void
drift_note_thresholds(const struct run *r)
{
	const struct rai_drift_rule *rule = &r->about.rule;
	char names[120];

	if (isnan(rule->psi_above) && !(rule->ks_p_below > 0))
		return;
	name_them(rule, names, sizeof(names));
	if (rule->window > 0) {
		note(r, names, rule->window);
		return;
	}
	/* how many rows a time brings is not known yet */
	note(r, names, 100);
	note(r, names, 10000);
}
