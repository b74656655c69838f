#ifndef RAI_DRIFT_COMPARE_H
#define RAI_DRIFT_COMPARE_H

#include "drift.h"
#include "drift/rivals.h"

/* The first rows of each log whose inputs are compared. */
#define COMPARED_ROWS 100000

/* One of the two models, as its lines tell. */
struct side {
	char model[128], version[64], digest[RAI_HASH_DIGEST]; /* "": not said */
	int64_t predictions;
	int64_t kept;            /* rows in features */
	struct rai_buf features; /* JSON lines */
};

/* Two logs, or one with two models in it. */
struct comparison {
	struct run *r;
	struct rai_drift_rivals *rivals;
	struct side side[2];
	int two;     /* logs: whose line it is, is the log's business */
	int reading; /* which of them */
	int64_t newest_ms;
	int64_t strangers; /* lines of a third model */
	/* what came out */
	struct rai_drift_contest contest;
	enum rai_stat_verdict verdict;
	struct rai_drift_past past; /* the champion's rows */
	struct rai_drift_inputs in; /* the challenger's against them; rows 0: not compared */
	char message[400];
};

/* Lines into rivals and features. */
int compare_read(struct comparison *c, const char *path, struct rai_err *err);

/* The challenger's inputs against the champion's; a reason why they cannot be is only said. */
void compare_inputs(struct comparison *c, double alpha);

/* The event, or the table. */
void compare_tell(struct comparison *c, const struct rai_stat_rule *rule);

#endif
