#include "serve/history.h"

#include <stdlib.h>

#include "base/tap.h"

int
main(void)
{
	struct rai_serve_point *out = calloc(RAI_HISTORY_POINTS, sizeof(*out)), p = {.ms = 0};
	struct rai_serve_history *h = NULL;
	struct rai_err err = RAI_ERR_INIT;

	if (out == NULL || rai_serve_history_new(2, &h, &err) != 0)
		return 1;
	ok(rai_serve_history_read(h, 0, out) == 0, "nothing has been seen");
	for (p.ms = 1; p.ms <= 3; p.ms++)
		rai_serve_history_add(h, 1, &p);
	ok(rai_serve_history_read(h, 1, out) == 3 && out[0].ms == 1 && out[2].ms == 3,
	    "points come oldest first");
	ok(rai_serve_history_read(h, 0, out) == 0, "each model has its own");
	for (; p.ms <= RAI_HISTORY_POINTS + 10; p.ms++)
		rai_serve_history_add(h, 1, &p);
	ok(rai_serve_history_read(h, 1, out) == RAI_HISTORY_POINTS && out[0].ms == 11 &&
		out[RAI_HISTORY_POINTS - 1].ms == RAI_HISTORY_POINTS + 10,
	    "the oldest make room");
	rai_serve_history_free(h);
	free(out);
	return tap_done();
}
