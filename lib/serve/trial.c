#include "serve/trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/rng.h"
#include "serve/line.h"
#include "serve/keep.h"
#include "serve/score.h"

/* QUEUE: rows that wait for the other model, or fewer when they are wide: CELLS values in all. */
enum { QUEUE = 4096, CELLS = 1 << 20, LINE_MAX_BYTES = 1 << 20 };

#define HEADER "header:"

/* FNV-1a (G. Fowler, L. Noll, K.-P. Vo), to be mixed by rai_rng. */
static uint64_t
hash(uint64_t h, const char *text)
{
	do
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	while (*text++ != '\0');
	return h;
}

/* Is this name, of a key or of a prediction, among the share?  Salted with the challenger. */
static int
within(const struct rai_serve_trial *t, const char *name)
{
	struct rai_rng r = rai_rng_new(hash(t->salt, name), 0);

	return rai_rng_unit(&r) < t->config->share;
}

/* A column by the text of its value, or a header.  NULL: the row does not have it. */
static const char *
key_of(const struct rai_serve_trial *t, const struct rai_serve_rows *rows, size_t row,
    const struct rai_serve_request *q, char number[RAI_NUM_TEXT])
{
	const struct rai_col_spec *c;
	const struct rai_cell *cell;
	const char *text;

	if (t->key_column < 0) {
		text = rai_serve_header(q, t->config->key + strlen(HEADER));
		return text != NULL && *text != '\0' ? text : NULL;
	}
	c = &t->champion->model.schema->col[t->key_column];
	cell = &rows->cell[row * rows->ncol + (size_t)t->key_column];
	text = rows->text[row * rows->ncol + (size_t)t->key_column];
	if (c->type == RAI_COL_CAT && cell->code >= 0)
		return c->level[cell->code];
	if (c->type == RAI_COL_CAT && (cell->code == RAI_CODE_MISSING || text != NULL))
		return cell->code == RAI_CODE_MISSING ? NULL : text;
	if (!isfinite(cell->num))
		return NULL;
	rai_num_format(cell->num, number);
	return number;
}

enum rai_serve_choice
rai_serve_trial_choose(struct rai_serve_trial *t, const struct rai_serve_rows *rows, size_t row,
    const struct rai_serve_request *q)
{
	enum rai_serve_choice who = RAI_CHOICE_CHAMPION;
	char number[RAI_NUM_TEXT];
	const char *key;

	if (t->config->role == RAI_ROLE_CANARY) {
		key = key_of(t, rows, row, q, number);
		who = key == NULL      ? RAI_CHOICE_NO_KEY
		      : within(t, key) ? RAI_CHOICE_CHALLENGER
				       : RAI_CHOICE_CHAMPION;
	}
	atomic_fetch_add_explicit(&t->answered[who], 1, memory_order_relaxed);
	return who;
}

void
rai_serve_trial_recode(struct rai_serve_trial *t, struct rai_serve_rows *rows, size_t row)
{
	struct rai_cell *cell = rows->cell + row * rows->ncol;
	const char **text = rows->text + row * rows->ncol;
	const struct rai_schema *s = t->champion->model.schema;
	size_t i;

	/* what is no category of the challenger's keeps its name */
	for (i = 0; i < s->n; i++)
		if (s->col[i].type == RAI_COL_CAT && cell[i].code >= 0)
			text[i] = s->col[i].level[cell[i].code];
	rai_serve_recode_row(&t->there, cell, text, cell);
}

void
rai_serve_trial_answered(struct rai_serve_trial *t, const struct rai_serve_rows *rows, size_t row,
    int by_challenger, const char *id, int64_t now_ms, double prediction)
{
	const struct rai_serve_recode *way = by_challenger ? &t->back : &t->there;
	struct rai_serve_mirror_row *m;
	size_t at = row * rows->ncol;

	if (!by_challenger && (t->config->role == RAI_ROLE_CANARY || !within(t, id)))
		return;
	m = rai_serve_mirror_begin(t->mirror);
	if (m == NULL)
		return;
	memcpy(m->id, id, sizeof(m->id));
	m->ms = now_ms;
	rai_serve_recode_row(way, rows->cell + at, rows->text + at, m->cell);
	pthread_mutex_lock(&t->lock);
	rai_serve_evidence_prediction(
	    t->evidence, id, by_challenger ? RAI_SIDE_CHALLENGER : RAI_SIDE_CHAMPION, prediction);
	pthread_mutex_unlock(&t->lock);
	rai_serve_mirror_end(t->mirror);
}

struct rai_serve_standing
rai_serve_trial_standing(const struct rai_serve_trial *t)
{
	const struct rai_stat_sequence *so_far = rai_serve_evidence_so_far(t->evidence);

	return (struct rai_serve_standing){
	    .between = rai_stat_sequence_interval(so_far, t->config->rule.alpha),
	    .verdict = rai_serve_evidence_verdict(t->evidence),
	    .pairs = so_far->n};
}

