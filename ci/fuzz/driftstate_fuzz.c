/* A state that is loaded goes on, and is saved and loaded to the same bytes. */
#include "drift/state.h"

#include <string.h>

#include "drift/world.h"
#include "fuzz.h"

static void
need(int good)
{
	if (!good)
		abort();
}

static struct rai_drift_watch *
load(const struct reference *ref, const void *p, size_t n)
{
	const struct rai_drift_rule rule = {.window = RAI_DRIFT_LEAST,
	    .sustain = 2,
	    .alpha = 0.01,
	    .psi_above = NAN,
	    .accuracy_below = NAN,
	    .coverage_least = 0.1};
	struct rai_drift_watch *w = NULL;

	need(rai_drift_watch_new(&ref->ref, &rule, &w, NULL) == 0 &&
	     rai_drift_watch_keep(w, NULL) == 0);
	if (rai_drift_watch_load(w, p, n, 1, NULL) == 0)
		return w;
	rai_drift_watch_free(w);
	return NULL;
}

/* A window and its labels more. */
static void
go_on(struct rai_drift_watch *w)
{
	struct world world = world_new(1);
	struct rai_cell c[COLUMNS];
	char id[RAI_DRIFT_ID];
	double price;
	int i;

	for (i = 0; i < 2 * RAI_DRIFT_LEAST; i++) {
		struct rai_drift_row row = {id, 0, c, world_row(&world, c, &price), NULL};

		snprintf(id, sizeof(id), "more-%d", i);
		need(rai_drift_watch_prediction(w, &row, NULL) >= 0 &&
		     rai_drift_watch_label(w, id, price, 0, NULL) >= 0);
	}
	need(rai_drift_watch_end(w, NULL) >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reference ref;
	struct rai_buf a = RAI_BUF_INIT((size_t)16 << 20), b = RAI_BUF_INIT((size_t)16 << 20);
	struct rai_drift_watch *w;

	if (ref.schema.n == 0)
		need(reference_make(&ref, 1, 300, NULL) == 0);
	w = load(&ref, data, size);
	if (w != NULL) {
		rai_drift_watch_save(w, &a);
		go_on(w);
		rai_drift_watch_free(w);
		w = load(&ref, a.ptr, a.len);
		need(w != NULL);
		rai_drift_watch_save(w, &b);
		need(a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0);
		rai_drift_watch_free(w);
	}
	rai_buf_free(&a);
	rai_buf_free(&b);
	return 0;
}
