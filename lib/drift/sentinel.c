#include "drift/sentinel.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "drift/impact.h"
#include "drift/sentinel_priv.h"
#include "stat/stat.h"

/* Shares of all false alarms: labels tell more than inputs, and which way predictions miss is told
 * soonest.  Columns have one share together. */
#define PART_RESIDUAL 0.3
#define PART_ERROR 0.2
#define PART_PREDICTION 0.1
#define PART_COLUMNS 0.4

enum { REFERENCE = 500 }; /* the most order statistics that are made here */

static int
add(struct rai_drift_sentinel *s, const struct rai_drift_watcher *like, const double *reference,
    size_t n, int64_t rows, struct rai_err *err)
{
	struct rai_stat_stream_rule rule = rai_stat_stream_default(like->kind);
	struct rai_drift_watcher *list = reallocarray(s->list, s->n + 1, sizeof(*list)), *w;

	if (list == NULL)
		return rai_fail_memory(err);
	s->list = list;
	w = &list[s->n];
	*w = *like;
	if (like->kind == RAI_STREAM_CUSUM) {
		rule.reference = reference;
		rule.nreference = n;
		rule.rows = rows;
		rule.upward = like->about == RAI_ABOUT_ERROR;
		rule.share = like->part * RAI_SENTINEL_SHARE;
		rule.per = RAI_SENTINEL_PER;
	}
	rule.seed = s->n + 1;
	if (rai_stat_stream_new(&rule, &w->s, err) != 0)
		return rai_wrap(err, "%.60s", like->name);
	s->n++;
	return 0;
}

/* The detectors of the rule on one stream of pairs, each with a reference of its own. */
static int
add_pairs(struct rai_drift_sentinel *s, const struct rai_drift_rule *rule,
    struct rai_drift_watcher w, const double *v, size_t n, int64_t rows, struct rai_err *err)
{
	int kind;

	for (kind = 0; rai_stat_stream_names[kind] != NULL; kind++) {
		int bits = kind == RAI_STREAM_DDM || kind == RAI_STREAM_EDDM;

		if (!(rule->detectors & 1U << kind))
			continue;
		if (bits && !s->classes)
			return rai_fail(err, RAI_EINPUT,
			    "%s counts wrong answers: it is for models that predict classes",
			    rai_stat_stream_names[kind]);
		w.kind = (enum rai_stat_stream_kind)kind;
		w.reference = malloc(n * sizeof(*v));
		if (w.reference == NULL)
			return rai_fail_memory(err);
		memcpy(w.reference, v, n * sizeof(*v));
		if (add(s, &w, w.reference, n, rows, err) != 0) {
			free(w.reference);
			return -1;
		}
	}
	return 0;
}

/* Errors of a class, 0 and 1, as often as the hold-out had them. */
static int
add_classes(struct rai_drift_sentinel *s, const struct rai_drift_rule *rule, double part,
    struct rai_err *err)
{
	double a = s->ref->accuracy, se = s->ref->accuracy_se, v[REFERENCE], rows = REFERENCE;
	size_t i, n, right;

	if (!(a >= 0 && a <= 1))
		return 0;
	if (isfinite(se) && se > 0)
		rows = fmin(1e9, fmax(2, floor(a * (1 - a) / (se * se))));
	n = rows < REFERENCE ? (size_t)rows : REFERENCE;
	right = (size_t)fmin((double)n - 1, a * (double)n + 0.5);
	for (i = 0; i < n; i++)
		v[i] = i >= right;
	return add_pairs(s, rule,
	    (struct rai_drift_watcher){.name = "error",
		.about = RAI_ABOUT_ERROR,
		.part = part,
		.unit = 1,
		.floor = RAI_DRIFT_ACCURACY},
	    v, n, (int64_t)rows, err);
}

/* Errors of numbers, from how the hold-out's predictions missed. */
static int
add_numbers(struct rai_drift_sentinel *s, const struct rai_drift_rule *rule, double part,
    struct rai_err *err)
{
	const struct rai_profile_col *e = &s->ref->profile->error;
	int64_t rows = rai_profile_values(e);
	double signed_[REFERENCE], size[REFERENCE], mean = 0;
	struct rai_drift_watcher w = {.name = "residual",
	    .about = RAI_ABOUT_TARGET,
	    .part = part * PART_RESIDUAL / (PART_RESIDUAL + PART_ERROR),
	    .unit = s->unit,
	    .floor = s->ratio ? RAI_DRIFT_SIGNED : RAI_DRIFT_SIGNED_SD};
	size_t i, n = 0;

	for (i = 0; i < e->nquantile; i++) {
		double q = e->quantile[i];

		if (s->ratio && !(q > 0))
			continue;
		signed_[n] = s->ratio ? rai_log(q) : q / s->unit;
		size[n] = s->ratio ? fabs(1 - 1 / q) : fabs(q / s->unit);
		mean += size[n++];
	}
	if (n < 2)
		return 0;
	rai_stat_sort(size, n);
	if (add_pairs(s, rule, w, signed_, n, rows, err) != 0)
		return -1;
	w.name = "error";
	w.about = RAI_ABOUT_ERROR;
	w.part = part - w.part;
	w.floor = s->ratio ? RAI_DRIFT_ACCURACY : RAI_IMPACT_MAE * mean / (double)n;
	return add_pairs(s, rule, w, size, n, rows, err);
}