/*
 * What the evidence says now.  A verdict that stands is withdrawn only when it would not be given
 * at four times the risk either: an interval whose end lies near 0 would change it at every pair.
 */
static enum rai_stat_verdict
judge(const struct rai_serve_trial *t, enum rai_stat_verdict said)
{
	const struct rai_stat_sequence *s = rai_serve_evidence_so_far(t->evidence);
	struct rai_stat_rule lenient = t->config->rule;
	enum rai_stat_verdict v = rai_stat_sequence_judge(s, &t->config->rule);

	lenient.alpha = fmin(4 * lenient.alpha, 0.5);
	return v == RAI_STAT_UNDECIDED && rai_stat_sequence_judge(s, &lenient) == said ? said : v;
}

/* The lock is held and given back: those who answer do not wait until a new verdict is told. */
static void
judge_and_unlock(struct rai_serve_trial *t)
{
	enum rai_stat_verdict said = rai_serve_evidence_verdict(t->evidence), v = judge(t, said);
	struct rai_serve_live *champion;
	struct rai_serve_standing s;

	if (v == said) {
		pthread_mutex_unlock(&t->lock);
		return;
	}
	rai_serve_evidence_said(t->evidence, v);
	s = rai_serve_trial_standing(t);
	champion = rai_serve_live_hold(t->now);
	pthread_mutex_lock(&t->telling);
	pthread_mutex_unlock(&t->lock);
	rai_serve_trial_tell(t, champion, &s);
	pthread_mutex_unlock(&t->telling);
	rai_serve_live_drop(champion);
}

void
rai_serve_trial_truth(struct rai_serve_trial *t, const char *id, double actual)
{
	pthread_mutex_lock(&t->lock);
	rai_serve_evidence_truth(t->evidence, id, actual);
	judge_and_unlock(t);
}

const char *
rai_serve_trial_role(const struct rai_serve_trial *t, int by_challenger)
{
	return !by_challenger                       ? "champion"
	       : t->config->role == RAI_ROLE_CANARY ? "canary"
						    : "shadow";
}

/* A line of a type that readers of predictions skip; its features stand in the answer's line. */
static void
log_mirrored(struct rai_serve_trial *t, const struct rai_serve_live *live,
    const struct rai_serve_mirror_row *row, const double *out)
{
	char time[RAI_CLOCK_TEXT];
	struct rai_jw w;

	if (!rai_serve_line_wanted(t->config->log, row->id))
		return;
	rai_buf_clear(&t->line);
	rai_clock_format(row->ms, time);
	rai_jw_init(&w, &t->line);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "type", "mirrored");
	rai_jw_str(&w, "time", time);
	rai_jw_str(&w, "id", row->id);
	rai_jw_str(&w, "role", rai_serve_trial_role(t, live == t->challenger));
	rai_jw_raw(&w, NULL, live->who.ptr, live->who.len);
	rai_serve_score_write(&live->model, out, &w);
	rai_jw_end(&w);
	rai_buf_char(&t->line, '\n');
	rai_serve_log_add(t->config->log, t->line.ptr, t->line.len, 1);
}

void
rai_serve_trial_go_on(struct rai_serve_trial *t, struct rai_serve_live *live)
{
	struct rai_serve_live *was;

	pthread_mutex_lock(&t->lock);
	was = t->now;
	t->now = rai_serve_live_hold(live);
	pthread_mutex_unlock(&t->lock);
	rai_serve_live_drop(was);
}

/* Whose prediction a mirrored row lacks; the caller drops it. */
static struct rai_serve_live *
hold_other(struct rai_serve_trial *t)
{
	struct rai_serve_live *live;

	pthread_mutex_lock(&t->lock);
	live = rai_serve_live_hold(t->config->role == RAI_ROLE_CANARY ? t->now : t->challenger);
	pthread_mutex_unlock(&t->lock);
	return live;
}

/* 0, or -1: it is no number. */
static int
score_row(
    struct rai_serve_trial *t, struct rai_serve_live *live, const struct rai_serve_mirror_row *row)
{
	const struct rai_serve_model *m = &live->model;
	size_t i, n = m->nclass > 0 ? m->nclass : 1;

	m->predict(m->payload, row->cell, t->out);
	for (i = 0; i < n && isfinite(t->out[i]); i++)
		;
	if (i < n)
		return -1;
	rai_serve_score_count(live, 0, t->out); /* of a canary's row, whose features are counted */
	pthread_mutex_lock(&t->lock);
	rai_serve_evidence_prediction(t->evidence, row->id,
	    live == t->challenger ? RAI_SIDE_CHALLENGER : RAI_SIDE_CHAMPION,
	    rai_serve_score_key(live, t->out));
	judge_and_unlock(t);
	log_mirrored(t, live, row, t->out);
	return 0;
}

