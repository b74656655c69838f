#ifndef RAI_MODEL_SEARCHING_H
#define RAI_MODEL_SEARCHING_H

#include "model/search.h"
#include "model/trial.h"

/*
 * A search under way, round by round: the trials of a round are handed out, run together with
 * other work, and judged.  Private to this room.
 */
struct rai_searching {
	struct rai_search *search;
	struct rai_arena *all;  /* the folds with all their rows */
	struct rai_arena fewer; /* those of this round where it has fewer rows */
	size_t *draw;           /* nalive: those in this round, as numbers in search->draw */
	size_t nalive, round, rounds;
	size_t nbad; /* of those in the round that was judged last, could not be fitted */
	char name[48];
	struct rai_trial *trial; /* of this round, nalive x folds */
};

/* Makes the draws.  at: which search it is, in the journal; all must outlive it. */
int rai_searching_init(struct rai_searching *g, struct rai_search *s, size_t at,
    struct rai_arena *all, struct rai_err *err);
void rai_searching_release(struct rai_searching *g);

/* Makes the trials of the next round; *n of them at g->trial. */
int rai_searching_next(struct rai_searching *g, size_t *n, struct rai_err *err);

/* Judges a round.  1: there is another one; 0: search->draw is sorted, best first. */
int rai_searching_judge(struct rai_searching *g, struct rai_err *err);

#endif
