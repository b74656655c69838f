#ifndef RAI_TRAIN_TOOL_H
#define RAI_TRAIN_TOOL_H

#include <pthread.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/progress.h"
#include "cli/cli.h"
#include "conf/loop.h"
#include "explain.h"
#include "json/event.h"
#include "model/checkpoint.h"
#include "model/gate.h"
#include "model/model.h"
#include "model/slices.h"
#include "model/train.h"
#include "origin/origin.h"
#include "table/conform.h"
#include "table/table.h"

/* The command line of rai-train; NULL and -1: not given. */
struct options {
	const char *config, *model, *output, *champion, *event, *predict, *format, *verify,
	    *separator, *quarantine, *from, *import, *external, *html;
	int64_t threads, seed;
	int describe, report, probabilities, all_scores, no_resume, importance, learning_curve;
	struct rai_origin_options origin;
	const char *data; /* the first operand */
	char **operand;   /* noperand of them */
	size_t noperand;
	struct rai_cli *cli;
};

#define MAX_ASIDE 2

/* What rai.yaml says, in the terms of the library; arrays point into the loop and are freed here.
 */
struct plan {
	struct rai_loop loop;
	const struct rai_loop_model *model;
	struct rai_table_options table;
	struct rai_refused refused; /* of --quarantine: table.refused points to it */
	struct rai_train_options train;
	struct rai_table_date *date;
	struct rai_prep_encode *encode;
	struct rai_prep_fill *impute;
	const char **category;
	const char **drop, **use;     /* in spite of which a column is read that only splits */
	const char *aside[MAX_ASIDE]; /* naside: those columns */
	size_t naside;
	struct rai_checkpoints checkpoints; /* its strings belong to the plan */
	struct rai_search *search;          /* nsearch; their spaces belong to them */
	size_t nsearch;
	const char *const *external; /* the program behind the kind external, nexternal words */
	size_t nexternal;
	const char *shell[3]; /* where it came by --external */
	char **from;          /* nfrom sources that are read, unless table.command is */
	size_t nfrom;
	char *source; /* the same as it may be shown */
	char *output; /* where the model goes */
	char **leak;  /* nleak: inputs that are the target again, dropped or kept */
	size_t nleak;
};

/* Everything about one training that the event and the report tell. */
struct result {
	const struct plan *plan;
	const struct rai_table *table;
	const struct rai_trained *trained;
	const struct rai_gate *gate;
	char champion[RAI_HASH_DIGEST]; /* "" where there is none */
	char from[RAI_HASH_DIGEST];     /* the model that was continued or imported; "": none */
	double champion_metric[RAI_METRICS];
	char artifact_digest[RAI_HASH_DIGEST];
	size_t artifact_bytes; /* 0: rejected */
	char profile_digest[RAI_HASH_DIGEST];
	struct rai_slices *slices; /* nslices; one per column of gate.slices */
	size_t nslices;
	struct explained explained;
	struct rai_event_chain chain; /* of the event that asked for the training */
};

#define MODEL_MAX ((size_t)4 << 30) /* bytes of a model file */

enum need { NEED_MODEL, NEED_NOTHING }; /* NEED_NOTHING: without rai.yaml defaults do */

/* Opens a path, "-" or a URL. */
int data_open(
    const struct options *o, const char *from, struct rai_source **out, struct rai_err *err);

/* ",", ";", "|", "\\t" and the like; NULL is a comma. */
int data_separator(const char *text, char *out, struct rai_err *err);

/* Gives the columns of the table the units that features.units declares. */
int data_units(const struct plan *p, struct rai_table *t, struct rai_err *err);

/* The whole table that the plan names. */
int data_read(
    const struct options *o, const struct plan *p, struct rai_table **out, struct rai_err *err);

/* A flag for each input of t that is the target again; caller frees; NULL: no memory, or err. */
char *find_leaks(const struct plan *p, const struct rai_table *t, struct rai_err *err);

/* Names them in p->leak, warns, and drops them from t, as features.leak says. */
int treat_leaks(const struct options *o, struct plan *p, struct rai_table *t, struct rai_err *err);