/* On the mirror's thread. */
static void
score_mirrored(void *payload, const struct rai_serve_mirror_row *row)
{
	struct rai_serve_trial *t = payload;
	struct rai_serve_live *live = hold_other(t);

	atomic_fetch_add(score_row(t, live, row) == 0 ? &t->scored : &t->failed, 1);
	rai_serve_live_drop(live);
}

static int
find_key(struct rai_serve_trial *t, struct rai_err *err)
{
	const struct rai_schema *s = t->champion->model.schema;
	const char *key = t->config->key;

	t->key_column = -1;
	if (t->config->role != RAI_ROLE_CANARY)
		return 0;
	if (strncmp(key, HEADER, strlen(HEADER)) == 0 && key[strlen(HEADER)] != '\0')
		return 0;
	t->key_column = rai_schema_find(s, key, strlen(key));
	if (t->key_column >= 0)
		return 0;
	return rai_fail(err, RAI_EINPUT,
	    "the key \"%.60s\" is no column of model %s (a request header is called header:NAME)",
	    key, t->champion->model.name);
}

static int
check(const struct rai_serve_trial *t, struct rai_err *err)
{
	const struct rai_serve_model *a = &t->champion->model, *b = &t->challenger->model;
	const char *what = t->config->role == RAI_ROLE_CANARY ? "the canary" : "the shadow";

	if (strcmp(a->digest, b->digest) == 0)
		return rai_fail(
		    err, RAI_EINPUT, "%s is the model that is served (%s)", what, a->digest);
	return rai_serve_recode_check(a->schema, b->schema, err) == 0
		   ? 0
		   : rai_wrap(err, "%s cannot stand beside model %s", what, a->name);
}

static int
open_evidence(struct rai_serve_trial *t, struct rai_err *err)
{
	const struct rai_serve_model *a = &t->champion->model;
	struct rai_serve_evidence_config config = {
	    .task = a->nclass > 0 ? RAI_JOIN_CLASSES : RAI_JOIN_NUMBERS,
	    .champion = a->digest,
	    .challenger = t->challenger->model.digest};
	char *path = NULL;
	int rc;

	if (t->config->state != NULL &&
	    (path = rai_serve_keep_path(t->config->state, a->name, "trial")) == NULL)
		return rai_fail_memory(err);
	config.path = path;
	rc = rai_serve_evidence_new(&config, &t->evidence, err);
	free(path);
	return rc;
}

static int
fill(struct rai_serve_trial *t, struct rai_err *err)
{
	const struct rai_serve_model *a = &t->champion->model, *b = &t->challenger->model;
	struct rai_serve_mirror_config mirror = {
	    .rows = QUEUE, .ncol = a->schema->n, .score = score_mirrored, .payload = t};

	while (mirror.rows > 1 && mirror.rows * mirror.ncol > CELLS)
		mirror.rows /= 2;
	if (check(t, err) != 0 || find_key(t, err) != 0 ||
	    rai_serve_recode_init(&t->there, a->schema, b->schema, err) != 0 ||
	    rai_serve_recode_init(&t->back, b->schema, a->schema, err) != 0 ||
	    open_evidence(t, err) != 0)
		return -1;
	t->out = calloc(a->nclass + 1, sizeof(*t->out));
	return t->out == NULL ? rai_fail_memory(err)
			      : rai_serve_mirror_new(&mirror, &t->mirror, err);
}

int
rai_serve_trial_new(const struct rai_serve_trial_config *config, struct rai_serve_live *champion,
    struct rai_serve_live *challenger, struct rai_serve_trial **out, struct rai_err *err)
{
	struct rai_serve_trial *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return rai_fail_memory(err);
	t->config = config;
	t->salt = hash(UINT64_C(14695981039346656037), challenger->model.digest);
	t->champion = rai_serve_live_hold(champion);
	t->now = rai_serve_live_hold(champion);
	t->challenger = rai_serve_live_hold(challenger);
	atomic_init(&t->users, 1);
	pthread_mutex_init(&t->lock, NULL);
	pthread_mutex_init(&t->telling, NULL);
	rai_buf_init(&t->line, LINE_MAX_BYTES);
	if (fill(t, err) != 0) {
		rai_serve_trial_drop(t);
		return -1;
	}
	*out = t;
	return 0;
}

struct rai_serve_trial *
rai_serve_trial_hold(struct rai_serve_trial *t)
{
	if (t != NULL)
		atomic_fetch_add(&t->users, 1);
	return t;
}

void
rai_serve_trial_drop(struct rai_serve_trial *t)
{
	if (t == NULL || atomic_fetch_sub(&t->users, 1) != 1)
		return;
	rai_serve_mirror_free(t->mirror);
	rai_serve_evidence_free(t->evidence);
	rai_serve_recode_release(&t->there);
	rai_serve_recode_release(&t->back);
	rai_serve_live_drop(t->champion);
	rai_serve_live_drop(t->now);
	rai_serve_live_drop(t->challenger);
	pthread_mutex_destroy(&t->lock);
	pthread_mutex_destroy(&t->telling);
	rai_buf_free(&t->line);
	free(t->out);
	free(t);
}
