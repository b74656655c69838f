#include <math.h>

#include "base/progress.h"
#include "model/save.h"
#include "tool.h"

#define LINES 5 /* draws of a search that people see */

static void
write_draw(struct rai_jw *w, const struct result *r, const struct rai_found *d)
{
	rai_jw_object(w, NULL);
	rai_jw_int(w, "draw", (int64_t)d->number);
	rai_model_write_params(&d->spec, w, "parameters");
	write_numbers(w, "metrics", r, d->metric);
	write_numbers(w, "spread", r, d->spread);
	rai_jw_num(w, "share", d->share);
	rai_jw_num(w, "seconds", d->seconds);
	rai_jw_end(w);
}

void
write_searches(const struct result *r, struct rai_jw *w)
{
	const struct plan *p = r->plan;
	size_t i, k;

	rai_jw_array(w, "searches");
	for (i = 0; i < p->nsearch; i++) {
		const struct rai_search *s = &p->search[i];

		rai_jw_object(w, NULL);
		rai_jw_str(w, "kind", s->base.kind->name);
		rai_jw_str(w, "metric", rai_metric_names[s->metric]);
		rai_jw_int(w, "draws", (int64_t)rai_search_count(s));
		rai_jw_int(w, "different", (int64_t)s->ndraw);
		rai_jw_int(w, "failed", (int64_t)s->failed);
		rai_jw_int(w, "folds", (int64_t)s->folds);
		rai_jw_int(w, "halving", (int64_t)s->halving);
		rai_jw_int(w, "fits", (int64_t)s->fits);
		rai_jw_array(w, "best");
		for (k = 0; k < s->ndraw && k < SEARCH_SHOWN; k++)
			write_draw(w, r, &s->draw[k]);
		rai_jw_end(w);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

void
add_searches_report(const struct result *r, struct rai_buf *b)
{
	const struct plan *p = r->plan;
	char seconds[24];
	size_t i, k;

	for (i = 0; i < p->nsearch; i++) {
		const struct rai_search *s = &p->search[i];

		rai_buf_printf(b, "\n  search of %s: %zu draws, %zu different, %zu folds, %zu fits",
		    s->base.kind->name, rai_search_count(s), s->ndraw, s->folds, s->fits);
		if (s->failed > 0)
			rai_buf_printf(b, ", %zu draws could not be fitted", s->failed);
		rai_buf_printf(b, "\n  %-63s %11s %11s    time\n", "the best",
		    rai_metric_names[s->metric], "+/-");
		for (k = 0; k < s->ndraw && k < LINES; k++) {
			const struct rai_found *d = &s->draw[k];

			rai_buf_str(b, "  ");
			add_spec(b, &d->spec, 63);
			rai_buf_printf(
			    b, " %11.4f %11.4f", d->metric[s->metric], d->spread[s->metric]);
			rai_progress_duration(d->seconds, seconds, sizeof(seconds));
			rai_buf_printf(b, " %7s\n", seconds);
		}
	}
}