static int
is_watched(const struct rai_profile_col *c)
{
	return c->name != NULL && c->kind == RAI_PROFILE_NUM && c->nquantile >= 2 &&
	       c->quantile[0] < c->quantile[c->nquantile - 1];
}

static int
add_input(struct rai_drift_sentinel *s, const struct rai_profile_col *c, int col, double part,
    struct rai_err *err)
{
	double values = (double)rai_profile_values(c), all = values + (double)c->missing;
	struct rai_drift_watcher w = {.name = col >= 0 ? c->name : "prediction",
	    .about = RAI_ABOUT_INPUTS,
	    .kind = RAI_STREAM_CUSUM,
	    .col = col,
	    .part = part,
	    .missing = (double)c->missing / all,
	    .unit = 1,
	    .floor = RAI_DRIFT_W1 * rai_stat_robust_sd(c->quantile, c->nquantile)};

	return add(s, &w, c->quantile, c->nquantile, (int64_t)values, err);
}

static int
add_inputs(struct rai_drift_sentinel *s, struct rai_err *err)
{
	const struct rai_profile *p = s->ref->profile;
	const struct rai_schema *schema = s->ref->schema;
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		n += schema->col[i].type == RAI_COL_NUM && is_watched(&p->col[i]);
	for (i = 0; i < p->n; i++)
		if (schema->col[i].type == RAI_COL_NUM && is_watched(&p->col[i]) &&
		    add_input(s, &p->col[i], (int)i, PART_COLUMNS / (double)n, err) != 0)
			return -1;
	return is_watched(&p->prediction)
		   ? add_input(s, &p->prediction, RAI_SENTINEL_PREDICTION, PART_PREDICTION, err)
		   : 0;
}

int
rai_drift_sentinel_new(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    struct rai_drift_sentinel **out, struct rai_err *err)
{
	const struct rai_profile_col *e = &ref->profile->error;
	int inputs = rule->detect_inputs && (rule->detectors & 1U << RAI_STREAM_CUSUM), rc = 0;
	double part = inputs ? PART_RESIDUAL + PART_ERROR : 1;
	struct rai_drift_sentinel *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (s == NULL)
		return rai_fail_memory(err);
	s->ref = ref;
	s->classes = rai_drift_says_classes(ref);
	s->ratio = e->name != NULL && strcmp(e->name, "ratio") == 0;
	s->unit = 1;
	if (e->name != NULL && !s->ratio && rai_stat_robust_sd(e->quantile, e->nquantile) > 0)
		s->unit = rai_stat_robust_sd(e->quantile, e->nquantile);
	if (s->classes)
		rc = add_classes(s, rule, part, err);
	else if (is_watched(e) && e->nquantile <= REFERENCE)
		rc = add_numbers(s, rule, part, err);
	if (rc == 0 && inputs)
		rc = add_inputs(s, err);
	if (rc == 0 && s->n > 0)
		*out = s;
	else
		rai_drift_sentinel_free(s);
	return rc;
}

void
rai_drift_sentinel_free(struct rai_drift_sentinel *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++) {
		rai_stat_stream_free(s->list[i].s);
		free(s->list[i].reference);
	}
	free(s->list);
	free(s);
}

/* "10.2 % above" */
static void
say_side(double log_ratio, char *out, size_t size)
{
	snprintf(out, size, "%.1f %% %s", fabs(100 * (rai_exp(log_ratio) - 1)),
	    log_ratio >= 0 ? "above" : "below");
}

static void
say(const struct rai_drift_sentinel *s, enum rai_drift_about about, struct rai_drift_signal *a)
{
	const char *by = rai_stat_stream_names[a->detector];
	char now[40], was[40];

	if (about == RAI_ABOUT_TARGET && s->ratio) {
		say_side(a->after, now, sizeof(now));
		say_side(a->before, was, sizeof(was));
		snprintf(a->why, sizeof(a->why),
		    "the actual values are %s the predictions in the last %" PRId64
		    " labelled rows (before %s; %s)",
		    now, a->samples, was, by);
		return;
	}
	snprintf(a->why, sizeof(a->why),
	    "%.60s: on average %.4g in the last %" PRId64 " %s (before %.4g; %s)", a->stream,
	    a->after, a->samples, about == RAI_ABOUT_INPUTS ? "rows" : "labelled rows", a->before,
	    by);
}

/* The alarm's place in the stream of pairs: the newest of them came now. */
static void
place_pairs(const struct rai_drift_sentinel *s, struct rai_drift_signal *a)
{
	struct rai_drift_pair p[RAI_SENTINEL_PAIRS];
	size_t i, n;

	a->pairs = s->pairs;
	n = rai_drift_sentinel_pairs(s, a, p);
	a->since = a->seen = p[0].seq;
	for (i = 1; i < n; i++) {
		a->since = p[i].seq < a->since ? p[i].seq : a->since;
		a->seen = p[i].seq > a->seen ? p[i].seq : a->seen;
	}
	if (a->samples > (int64_t)n) /* the ring does not go back so far */
		a->since -= a->samples - (int64_t)n;
	a->since = a->since > 0 ? a->since : 0;
}

