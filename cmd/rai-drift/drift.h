#ifndef RAI_DRIFT_CMD_H
#define RAI_DRIFT_CMD_H

#include "cli/cli.h"
#include "conf/loop.h"
#include "drift/calibrate.h"
#include "drift/history.h"
#include "drift/impact.h"
#include "drift/log.h"
#include "drift/past.h"
#include "drift/report.h"
#include "misfits.h"
#include "model/model.h"
#include "state.h"

/* What rai-drift's files share. */
struct options {
	const char *model, *against, *target, *config, *name;
	const char *window, *slide; /* rows or time */
	const char *calibration, *traffic;
	int64_t seed;
	double coverage_least, coverage;
	int64_t ask_after;
	const char *state; /* NULL: none is kept */
	const char *prometheus, *selector, *token;
	int64_t replicas; /* 0: not known */
	int64_t sustain, false_alarm_every;
	double alpha, accuracy_below, psi_above, ks_p_below, quorum;
	const char *retrain_on, *detector;
	const char *html, *textfile, *rules, *prometheus_rule;
	int64_t over, latency_above; /* milliseconds */
	double errors_above;
	int rows, any_digest, follow, table, profile, no_impact, whole, calibrate, compare;
};

/* The model, its reference, and where the verdict goes. */
struct run {
	struct rai_cli *cli;
	const struct options *o;
	struct rai_loop loop;       /* rai.yaml, with --config; options point into it */
	struct rai_model *model;    /* NULL: the reference is past */
	double *scores;             /* room for one prediction of it */
	struct rai_drift_past past; /* rows or a document, with --against */
	struct rai_profile profile; /* the model's */
	struct rai_drift_reference ref;
	struct rai_drift_estimator estimator; /* of the model, where it has one */
	struct rai_drift_subject about;
	struct rai_drift_watch *watch;
	struct rai_drift_incident incident;
	struct rai_drift_history history; /* for the page */
	int64_t written_ms;               /* when the files were */
	struct rai_buf *out;
	int warned;       /* of predictions of another model */
	int stream;       /* events leave at once; else only the last one stands at the end */
	char version[64]; /* of the model that made the newest prediction */
	char served[RAI_DRIFT_NAME]; /* the name that the model has in the log */
	struct positions seen;       /* how far logs were read, with --state */
	/* for the notes at the end */
	int64_t confirmed;    /* alarms, told */
	int64_t lines_before; /* of the runs before this one */
	int64_t lines, bad, other_model, halves;
	struct misfits misfits;
	char first_bad[RAI_ERR_MAX];
};

/* The table of options, each pointing into o. */
#define DRIFT_OPTIONS 64
void drift_options(struct options *o, struct rai_opt opts[DRIFT_OPTIONS]);

/*
 * rai.yaml, with --config: its tools.rai-drift below what the command line and the environment
 * say.  Later, when the model's name is known, what its entry says, below that.
 */
int drift_read_config(struct run *r, struct rai_err *err);
int drift_configure(struct run *r, struct options *o, struct rai_err *err);

/*
 * A reference from rows (CSV, JSON lines, gzip, "-") or from a document that --profile wrote; rows
 * in the bins and categories of like, where that is given.  Caller releases *out.
 */
int drift_read_past(const struct options *o, const char *path, const struct rai_drift_past *like,
    struct rai_drift_past *out, struct rai_err *err);

/* --profile: the operands as one document on r->out. */
int drift_profile(struct run *r, const char *const *path, size_t n, struct rai_err *err);

/* Does the file begin as a prediction log does, or as a document of --profile? */
int drift_is_log(const char *path);
int drift_is_document(const char *path);

/*
 * Rows with inferred types, but what is a category in like (or NULL) is one.  Takes the source
 * over; caller frees *out.
 */
int drift_read_table(const struct options *o, struct rai_source *source, enum rai_format format,
    const struct rai_schema *like, struct rai_table **out, struct rai_err *err);

/* What the model says of a row: a number, or the most probable class by its place. */
double drift_predict(const struct run *r, const struct rai_cell *cells);