/*
 * A model that training starts from: --from continues it, --import takes another library's as it
 * is.  The table as that model sees it stands in conformed.
 */
struct start {
	struct rai_model *model;  /* NULL: neither was given */
	struct rai_schema schema; /* the model's, with the data's target where it is imported */
	struct rai_conformed conformed;
};

/* Opens the model and sets plan->train.given and its candidates. */
int start_open(const struct options *o, struct plan *p, struct start *s, struct rai_err *err);

/* *t becomes the table to train on: table without leaks, or as the model sees it. */
int start_table(const struct options *o, struct plan *p, struct start *s, struct rai_table *table,
    const struct rai_table **t, struct rai_err *err);
void start_release(struct start *s);

/* The words of --external, in shell; returns how many: 0 without it. */
size_t external_words(const struct options *o, const char *shell[3]);

int plan_read(const struct options *o, enum need need, struct plan *out, struct rai_err *err);
/* The same from a rai.yaml that was read elsewhere; file says where its relative paths start. */
int plan_parse(const struct options *o, const char *file, const char *text, size_t len,
    struct plan *out, struct rai_err *err);
void plan_release(struct plan *p);

/* What features.impute says, in any of its forms; a part of plan_read(). */
int plan_impute(struct plan *p, struct rai_err *err);

/* What is to be fitted and searched, from rai.yaml; the metric is known. */
int plan_candidates(const struct options *o, struct plan *p, struct rai_err *err);
void plan_candidates_release(struct plan *p);

/* item: "ridge", or { ridge: { alpha: 100 } }; key says where it stands. */
int plan_spec(const struct plan *p, const char *key, const struct rai_yaml *item,
    struct rai_fitted *f, struct rai_err *err);

/* One map of train.search; *s is zero, and released by plan_candidates_release(). */
int plan_search(
    const struct plan *p, const struct rai_yaml *map, struct rai_search *s, struct rai_err *err);

/* How rows are split, from rai.yaml. */
int plan_split(struct plan *p, struct rai_err *err);

/* Sets the column aside that only splits, and checks that the table can be split as planned. */
int split_table(const struct plan *p, struct rai_table *t, struct rai_err *err);

/* "random", "stratified", or the column. */
const char *split_name(const struct rai_split_by *by);

/* 0: promoted, 1: rejected, -1 */
int run_train(const struct options *o, struct rai_buf *out, struct rai_err *err);
int run_describe(const struct options *o, struct rai_buf *out, struct rai_err *err);
int run_predict(const struct options *o, struct rai_err *err); /* writes as it goes */

/* 0: trained again, the same bytes; 1: other bytes; -1 */
int run_verify(const struct options *o, struct rai_buf *out, struct rai_err *err);

/*
 * The journal of the training (<output>.journal): what an earlier one has found out is used.
 * Where there cannot be one, a warning says why.
 */
void resume_begin(const struct options *o, struct plan *p, const struct rai_table *t);
/* rc: what the training has come to; the journal stays where another attempt may need it. */
void resume_end(struct plan *p, int rc, const struct rai_err *err);

/* "search": what the searches have found, the best SEARCH_SHOWN draws of each; or null. */
#define SEARCH_SHOWN 20
void write_searches(const struct result *r, struct rai_jw *w);
/* The best few of each, for people. */
void add_searches_report(const struct result *r, struct rai_buf *b);

/* name: "forest max_depth=2", what differs from the defaults. */
void add_spec(struct rai_buf *b, const struct rai_fitted *f, int width);

/* {"r2": .., ...} of those that fit the task; null where all are NaN. */
void write_numbers(struct rai_jw *w, const char *key, const struct result *r, const double *metric);

/* The status line of something that takes its time; ticks come from any thread. */
struct ticking {
	pthread_mutex_t lock;
	struct rai_progress progress;
	const char *what;
	size_t done, total;
};
void ticking_start(struct ticking *t, const char *what, size_t total);
void ticking_tick(void *ctx); /* one more is done */

