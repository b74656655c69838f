#ifndef RAI_DRIFT_LOG_H
#define RAI_DRIFT_LOG_H

#include "drift/watch.h"

/*
 * Lines of a prediction log (rai-json(5)): {"type":"prediction",...} and {"type":"feedback",...}.
 * A value that does not fit its column (text where a number belongs) counts as missing: the
 * verdict sees the column go, and the count says why.
 */
#define RAI_DRIFT_LINE_MAX ((size_t)1 << 20)

struct rai_drift_log {
	const struct rai_schema *schema;
	const char *digest; /* lines of other models are skipped; NULL: all are read */
	/* the caller's, RAI_DRIFT_NAME bytes: the name under which the digest is served, as the
	 * newest lines say it, "" when it was replaced; rows that a canary of that name answered
	 * are read, too.  NULL: they are not */
	char *served;
	struct rai_cell *cells; /* of the prediction read last */
	unsigned char
	    *withheld;    /* of its columns: 1 where its line says that the value is not there */
	char version[64]; /* of the model that made it; "": not said */
	/* counts */
	int64_t predictions, labels, bad, other_model, misfits;
	struct rai_err misfit; /* the first value that did not fit */
};

enum { RAI_DRIFT_NAME = 256 };

enum rai_drift_line_kind { RAI_DRIFT_PREDICTION, RAI_DRIFT_LABEL, RAI_DRIFT_SKIP };

struct rai_drift_line {
	enum rai_drift_line_kind kind;
	char id[RAI_DRIFT_ID];
	int64_t time_ms; /* 0: none */
	double value;    /* the prediction, or the actual value */
	int elsewhere;   /* a canary answered this row: value is NaN, as the log does not say here
			  * what the model would have */
};

int rai_drift_log_init(struct rai_drift_log *log, const struct rai_schema *schema,
    const char *digest, struct rai_err *err);
void rai_drift_log_release(struct rai_drift_log *log);

/* One line without its newline.  0; or -1 with the reason, the line is counted as bad. */
int rai_drift_log_read(struct rai_drift_log *log, const char *text, size_t len,
    struct rai_drift_line *out, struct rai_err *err);

#endif