/*
 * --calibrate: the simulation on r->ref, with the rows of one operand where there is one; and the
 * same printed to r->out.  Caller releases *out.
 */
int drift_calibrate(struct run *r, const char *const *path, size_t n,
    struct rai_drift_calibration *out, struct rai_err *err);
int drift_print_calibration(struct run *r, const char *const *path, size_t n, struct rai_err *err);

/* --compare: two models by their logs. */
int drift_compare(struct run *r, const char *const *path, size_t n, struct rai_err *err);

/* --traffic, a rate or a log, as rows per millisecond; 0: not given. */
int drift_traffic(const struct options *o, double *rows_per_ms, struct rai_err *err);

/*
 * Window, step, sustain and alpha of --calibration, or of the reference's own, into r's rule.  What
 * a model brings is left aside, with a warning, where options want something else.
 */
int drift_apply_calibration(struct run *r, struct rai_err *err);

/* Is the option as nobody set it?  Is it on the command line?  Is the window somebody's wish? */
int drift_is_default(const struct rai_cli *cli, const char *name);
int drift_is_said(const struct rai_cli *cli, const char *name);
int drift_window_given(const struct run *r);

/* The options as a rule, checked. */
int drift_make_rule(const struct options *o, struct rai_drift_rule *rule, struct rai_err *err);

/* Of these the detectors, a list of words. */
int drift_detectors(const struct options *o, struct rai_drift_rule *rule, struct rai_err *err);

/* Says which columns of the input are not in the reference, and what they may have been. */
void drift_note_columns(
    const struct run *r, const struct rai_rows *rows, const int *field, size_t n);

/* Windows from their texts: "500", "6h". */
int drift_windows(const struct options *o, struct rai_drift_rule *rule, struct rai_err *err);

/* The model says what its predictions miss, unless it cannot or must not. */
void drift_estimate(struct run *r);

/* --rules, --prometheus-rule: for the models of rai.yaml, or the one that is named. */
int drift_rules(struct run *r, struct rai_err *err);

/* Opens the reference and makes the watch.  drift_close is right also after a failure. */
int drift_open(struct run *r, struct options *o, struct rai_err *err);
void drift_close(struct run *r);

/* What the fixed thresholds, if there are any, alarm at without drift, on standard error. */
void drift_note_thresholds(const struct run *r);

/* --state: what the run before remembered, if there is such a file; and back. */
int drift_state_load(struct run *r, struct rai_err *err);
int drift_state_save(struct run *r, struct rai_err *err);

/* The standing verdict as a table, to r->out. */
void drift_table(struct run *r);

/* The verdict changed: writes the event (or the table). */
int drift_tell(struct run *r, struct rai_err *err);

/* What is written beside the events: the page, the metrics.  Begin follows drift_open, end
 * drift_close. */
int drift_output_begin(struct run *r, struct rai_err *err);
void drift_output_end(struct run *r);

/*
 * After a push to the watch, whose result rc is: looks at what was judged, tells what changed.  Of
 * a stream the files follow at once when the verdict changed, else within seconds.
 */
int drift_pushed(struct run *r, int rc, struct rai_err *err);

/* A stream that waits: the files say that it does. */
int drift_idle(struct run *r, struct rai_err *err);

/* Writes the files, each whole or not at all; and one of them. */
int drift_write_files(struct run *r, struct rai_err *err);
int drift_write_whole(const char *path, const struct rai_buf *text, struct rai_err *err);

/* Log lines from files merged by time, from a stream, or from files that grow. */
int drift_read_files(struct run *r, const char *const *path, size_t n, struct rai_err *err);
int drift_read_stream(struct run *r, struct rai_err *err);
int drift_follow_files(struct run *r, const char *const *path, size_t n, struct rai_err *err);

/* Plain rows with the model's columns, scored here. */
int drift_read_rows(struct run *r, const char *path, struct rai_err *err);

/* --whole: the rows of all operands as one window, counted. */
int drift_read_whole(struct run *r, const char *const *path, size_t n, struct rai_err *err);

/* --prometheus: what a fleet counts; RAI_ENET where that cannot all be seen. */
int drift_read_fleet(struct run *r, struct rai_err *err);

#endif
