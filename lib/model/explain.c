#include "model/explain.h"

#include <math.h>
#include <stdlib.h>

#include "base/fpmath.h"

const char *
rai_explain_scale_name(enum rai_explain_scale scale)
{
	static const char *const name[] = {[RAI_SCALE_VALUE] = "value",
	    [RAI_SCALE_LOG] = "log",
	    [RAI_SCALE_ROOT] = "root",
	    [RAI_SCALE_PROBABILITY] = "probability",
	    [RAI_SCALE_LOG_ODDS] = "log-odds",
	    [RAI_SCALE_SOFTMAX] = "softmax"};

	return name[scale];
}

int
rai_explain_check(const struct rai_pipeline *p, struct rai_err *err)
{
	return p->fitted.kind->explain != NULL ? 0
					       : rai_fail(err, RAI_EINPUT,
						     "a model of the kind %s is not explained: "
						     "what a column adds depends on all "
						     "others",
						     p->fitted.kind->name);
}

/* Memory of one explanation. */
struct scratch {
	double *x; /* 2 x width */
	uint32_t *player;
	unsigned char *side;
	struct rai_explain_level *level;
};

static void
release(struct scratch *s)
{
	free(s->x);
	free(s->player);
	free(s->side);
	free(s->level);
}

static int
make(struct scratch *s, const struct rai_prep *prep, struct rai_err *err)
{
	size_t n = rai_prep_inputs(prep), width = rai_prep_width(prep), j;

	s->x = calloc(2 * width + 1, sizeof(*s->x));
	s->player = calloc(width + 1, sizeof(*s->player));
	s->side = calloc(n + 1, sizeof(*s->side));
	s->level = calloc(n + 1, sizeof(*s->level));
	if (s->x == NULL || s->player == NULL || s->side == NULL || s->level == NULL)
		return rai_fail_memory(err);
	for (j = 0; j < width; j++)
		s->player[j] = (uint32_t)rai_prep_origin(prep, j);
	return 0;
}

/* A target that was learned as its logarithm: the score is that of the prediction. */
static int
to_log(const struct rai_pipeline *p, struct rai_explanation *out, struct rai_err *err)
{
	double shift = rai_log(p->smear);

	if (out->scale != RAI_SCALE_VALUE)
		return rai_fail(err, RAI_EINPUT,
		    "this model is not explained: its target is a logarithm on another scale");
	out->scale = RAI_SCALE_LOG;
	out->base += shift;
	out->score += shift;
	return 0;
}

int
rai_explain(const struct rai_pipeline *p, const struct rai_cell *row,
    const struct rai_cell *baseline, size_t output, struct rai_explanation *out, size_t *steps,
    struct rai_err *err)
{
	struct rai_explain_game g = {
	    .output = output, .steps = *steps, .factor = 1, .part = out->part};
	struct scratch s = {.x = NULL};
	size_t n = rai_prep_inputs(p->prep), width = rai_prep_width(p->prep), i;
	int rc = -1;

	if (rai_explain_check(p, err) != 0 || make(&s, p->prep, err) != 0)
		goto out;
	rai_prep_row(p->prep, row, s.x);
	rai_prep_row(p->prep, baseline, s.x + width);
	for (i = 0; i < n; i++)
		out->part[i] = 0;
	g.x = s.x;
	g.z = s.x + width;
	g.player = s.player;
	g.side = s.side;
	g.level = s.level;
	rc = p->fitted.kind->explain(&p->fitted, &g) == 0 ? 0 : 1;
	*steps = g.steps;
	out->scale = g.scale;
	out->base = g.base;
	out->score = g.score;
	if (rc == 0 && p->unit == RAI_UNIT_LOG)
		rc = to_log(p, out, err);
out:
	release(&s);
	return rc;
}
