#ifndef RAI_SERVE_SNAPSHOT_H
#define RAI_SERVE_SNAPSHOT_H

#include "serve/models.h"

/*
 * Inside of this room: how requests get the snapshot of serve/models.h that is served, and what
 * becomes of one that nobody uses any more.  It is never freed by who used it last, in the middle
 * of a reply: that may take a while, as a thread is waited for and evidence goes to the disk.
 */

/* No models yet in any of its n entries. */
struct rai_serve_snapshot *rai_serve_snapshot_new(size_t n, unsigned lanes, struct rai_err *err);
void rai_serve_snapshot_free(struct rai_serve_snapshot *s); /* NULL is fine */

/* A way in for each of m->lanes, where first is served. */
int rai_serve_gates_open(
    struct rai_serve_models *m, struct rai_serve_snapshot *first, struct rai_err *err);
void rai_serve_gates_close(struct rai_serve_models *m); /* right also when none were opened */

/* What is served; the change is held. */
const struct rai_serve_snapshot *rai_serve_snapshot_now(const struct rai_serve_models *m);

/* Every lane gets s, and what it had is over once its last request has ended; the change is held.
 */
void rai_serve_snapshot_publish(struct rai_serve_models *m, struct rai_serve_snapshot *s);

#endif
