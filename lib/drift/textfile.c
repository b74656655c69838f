#include "drift/textfile.h"

#include <math.h>

#include "base/expo.h"

/* One file under way. */
struct file {
	struct rai_expo x;
	const char *model;
	const struct rai_drift_inputs *in; /* NULL: no window was judged */
};

/* A family with one sample for each of the names, 1 for the one that holds. */
static void
states(struct file *f, const char *name, const char *help, const char *label,
    const char *const names[], int holds)
{
	int i;

	rai_expo_head(&f->x, RAI_EXPO_GAUGE, name, help);
	for (i = 0; names[i] != NULL; i++) {
		rai_expo_sample(&f->x, name, "");
		rai_expo_label(&f->x, "model", f->model);
		rai_expo_label(&f->x, label, names[i]);
		rai_expo_count(&f->x, i == holds);
	}
}

static void
gauge(struct file *f, const char *name, const char *help, double v)
{
	if (!isfinite(v))
		return;
	rai_expo_head(&f->x, RAI_EXPO_GAUGE, name, help);
	rai_expo_of_model(&f->x, name, f->model, v);
}

static double
psi(const struct rai_drift_check *c)
{
	return c->psi;
}

static double
psi_expected(const struct rai_drift_check *c)
{
	return c->psi_expected;
}

static double
ks(const struct rai_drift_check *c)
{
	return c->kind == RAI_PROFILE_NUM ? c->d : NAN;
}

static double
variation(const struct rai_drift_check *c)
{
	return c->kind == RAI_PROFILE_CAT ? c->tv : NAN;
}

static double
p_value(const struct rai_drift_check *c)
{
	return c->p;
}

static double
missing(const struct rai_drift_check *c)
{
	return c->missing;
}

static double
moved(const struct rai_drift_check *c)
{
	return c->drifted || c->broken;
}

static const struct {
	const char *name, *help;
	double (*of)(const struct rai_drift_check *c);
} families[] = {
    {"rai_drift_psi", "Population stability index of the newest window.", psi},
    {"rai_drift_psi_expected", "What the index is on average without drift.", psi_expected},
    {"rai_drift_ks", "Kolmogorov-Smirnov distance of a number.", ks},
    {"rai_drift_tv", "Total variation of a category.", variation},
    {"rai_drift_p", "p-value of Kolmogorov-Smirnov or chi-squared, not corrected.", p_value},
    {"rai_drift_missing_ratio", "Share of the values that are missing.", missing},
    {"rai_drift_moved", "1: the feature moved, or is broken, in the newest window.", moved},
};

/* A sample for each feature that is judged. */
static void
features(struct file *f, size_t k)
{
	size_t i, n = 0;

	for (i = 0; f->in != NULL && i < f->in->n; i++) {
		const struct rai_drift_check *c = &f->in->col[i];

		if (!c->judged || isnan(families[k].of(c)))
			continue;
		if (n++ == 0)
			rai_expo_head(&f->x, RAI_EXPO_GAUGE, families[k].name, families[k].help);
		rai_expo_sample(&f->x, families[k].name, "");
		rai_expo_label(&f->x, "model", f->model);
		rai_expo_label(&f->x, "feature", c->name);
		rai_expo_value(&f->x, families[k].of(c));
	}
}

static void
windows(struct file *f, const char *kind, int64_t n)
{
	rai_expo_sample(&f->x, "rai_drift_windows_total", "");
	rai_expo_label(&f->x, "model", f->model);
	rai_expo_label(&f->x, "kind", kind);
	rai_expo_count(&f->x, (uint64_t)n);
}

void
rai_drift_textfile(const struct rai_drift_state *s, const struct rai_drift_subject *about,
    int64_t now_ms, struct rai_buf *out)
{
	struct file f = {{.out = out, .format = RAI_EXPO_TEXT}, about->name, s->in};
	size_t k;

	states(&f, "rai_drift_verdict", "1 for the verdict that stands.", "verdict",
	    rai_drift_verdict_names, (int)s->verdict);
	states(&f, "rai_drift_advice", "1 for what is advised.", "advice", rai_drift_advice_names,
	    (int)s->advice);
	for (k = 0; k < sizeof(families) / sizeof(families[0]); k++)
		features(&f, k);
	rai_expo_head(
	    &f.x, RAI_EXPO_COUNTER, "rai_drift_windows_total", "Windows that were judged.");
	windows(&f, "inputs", s->input_windows);
	windows(&f, "labels", s->label_windows);
	gauge(&f, "rai_drift_label_coverage_ratio", "Share of the predictions that have a label.",
	    s->predictions > 0 ? (double)s->labelled / (double)s->predictions : NAN);
	if (s->labels != NULL && s->labels->told) {
		gauge(&f, "rai_drift_accuracy", "Accuracy of the newest window of labels.",
		    s->labels->accuracy);
		gauge(
		    &f, "rai_drift_accuracy_low", "The lower end of its interval.", s->labels->low);
		gauge(&f, "rai_drift_accuracy_high", "The upper end of its interval.",
		    s->labels->high);
	}
	gauge(&f, "rai_drift_newest_row_timestamp_seconds", "Time of the newest row judged.",
	    s->span.to_ms > 0 ? (double)s->span.to_ms / 1000 : NAN);
	gauge(&f, "rai_drift_heartbeat_timestamp_seconds", "When this was written.",
	    (double)now_ms / 1000);
}