/* Fits and measures, with the status line. */
int train_table(
    struct plan *p, const struct rai_table *t, struct rai_trained *out, struct rai_err *err);

/* The model file's bytes.  calibration: "" where there is none. */
int render_model(const struct result *r, const char *profile, const char *calibration,
    struct rai_buf *out, struct rai_err *err);

/* Window and alpha for the budget of false alarms as JSON text, with the status line; nothing where
 * rai.yaml states no budget and traffic.  profile: as below. */
int calibration_text(struct rai_cli *cli, const struct result *r, const char *profile,
    struct rai_buf *out, struct rai_err *err);

/* The reference profile of the training as JSON text. */
int profile_text(const struct result *r, struct rai_buf *out, struct rai_err *err);

/* By which rule rows were held out, as a model file keeps it. */
void write_rule(
    struct rai_jw *w, const struct rai_split_by *by, const struct rai_split *s, uint64_t seed);

/*
 * out[i]: was the row held out when the model with this schema and "rai.split" (text, or NULL) was
 * trained?  1: that cannot be said, and out is left alone.
 */
int held_out_then(const struct rai_table *t, const struct rai_schema *schema, const char *text,
    const size_t *rows, size_t n, unsigned char *out, struct rai_err *err);

/* The model to beat: what --champion names, else what stands at the output; NULL: none. */
int open_champion(
    const struct options *o, const struct plan *p, struct rai_model **out, struct rai_err *err);

/* Can t be judged as rai.yaml asks, and beside the champion?  Asked before training. */
int judge_check(const struct plan *p, const struct rai_table *t, const struct rai_model *champion,
    struct rai_err *err);

/* Makes every check that rai.yaml asks for; fills champion and slices of r. */
int judge(
    struct result *r, const struct rai_model *champion, struct rai_gate *gate, struct rai_err *err);

/* Fills r->explained, with what the options ask for. */
int explain(const struct options *o, struct result *r, struct rai_err *err);
void explain_release(struct result *r);

/* Its members of the event. */
void explain_write(struct rai_jw *w, const struct result *r);

/* What the preparation would do with one column. */
struct described {
	enum rai_encode encode; /* of a category */
	size_t missing;
};

/* rows: the n that the preparation is fitted on. */
int describe_column(const struct plan *p, const struct rai_table *t, const size_t *rows, size_t n,
    size_t j, struct described *out, struct rai_err *err);

/* As text: "1 .. 5", "flat, house and 3 more"; "one-hot, filled with the mode". */
void describe_values(struct rai_buf *b, const struct rai_col_spec *c);
void describe_treatment(struct rai_buf *b, const struct plan *p, const struct rai_col_spec *c,
    const struct described *d);

/* A path of rai.yaml as seen from here; caller frees; NULL: no memory. */
char *plan_path(const struct plan *p, const char *path);

/* The column that says how new a row is: split.by, else the first date; NULL: there is none. */
const struct rai_column *date_column(
    const struct plan *p, const struct rai_table *t, const struct rai_col_spec **spec);

/* "2017-09-23", or "" where the table has no dates. */
void newest_date(const struct plan *p, const struct rai_table *t, char out[16]);

/* From --event; empty without.  Read before any work, so that a wrong one costs nothing. */
int read_chain(const struct options *o, struct rai_event_chain *chain, struct rai_err *err);

/* model.trained or model.rejected, one line. */
int write_event(
    const struct options *o, const struct result *r, struct rai_buf *out, struct rai_err *err);

/* Candidates from the best to the worst by the metric; caller frees; NULL: no memory. */
size_t *candidate_order(const struct result *r);

/* How the candidates' metrics came about, as a heading: "mean of 5 folds". */
void candidate_measured(const struct rai_train_options *o, char out[48]);

/* "trees=100 max_depth=4": what differs from the kind's defaults. */
void candidate_params(struct rai_buf *b, const struct rai_fitted *f);

/* The page for people, to the file that --html names. */
int write_html(const struct options *o, const struct result *r, struct rai_err *err);

/* The table for people. */
void write_report(const struct result *r, struct rai_buf *out);

#endif
