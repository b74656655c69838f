#ifndef RAI_DRIFT_CMD_H
#define RAI_DRIFT_CMD_H

#include "cli/cli.h"
#include "drift/impact.h"
#include "drift/log.h"
#include "drift/past.h"
#include "drift/report.h"
#include "model/model.h"

/* What rai-drift's files share. */
#define DRIFT_TEXT 64
struct options {
	const char *model, *against, *target, *config, *name;
	const char *window, *slide; /* rows or time */
	int64_t sustain, false_alarm_every;
	double alpha, accuracy_below, psi_above, ks_p_below, quorum;
	const char *retrain_on;
	char texts[2][DRIFT_TEXT]; /* strings of rai.yaml */
	int rows, any_digest, follow, table, profile, no_impact, whole;
};

/* The model, its reference, and where the verdict goes. */
struct run {
	struct rai_cli *cli;
	const struct options *o;
	struct rai_model *model;    /* NULL: the reference is past */
	struct rai_drift_past past; /* rows or a document, with --against */
	struct rai_profile profile; /* the model's */
	struct rai_drift_reference ref;
	struct rai_drift_estimator estimator; /* of the model, where it has one */
	struct rai_drift_subject about;
	struct rai_drift_watch *watch;
	struct rai_drift_incident incident;
	struct rai_buf *out;
	int warned;       /* of predictions of another model */
	int stream;       /* events leave at once; else only the last one stands at the end */
	char version[64]; /* of the model that made the newest prediction */
	/* for the notes at the end */
	int64_t lines, bad, other_model, misfits, halves;
	char first_bad[RAI_ERR_MAX];
};

/* The table of options, each pointing into o. */
#define DRIFT_OPTIONS 48
void drift_options(struct options *o, struct rai_opt opts[DRIFT_OPTIONS]);

/* rai.yaml below what the command line and the environment say. */
int drift_configure(
    struct rai_cli *cli, struct options *o, const char *model_name, struct rai_err *err);

/*
 * A reference from rows (CSV, JSON lines, gzip, "-") or from a document that --profile wrote; rows
 * in the bins and categories of like, where that is given.  Caller releases *out.
 */
int drift_read_past(const struct options *o, const char *path, const struct rai_drift_past *like,
    struct rai_drift_past *out, struct rai_err *err);

/* --profile: the operands as one document on r->out. */
int drift_profile(struct run *r, const char *const *path, size_t n, struct rai_err *err);

/* Does the file begin as a prediction log does? */
int drift_is_log(const char *path);

/* Says which columns of the input are not in the reference, and what they may have been. */
void drift_note_columns(
    const struct run *r, const struct rai_rows *rows, const int *field, size_t n);

/* Windows from their texts: "500", "6h". */
int drift_windows(const struct options *o, struct rai_drift_rule *rule, struct rai_err *err);

/* The model says what its predictions miss, unless it cannot or must not. */
void drift_estimate(struct run *r);

/* Opens the reference and makes the watch.  drift_close is right also after a failure. */
int drift_open(struct run *r, struct options *o, struct rai_err *err);
void drift_close(struct run *r);

/* What the fixed thresholds, if there are any, alarm at without drift, on standard error. */
void drift_note_thresholds(const struct run *r);

/* The verdict changed: writes the event (or the table). */
int drift_tell(struct run *r, struct rai_err *err);

/* Log lines from files merged by time, from a stream, or from files that grow. */
int drift_read_files(struct run *r, const char *const *path, size_t n, struct rai_err *err);
int drift_read_stream(struct run *r, struct rai_err *err);
int drift_follow_files(struct run *r, const char *const *path, size_t n, struct rai_err *err);

/* Plain rows with the model's columns, scored here. */
int drift_read_rows(struct run *r, const char *path, struct rai_err *err);

/* --whole: the rows of all operands as one window, counted. */
int drift_read_whole(struct run *r, const char *const *path, size_t n, struct rai_err *err);

#endif
