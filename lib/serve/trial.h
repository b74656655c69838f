#ifndef RAI_SERVE_TRIAL_H
#define RAI_SERVE_TRIAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/expo.h"
#include "json/event.h"
#include "serve/evidence.h"
#include "serve/http.h"
#include "serve/log.h"
#include "serve/mirror.h"
#include "serve/models.h"
#include "serve/recode.h"
#include "serve/rows.h"

/*
 * Inside of this room: one challenger beside the champion that is served under its name, until
 * either becomes another file; each name may have one.
 * A canary answers a share of the keys, and the champion predicts its rows again off the path; a
 * shadow predicts a share of the champion's rows off the path.  So every row that counts has been
 * predicted by both, and truth that comes for it makes a pair of losses.
 */
struct rai_serve_trial {
	const struct rai_serve_trial_config *config;
	/* held; the champion as it was at the beginning: its columns and all that its file says */
	struct rai_serve_live *champion, *challenger;
	struct rai_serve_live *now; /* the champion's file as it answers now: the lock's; held */
	struct rai_serve_recode there, back; /* champion's cells to challenger's; back */
	uint64_t salt;                       /* of the share: the challenger's digest */
	int key_column;                      /* of the champion's schema; -1: a header */
	struct rai_serve_mirror *mirror;
	struct rai_buf line;                  /* both of the mirror's thread */
	double *out;                          /* as many as the model gives */
	atomic_uint users;                    /* snapshots that hold it */
	atomic_uint_least64_t answered[3];    /* rows, by enum rai_serve_choice */
	atomic_uint_least64_t scored, failed; /* mirrored rows */
	pthread_mutex_t lock;                 /* of the evidence, and of now */
	struct rai_serve_evidence *evidence;
	pthread_mutex_t telling; /* taken while the lock is held, so that events keep their order */
	struct rai_event_chain chain; /* they follow each other */
};

/* What is known of a trial by now. */
struct rai_serve_standing {
	struct rai_stat_between between; /* the challenger's mean loss less the champion's */
	enum rai_stat_verdict verdict;
	int64_t pairs;
};

/*
 * Takes both as they are (they are held); config outlives it.  Refuses a challenger that cannot
 * stand beside the champion: the same file, other columns, another target.
 */
int rai_serve_trial_new(const struct rai_serve_trial_config *config,
    struct rai_serve_live *champion, struct rai_serve_live *challenger,
    struct rai_serve_trial **out, struct rai_err *err);

/* The champion's file was read again: its predictions are those of live, which is held. */
void rai_serve_trial_go_on(struct rai_serve_trial *t, struct rai_serve_live *live);

struct rai_serve_trial *rai_serve_trial_hold(struct rai_serve_trial *t); /* NULL is fine */
void rai_serve_trial_drop(struct rai_serve_trial *t);                    /* NULL is fine */

enum rai_serve_choice { RAI_CHOICE_CHAMPION, RAI_CHOICE_CHALLENGER, RAI_CHOICE_NO_KEY };

/*
 * Who answers a row that was read for the champion?  A function of the row's key and the
 * challenger's digest: the same on every replica and after every start.
 */
enum rai_serve_choice rai_serve_trial_choose(struct rai_serve_trial *t,
    const struct rai_serve_rows *rows, size_t row, const struct rai_serve_request *q);

/* The row is read for the challenger from now on. */
void rai_serve_trial_recode(struct rai_serve_trial *t, struct rai_serve_rows *rows, size_t row);

/*
 * The row has been answered with this prediction, and has this id: it is handed to the other model
 * when it is among those that are compared.
 */
void rai_serve_trial_answered(struct rai_serve_trial *t, const struct rai_serve_rows *rows,
    size_t row, int by_challenger, const char *id, int64_t now_ms, double prediction);

/* The truth about any prediction of the champion's name. */
void rai_serve_trial_truth(struct rai_serve_trial *t, const char *id, double actual);

/* The lock is held. */
struct rai_serve_standing rai_serve_trial_standing(const struct rai_serve_trial *t);

/* The families of metrics of all trials; none when nothing is tried. */
void rai_serve_trials_metrics(const struct rai_serve_snapshot *s, struct rai_expo *x);

/* Its part of the dashboard, with a heading of its own. */
void rai_serve_trial_page(struct rai_serve_trial *t, struct rai_buf *b);

/* What the log calls whoever answered. */
const char *rai_serve_trial_role(const struct rai_serve_trial *t, int by_challenger);

/* The event of a new verdict about champion; nobody else may be telling. */
void rai_serve_trial_tell(struct rai_serve_trial *t, const struct rai_serve_live *champion,
    const struct rai_serve_standing *s);

#endif
