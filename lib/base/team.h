#ifndef RAI_BASE_TEAM_H
#define RAI_BASE_TEAM_H

#include <stddef.h>

/*
 * Threads that stay, for work that comes in many short loops: rai_par_for starts its threads with
 * every loop, which costs more than the loop where that has tens of microseconds.  A member that
 * has nothing to do looks for work for a moment, then sleeps.
 */
struct rai_team;

/* The caller is one of the threads (at least 1); where the system refuses more, there are fewer.
 * NULL: out of memory. */
struct rai_team *rai_team_new(size_t threads);
void rai_team_free(struct rai_team *t); /* NULL is fine */

/* Workers that rai_team_run may name: 1 .. threads. */
size_t rai_team_size(const struct rai_team *t);

/*
 * Calls item(ctx, i, worker) for every i in [0, n) and returns when all are done, under the rules
 * of rai_par_for.  From one thread at a time, and not from within an item.
 */
void rai_team_run(
    struct rai_team *t, size_t n, void (*item)(void *ctx, size_t i, size_t worker), void *ctx);

#endif
