#include "model/given.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fpmath.h"

/* The training rows as the given preparation makes them. */
struct further {
	double *x, *y;
	size_t *levels;
};

static void
release(struct further *f)
{
	free(f->x);
	free(f->y);
	free(f->levels);
}

static int
make_rows(const struct rai_table *t, const struct rai_pipeline *given, const struct rai_split *s,
    struct further *f, struct rai_err *err)
{
	size_t width = rai_prep_width(given->prep), total, i;

	if (__builtin_mul_overflow(s->ntrain, width * sizeof(double), &total))
		return rai_fail(err, RAI_EINPUT, "too many rows and features");
	f->x = malloc(total + 1);
	f->y = calloc(s->ntrain + 1, sizeof(*f->y));
	f->levels = calloc(width + 1, sizeof(*f->levels));
	if (f->x == NULL || f->y == NULL || f->levels == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->ntrain; i++) {
		f->y[i] = t->target[s->train[i]];
		if (given->unit == RAI_UNIT_LOG && !(f->y[i] > 0))
			return rai_fail(err, RAI_EINPUT,
			    "the target is %g in a row, and the model learns its logarithm",
			    f->y[i]);
		if (given->unit == RAI_UNIT_LOG)
			f->y[i] = rai_log(f->y[i]);
	}
	for (i = 0; i < width; i++)
		f->levels[i] = rai_prep_levels(given->prep, i);
	rai_prep_matrix(given->prep, t, s->train, s->ntrain, f->x);
	return 0;
}

static int
fit_further(const struct rai_table *t, const struct rai_train_options *o, struct further *f,
    struct rai_trained *out, struct rai_err *err)
{
	const struct rai_pipeline *given = o->given;
	struct rai_fit_options opt = {.seed = o->seed,
	    .threads = o->threads,
	    .tick = o->tick,
	    .tick_ctx = o->tick_ctx,
	    .from = &given->fitted};
	struct rai_fit_data d;
	int64_t start;

	if (make_rows(t, given, &out->split, f, err) != 0)
		return -1;
	d = (struct rai_fit_data){.x = f->x,
	    .y = f->y,
	    .n = out->split.ntrain,
	    .width = given->fitted.width,
	    .nclass = given->fitted.nclass,
	    .levels = f->levels};
	rai_pipeline_bound(&out->pipeline, f->y, d.n);
	if (given->low < out->pipeline.low)
		out->pipeline.low = given->low;
	if (given->high > out->pipeline.high)
		out->pipeline.high = given->high;
	start = rai_clock_mono_ns();
	if (o->candidate[0].spec.kind->fit(&out->pipeline.fitted, &d, &opt, err) != 0)
		return -1;
	o->candidate[0].seconds = (double)(rai_clock_mono_ns() - start) * 1e-9;
	return 0;
}

int
rai_train_given(const struct rai_table *t, const struct rai_train_options *o,
    struct rai_trained *out, struct rai_err *err)
{
	const struct rai_pipeline *given = o->given;
	struct further f = {NULL, NULL, NULL};
	int rc;

	out->unit = given->unit;
	if (t->schema.target.nlevel != given->fitted.nclass)
		return rai_fail(err, RAI_EINPUT,
		    "the model predicts %zu classes, the data have %zu (0: a number)",
		    given->fitted.nclass, t->schema.target.nlevel);
	if (o->ncandidate == 0) {
		out->pipeline = *given;
		out->borrowed = 1;
		return 0;
	}
	if (o->candidate[0].spec.kind != given->fitted.kind ||
	    !(given->fitted.kind->can & RAI_CAN_CONTINUE))
		return rai_fail(err, RAI_EINPUT, "a model of kind %s cannot be continued%s%s",
		    given->fitted.kind->name,
		    o->candidate[0].spec.kind != given->fitted.kind ? " as " : "",
		    o->candidate[0].spec.kind != given->fitted.kind
			? o->candidate[0].spec.kind->name
			: "");
	out->pipeline = (struct rai_pipeline){
	    .fitted = o->candidate[0].spec, .unit = given->unit, .smear = given->smear};
	rc = rai_prep_clone(given->prep, &t->schema, &out->pipeline.prep, err);
	if (rc == 0)
		rc = fit_further(t, o, &f, out, err);
	release(&f);
	return rc;
}
