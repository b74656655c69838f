#include "model/fitting.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fpmath.h"
#include "model/cache.h"

int
rai_fitting_init(struct rai_fitting *f, const struct rai_table *t,
    const struct rai_prep_options *prep, enum rai_unit unit, const size_t *rows, size_t n,
    struct rai_err *err)
{
	size_t i;

	*f = (struct rai_fitting){.table = t,
	    .prep = prep,
	    .rows = rows,
	    .n = n,
	    .nclass = t->schema.target.nlevel,
	    .unit = unit};
	f->y = malloc((n + 1) * sizeof(*f->y));
	if (f->y == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++) {
		double v = t->target[rows[i]];

		if (unit == RAI_UNIT_LOG && !(v > 0))
			return rai_fail(err, RAI_EINPUT,
			    "the target is %g in a row: its logarithm needs positive values "
			    "(transform: none)",
			    v);
		f->y[i] = unit == RAI_UNIT_LOG ? rai_log(v) : v;
	}
	return 0;
}

void
rai_fitting_release(struct rai_fitting *f)
{
	size_t i;

	for (i = 0; i < RAI_VIEWS; i++) {
		rai_prep_free(f->view[i].prep);
		free(f->view[i].x);
		free(f->view[i].levels);
		free(f->view[i].names);
		rai_fit_cache_free(f->view[i].cache);
	}
	free(f->y);
	memset(f, 0, sizeof(*f));
}

/* The options of a view. */
static struct rai_prep_options
options_of(const struct rai_fitting *f, enum rai_view view)
{
	struct rai_prep_options opt = *f->prep;

	opt.view = view;
	return opt;
}

int
rai_fitting_plan(struct rai_fitting *f, enum rai_view view, struct rai_err *err)
{
	const struct rai_prep_options opt = options_of(f, view);
	struct rai_prep *prep;
	size_t width, j;

	if (f->view[view].prep != NULL)
		return 0;
	if (rai_prep_fit(f->table, f->rows, f->n, f->y, &opt, &prep, err) != 0)
		return -1;
	width = rai_prep_width(prep);
	f->view[view].levels = calloc(width + 1, sizeof(size_t));
	f->view[view].names = calloc(width + 1, sizeof(char *));
	if (width > RAI_PIPELINE_WIDTH)
		rai_fail(err, RAI_EINPUT,
		    "%zu features, where at most %d are handled: encode: target, or drop columns",
		    width, RAI_PIPELINE_WIDTH);
	else if (f->view[view].levels == NULL || f->view[view].names == NULL)
		rai_fail_memory(err);
	else {
		for (j = 0; j < width; j++) {
			f->view[view].levels[j] = rai_prep_levels(prep, j);
			f->view[view].names[j] = rai_prep_feature(prep, j);
		}
		f->view[view].prep = prep;
		return 0;
	}
	free(f->view[view].levels);
	free(f->view[view].names);
	f->view[view].levels = NULL;
	f->view[view].names = NULL;
	rai_prep_free(prep);
	return -1;
}

int
rai_fitting_prepare(struct rai_fitting *f, enum rai_view view, struct rai_err *err)
{
	const struct rai_prep_options opt = options_of(f, view);
	size_t total;
	double *x;

	if (f->view[view].x != NULL)
		return 0;
	if (rai_fitting_plan(f, view, err) != 0)
		return -1;
	if (__builtin_mul_overflow(
		f->n, rai_prep_width(f->view[view].prep) * sizeof(double), &total))
		return rai_fail(err, RAI_EINPUT, "too many rows and features");
	x = malloc(total + 1);
	if (x == NULL)
		return rai_fail_memory(err);
	if (rai_prep_training_matrix(
		f->view[view].prep, f->table, f->rows, f->n, f->y, &opt, x, err) != 0) {
		free(x);
		return -1;
	}
	f->view[view].x = x;
	return 0;
}

/* What makes the features of a view one by one. */
struct source {
	const struct rai_fitting *f;
	enum rai_view view;
};

static int
one_feature(const void *ctx, size_t j, double *out, struct rai_err *err)
{
	const struct source *s = ctx;
	const struct rai_prep_options opt = options_of(s->f, s->view);

	return rai_prep_training_feature(
	    s->f->view[s->view].prep, s->f->table, s->f->rows, s->f->n, s->f->y, &opt, j, out, err);
}

int
rai_fitting_fit(const struct rai_fitting *f, const struct rai_fitted *spec,
    const struct rai_fit_options *opt, struct rai_pipeline *out, double *seconds,
    struct rai_err *err)
{
	enum rai_view view = spec->kind->view;
	const struct source source = {f, view};
	struct rai_fit_data d = {.x = f->view[view].x,
	    .feature = one_feature,
	    .feature_ctx = &source,
	    .y = f->y,
	    .n = f->n,
	    .width = rai_prep_width(f->view[view].prep),
	    .nclass = f->nclass,
	    .levels = f->view[view].levels,
	    .names = f->view[view].names,
	    .cache = f->view[view].cache};
	int64_t start = rai_clock_mono_ns();
	int rc;

	if (!(spec->kind->can & (f->nclass > 0 ? RAI_CAN_CLASSES : RAI_CAN_REGRESSION)))
		return rai_fail(
		    err, RAI_EINPUT, "predicts no %s", f->nclass > 0 ? "classes" : "numbers");
	*out = (struct rai_pipeline){
	    .prep = f->view[view].prep, .fitted = *spec, .unit = f->unit, .smear = 1};
	rai_pipeline_bound(out, f->y, f->n);
	rc = spec->kind->fit(&out->fitted, &d, opt, err);
	*seconds = (double)(rai_clock_mono_ns() - start) * 1e-9;
	return rc;
}

void
rai_fitting_give_prep(struct rai_fitting *f, enum rai_view view)
{
	f->view[view].prep = NULL;
}
