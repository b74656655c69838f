#include "model/slices.h"

#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"

/* Rows with a category, a number with missing values, and a target. */
static struct rai_table *
make_table(size_t n)
{
	struct rai_table_options opt = {.target = "y"};
	struct rai_buf text = RAI_BUF_INIT(1 << 20);
	struct rai_source *source = NULL;
	struct rai_table *t = NULL;
	struct rai_rng r = rai_rng_new(3, 0);
	size_t i;

	rai_buf_str(&text, "kind,size,y\n");
	for (i = 0; i < n; i++) {
		rai_buf_str(&text, i % 3 == 0 ? "a," : i % 3 == 1 ? "b," : ",");
		if (i % 10 != 0)
			rai_buf_printf(&text, "%d", (int)(i % 7));
		rai_buf_printf(&text, ",%.6f\n", 100 + rai_rng_unit(&r));
	}
	if (rai_source_memory("test", text.ptr, text.len, &source, NULL) != 0 ||
	    rai_table_from(source, &opt, &t, NULL) != 0)
		abort();
	rai_buf_free(&text);
	return t;
}

struct world {
	struct rai_table *t;
	size_t *rows;
	double *predicted;
	struct rai_scored scored;
};

/* Predictions are off by 1, those of kind b by b_error. */
static void
make_world(struct world *w, size_t n, double b_error)
{
	size_t i;

	w->t = make_table(n);
	w->rows = calloc(n, sizeof(*w->rows));
	w->predicted = calloc(n, sizeof(*w->predicted));
	if (w->rows == NULL || w->predicted == NULL)
		abort();
	for (i = 0; i < n; i++) {
		w->rows[i] = i;
		w->predicted[i] = w->t->target[i] + (w->t->col[0].code[i] == 1 ? b_error : 1) *
							(i % 2 == 0 ? 1.1 : 0.9);
	}
	w->scored = (struct rai_scored){w->t->target, w->predicted, n, 0};
}

static void
free_world(struct world *w)
{
	rai_table_free(w->t);
	free(w->rows);
	free(w->predicted);
}

static void
test_category(void)
{
	struct rai_slice_rule rule = {RAI_METRIC_MAE, 0.5, 30, 1, 2};
	struct rai_gate g = {.n = 0};
	struct rai_slices s;
	struct world w;

	make_world(&w, 600, 3);
	ok(rai_slices_make(w.t, "kind", w.rows, &w.scored, &rule, &s, NULL) == 0, "made");
	is_int(s.count, 2, "a slice per level; missing values belong to none");
	is_str(s.slice[1].label, "kind=b", "its name");
	is_int(s.slice[0].n, 200, "its rows");
	ok_rel(s.slice[1].metric.value, 3, 1e-9, "its metric");
	ok_rel(s.slice[1].gap, 3 - (1 + 1 + 3) / 3.0, 1e-9, "how much worse than the whole");
	is_int(s.slice[0].verdict, RAI_VERDICT_PASSED, "better than the whole");
	is_int(s.slice[1].verdict, RAI_VERDICT_FAILED, "surely worse");
	rai_gate_slices(&g, &s, &rule);
	is_int(g.check[0].verdict, RAI_VERDICT_FAILED, "one bad slice fails");
	ok(strstr(g.check[0].message, "worst is kind=b: mae 3") != NULL, g.check[0].message);
	rai_slices_release(&s);
	rule.worst_gap = 2;
	ok(rai_slices_make(w.t, "kind", w.rows, &w.scored, &rule, &s, NULL) == 0, "made");
	is_int(s.slice[1].verdict, RAI_VERDICT_PASSED, "a gap that is accepted");
	rai_slices_release(&s);
	rule = (struct rai_slice_rule){RAI_METRIC_MAE, 0.5, 201, 1, 2};
	ok(rai_slices_make(w.t, "kind", w.rows, &w.scored, &rule, &s, NULL) == 0, "made");
	is_int(s.slice[1].verdict, RAI_VERDICT_UNCLEAR, "too few rows to tell");
	rai_gate_slices(&g, &s, &rule);
	is_int(g.check[1].verdict, RAI_VERDICT_PASSED, "which is no failure");
	rai_slices_release(&s);
	ok(rai_slices_make(w.t, "nothing", w.rows, &w.scored, &rule, &s, NULL) == -1, "no column");
	free_world(&w);
}

static void
test_number(void)
{
	struct rai_slice_rule rule = {RAI_METRIC_MAE, 0.5, 30, 1, 2};
	struct rai_slices s;
	struct world w;
	size_t k, rows = 0;

	make_world(&w, 700, 1);
	ok(rai_slices_make(w.t, "size", w.rows, &w.scored, &rule, &s, NULL) == 0, "made");
	is_int(s.count, 4, "quarters");
	for (k = 0; k < s.count; k++)
		rows += s.slice[k].n;
	is_int(rows, 630, "of the rows with a value");
	is_str(s.slice[0].label, "size 0 .. 1", "named by their ends");
	is_str(s.slice[3].label, "size 6 .. 6", "equal values stay together");
	rai_slices_release(&s);
	free_world(&w);
}

int
main(void)
{
	test_category();
	test_number();
	return tap_done();
}
