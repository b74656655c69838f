#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift/sentinel_priv.h"

/* What a sentinel remembers, as lines of a state file. */

void
rai_drift_signal_save(struct rai_jw *j, const char *key, const struct rai_drift_signal *a)
{
	rai_jw_object(j, key);
	rai_jw_str(j, "stream", a->stream);
	rai_jw_int(j, "detector", a->detector);
	rai_jw_bool(j, "stands", a->stands);
	rai_jw_int(j, "since", a->since);
	rai_jw_int(j, "since_ms", a->since_ms);
	rai_jw_int(j, "seen", a->seen);
	rai_jw_int(j, "samples", a->samples);
	rai_jw_int(j, "pairs", a->pairs);
	rai_jw_num(j, "before", a->before);
	rai_jw_num(j, "after", a->after);
	rai_jw_num(j, "effect", a->effect);
	rai_jw_str(j, "why", a->why);
	rai_jw_end(j);
}

/* The name as it stands in the program or the profile; NULL: no stream has it. */
static const char *
stream_name(const struct rai_drift_reference *ref, const char *name)
{
	static const char *const own[] = {"error", "residual", "prediction"};
	size_t i;

	for (i = 0; i < ref->profile->n; i++)
		if (strcmp(ref->profile->col[i].name, name) == 0)
			return ref->profile->col[i].name;
	for (i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (strcmp(own[i], name) == 0)
			return own[i];
	return NULL;
}

static int
read_numbers(const struct cJSON *o, struct rai_drift_signal *a, struct rai_err *err)
{
	if (rai_json_int(o, "since", &a->since, err) != 0 ||
	    rai_json_int(o, "since_ms", &a->since_ms, err) != 0 ||
	    rai_json_int(o, "seen", &a->seen, err) != 0 ||
	    rai_json_int(o, "samples", &a->samples, err) != 0 ||
	    rai_json_int(o, "pairs", &a->pairs, err) != 0 ||
	    rai_json_opt_num(o, "before", &a->before, err) != 0 ||
	    rai_json_opt_num(o, "after", &a->after, err) != 0)
		return -1;
	return rai_json_opt_num(o, "effect", &a->effect, err);
}

int
rai_drift_signal_load(const struct cJSON *o, const struct rai_drift_reference *ref,
    struct rai_drift_signal *a, struct rai_err *err)
{
	const char *stream, *why;
	int64_t detector;

	memset(a, 0, sizeof(*a));
	a->before = a->after = a->effect = NAN;
	if (rai_json_str(o, "stream", &stream, err) != 0 ||
	    rai_json_str(o, "why", &why, err) != 0 ||
	    rai_json_int(o, "detector", &detector, err) != 0 ||
	    rai_json_bool(o, "stands", &a->stands, err) != 0 || read_numbers(o, a, err) != 0)
		return -1;
	a->stream = stream_name(ref, stream);
	if (a->stream == NULL || detector < 0 || detector > RAI_STREAM_KSWIN ||
	    strlen(why) >= sizeof(a->why) || a->samples < 1 || a->since < 0 || a->seen < 0 ||
	    a->pairs < 0)
		return rai_fail(err, RAI_EINPUT, "no alarm of a detector");
	a->detector = (enum rai_stat_stream_kind)detector;
	memcpy(a->why, why, strlen(why) + 1);
	return 0;
}

static void
save_detector(const struct rai_drift_watcher *w, struct rai_buf *out)
{
	struct rai_jw j;
	const double *state;
	size_t n;

	state = rai_stat_stream_state(w->s, &n);
	rai_jw_init(&j, out);
	rai_jw_object(&j, NULL);
	rai_jw_object(&j, "detector");
	rai_jw_str(&j, "stream", w->name);
	rai_jw_str(&j, "kind", rai_stat_stream_names[w->kind]);
	rai_jw_nums(&j, "state", state, n);
	rai_jw_end(&j);
	rai_jw_end(&j);
	rai_buf_char(out, '\n');
}

/* Pairs seen, and the newest of them, oldest first: numbers as in a couple. */
static void
save_recent(const struct rai_drift_sentinel *s, struct rai_buf *out)
{
	int64_t i = s->pairs > RAI_SENTINEL_PAIRS ? s->pairs - RAI_SENTINEL_PAIRS : 0;
	struct rai_jw j;

	rai_jw_init(&j, out);
	rai_jw_object(&j, NULL);
	rai_jw_object(&j, "recent");
	rai_jw_int(&j, "pairs", s->pairs);
	rai_jw_array(&j, "newest");
	for (; i < s->pairs; i++) {
		const struct rai_drift_pair *p = &s->recent[i % RAI_SENTINEL_PAIRS];

		rai_jw_num(&j, NULL, p->prediction);
		rai_jw_num(&j, NULL, p->actual);
		rai_jw_int(&j, NULL, p->seq);
		rai_jw_int(&j, NULL, p->made_ms);
		rai_jw_int(&j, NULL, p->known_ms);
	}
	rai_jw_end(&j);
	rai_jw_end(&j);
	rai_jw_end(&j);
	rai_buf_char(out, '\n');
}

void
rai_drift_sentinel_save(const struct rai_drift_sentinel *s, struct rai_buf *out)
{
	struct rai_jw j;
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		save_detector(&s->list[i], out);
	save_recent(s, out);
	for (i = 0; i < RAI_DRIFT_ABOUTS; i++) {
		if (s->held[i].stream == NULL)
			continue;
		rai_jw_init(&j, out);
		rai_jw_object(&j, NULL);
		rai_jw_object(&j, "held");
		rai_jw_int(&j, "about", (int64_t)i);
		rai_drift_signal_save(&j, "alarm", &s->held[i]);
		rai_jw_end(&j);
		rai_jw_end(&j);
		rai_buf_char(out, '\n');
	}
}

static int
load_detector(struct rai_drift_sentinel *s, const struct cJSON *o, struct rai_err *err)
{
	const char *stream, *kind;
	struct rai_drift_watcher *w;
	double *state;
	size_t n;
	int rc;

	if (rai_json_str(o, "stream", &stream, err) != 0 ||
	    rai_json_str(o, "kind", &kind, err) != 0)
		return -1;
	if (s->loaded == s->n)
		return rai_fail(err, RAI_EINPUT, "one detector too many");
	w = &s->list[s->loaded];
	if (strcmp(w->name, stream) != 0 || strcmp(rai_stat_stream_names[w->kind], kind) != 0)
		return rai_fail(err, RAI_EINPUT, "a detector %.40s of \"%.60s\" is missing",
		    rai_stat_stream_names[w->kind], w->name);
	if (rai_json_nums(o, "state", 100000, &state, &n, err) != 0)
		return -1;
	rc = rai_stat_stream_restore(w->s, state, n, err);
	free(state);
	s->loaded += rc == 0;
	return rc;
}

static int
is_whole(double v)
{
	return fabs(v) <= 9007199254740992.0 && v == floor(v);
}

static int
load_recent(struct rai_drift_sentinel *s, const struct cJSON *o, struct rai_err *err)
{
	enum { FIELDS = 5 };
	double *v, *at;
	size_t n, want, i;
	int64_t k;
	int bad;

	if (rai_json_int(o, "pairs", &s->pairs, err) != 0 ||
	    rai_json_nums(o, "newest", (size_t)FIELDS * RAI_SENTINEL_PAIRS, &v, &n, err) != 0)
		return -1;
	want = s->pairs < RAI_SENTINEL_PAIRS ? (size_t)(s->pairs > 0 ? s->pairs : 0)
					     : RAI_SENTINEL_PAIRS;
	bad = s->pairs < 0 || n != want * FIELDS;
	for (i = 0; !bad && i < want; i++) {
		at = &v[FIELDS * i];
		bad = at[2] < 0 || !is_whole(at[2]) || !is_whole(at[3]) || !is_whole(at[4]);
		if (bad)
			break;
		k = s->pairs - (int64_t)(want - i);
		s->recent[k % RAI_SENTINEL_PAIRS] = (struct rai_drift_pair){
		    at[0], at[1], (int64_t)at[2], (int64_t)at[3], (int64_t)at[4], 0};
	}
	free(v);
	return bad ? rai_fail(err, RAI_EINPUT, "these are not the newest pairs") : 0;
}

static int
load_held(struct rai_drift_sentinel *s, const struct cJSON *o, struct rai_err *err)
{
	const struct cJSON *alarm;
	struct rai_drift_signal a;
	int64_t about;

	if (rai_json_int(o, "about", &about, err) != 0 ||
	    rai_json_object(o, "alarm", &alarm, err) != 0 ||
	    rai_drift_signal_load(alarm, s->ref, &a, err) != 0)
		return -1;
	if (about < 0 || about >= RAI_DRIFT_ABOUTS || a.pairs > s->pairs ||
	    (about != RAI_ABOUT_INPUTS && a.pairs == 0))
		return rai_fail(err, RAI_EINPUT, "no alarm of a detector");
	s->held[about] = a;
	return 0;
}

int
rai_drift_sentinel_load(
    struct rai_drift_sentinel *s, const char *key, const struct cJSON *v, struct rai_err *err)
{
	if (s == NULL)
		return rai_fail(err, RAI_EINPUT, "a detector that is not at work");
	if (strcmp(key, "detector") == 0)
		return load_detector(s, v, err);
	return strcmp(key, "recent") == 0 ? load_recent(s, v, err) : load_held(s, v, err);
}

int
rai_drift_sentinel_loaded(const struct rai_drift_sentinel *s)
{
	return s == NULL || s->loaded == s->n;
}
