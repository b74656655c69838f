#ifndef RAI_SERVE_WATCH_H
#define RAI_SERVE_WATCH_H

#include "serve/history.h"
#include "serve/models.h"

/*
 * Inside of this room: what a dashboard shows of a model that is at work, and the thread that
 * notes it once a minute, and meanwhile frees the models that nobody uses any more.
 */

struct rai_serve_watch;

/*
 * models and config must outlive it.  Where config names a folder for the state, the minutes and
 * the counts of the last day are taken from NAME.drift there, and kept in it every minute and at
 * the end.
 */
int rai_serve_watch_start(struct rai_serve_models *models,
    const struct rai_serve_app_config *config, struct rai_serve_watch **out, struct rai_err *err);
void rai_serve_watch_stop(struct rai_serve_watch *w); /* NULL is fine */

/* The minutes, and behind them what is since the last: 1 to RAI_HISTORY_POINTS + 1 points. */
size_t rai_serve_watch_read(struct rai_serve_watch *w, const struct rai_serve_live *live,
    size_t index, struct rai_serve_point *out);

#endif
