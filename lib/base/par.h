#ifndef RAI_BASE_PAR_H
#define RAI_BASE_PAR_H

#include <stddef.h>

/*
 * A loop over independent items on several threads.  Items are handed out as threads become free,
 * so an item may write only what belongs to it (its slot of an array), and never depends on the
 * order: then the result is the same for every number of threads.
 */

/* The cores this process may use, at least 1. */
size_t rai_par_cores(void);

/*
 * Calls item(ctx, i, worker) for every i in [0, n); returns when all are done.  worker < threads
 * names the thread, for scratch space.  The caller's thread works too; where the system refuses
 * more threads, fewer do the work.  Failures are the items' business: store them in ctx.
 */
void rai_par_for(
    size_t n, size_t threads, void (*item)(void *ctx, size_t i, size_t worker), void *ctx);

#endif