static void
place_rows(struct rai_drift_signal *a, double missing, int64_t seq)
{
	double back = ceil((double)a->samples / fmax(0.01, 1 - missing));

	a->seen = seq;
	a->since = back > (double)seq ? 0 : seq + 1 - (int64_t)back;
}

/* One more value; an alarm is held unless there is one about the same already. */
static int
push(struct rai_drift_sentinel *s, struct rai_drift_watcher *w, double v, int64_t seq)
{
	struct rai_drift_signal *a = &s->held[w->about];
	struct rai_stat_change c;
	int rc = rai_stat_stream_push(w->s, v, &c);

	if (rc < 0)
		return -1;
	if (rc != RAI_STREAM_ALARM || a->stream != NULL)
		return 0;
	*a = (struct rai_drift_signal){.stream = w->name,
	    .detector = w->kind,
	    .samples = c.samples > 0 ? c.samples : 1,
	    .before = c.before * w->unit,
	    .after = c.after * w->unit,
	    .effect = (c.after - c.before) / w->floor};
	if (w->about != RAI_ABOUT_ERROR)
		a->effect = fabs(a->effect);
	if (w->about == RAI_ABOUT_INPUTS)
		place_rows(a, w->missing, seq);
	else
		place_pairs(s, a);
	say(s, w->about, a);
	return 0;
}

/* What a detector is told of a pair; NaN: nothing. */
static double
missed(const struct rai_drift_sentinel *s, const struct rai_drift_watcher *w,
    const struct rai_drift_pair *p)
{
	double actual = p->actual, says = p->prediction;

	if (s->classes)
		return actual != says;
	if (!s->ratio)
		return w->about == RAI_ABOUT_ERROR ? fabs(actual - says) / s->unit
						   : (actual - says) / s->unit;
	if (w->about == RAI_ABOUT_ERROR)
		return actual != 0 ? fabs(actual - says) / fabs(actual) : NAN;
	return actual > 0 && says > 0 ? rai_log(actual / says) : NAN;
}

int
rai_drift_sentinel_pair(struct rai_drift_sentinel *s, const struct rai_drift_pair *pair)
{
	size_t i;

	if (s == NULL || isnan(pair->prediction))
		return 0;
	s->recent[s->pairs++ % RAI_SENTINEL_PAIRS] = *pair;
	for (i = 0; i < s->n; i++)
		if (s->list[i].about != RAI_ABOUT_INPUTS &&
		    push(s, &s->list[i], missed(s, &s->list[i], pair), pair->seq) != 0)
			return -1;
	return 0;
}

int
rai_drift_sentinel_row(struct rai_drift_sentinel *s, const struct rai_cell *cells,
    const unsigned char *withheld, double prediction, int64_t seq)
{
	size_t i;
	int col;

	for (i = 0; s != NULL && i < s->n; i++) {
		col = s->list[i].col;
		if (s->list[i].about != RAI_ABOUT_INPUTS ||
		    (col >= 0 && withheld != NULL && withheld[col]))
			continue;
		if (push(s, &s->list[i], col >= 0 ? cells[col].num : prediction, seq) != 0)
			return -1;
	}
	return 0;
}

struct rai_drift_signal *
rai_drift_sentinel_held(struct rai_drift_sentinel *s, enum rai_drift_about about)
{
	return s != NULL && s->held[about].stream != NULL ? &s->held[about] : NULL;
}

void
rai_drift_sentinel_drop(struct rai_drift_sentinel *s, enum rai_drift_about about)
{
	memset(&s->held[about], 0, sizeof(s->held[about]));
}

void
rai_drift_sentinel_reset(struct rai_drift_sentinel *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		rai_stat_stream_reset(s->list[i].s);
	memset(s->held, 0, sizeof(s->held));
}

size_t
rai_drift_sentinel_pairs(const struct rai_drift_sentinel *s, const struct rai_drift_signal *a,
    struct rai_drift_pair out[RAI_SENTINEL_PAIRS])
{
	int64_t first = a->pairs - a->samples, i;
	size_t n = 0;

	if (first < s->pairs - RAI_SENTINEL_PAIRS)
		first = s->pairs - RAI_SENTINEL_PAIRS;
	for (i = first > 0 ? first : 0; i < s->pairs; i++)
		out[n++] = s->recent[i % RAI_SENTINEL_PAIRS];
	return n;
}

void
rai_drift_sentinel_budget(struct rai_drift_sentinel *s, double rows)
{
	double share = RAI_SENTINEL_SHARE;
	size_t i;

	if (s == NULL)
		return;
	if (rows > 0)
		share = fmin(share, RAI_SENTINEL_BUDGET * RAI_SENTINEL_PER / rows);
	for (i = 0; i < s->n; i++)
		rai_stat_stream_share(s->list[i].s, s->list[i].part * share);
}
