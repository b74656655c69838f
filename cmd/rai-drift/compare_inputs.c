#include <math.h>
#include <string.h>

#include "compare.h"
#include "pool.h"

static int
make_reference(struct comparison *c, struct rai_drift_reference *ref, struct rai_err *err)
{
	struct rai_buf *text = &c->side[0].features;
	struct rai_source *source;
	struct rai_table *t = NULL;
	int rc;

	if (rai_buf_check(text, "the champion's rows", err) != 0 ||
	    rai_source_memory("champion", text->ptr, text->len, &source, err) != 0 ||
	    drift_read_table(c->r->o, source, RAI_FORMAT_JSONL, NULL, &t, err) != 0)
		return -1;
	rc = rai_drift_past_make(&c->past, "champion", t, NULL, err);
	rai_table_free(t);
	return rc == 0 ? rai_drift_reference(&c->past.profile, &c->past.schema, ref, err) : -1;
}

static int
judge(struct comparison *c, double alpha, struct rai_err *err)
{
	struct rai_drift_rule rule = {.psi_above = NAN, .accuracy_below = NAN};
	struct rai_buf *text = &c->side[1].features;
	struct rai_drift_reference ref;
	struct rai_source *source;
	struct pool p;
	int rc = -1;

	memset(&p, 0, sizeof(p));
	if (make_reference(c, &ref, err) == 0 &&
	    rai_buf_check(text, "the challenger's rows", err) == 0 &&
	    rai_source_memory("challenger", text->ptr, text->len, &source, err) == 0 &&
	    pool_read(c->r, source, RAI_FORMAT_JSONL, &ref, &p, err) == 0)
		rc = rai_drift_judge_inputs(&ref, &rule, alpha, &p.rows, &c->in, err);
	pool_free(&p);
	return rc;
}

void
compare_inputs(struct comparison *c, double alpha)
{
	struct rai_err why = RAI_ERR_INIT;

	if (c->side[0].kept < RAI_DRIFT_LEAST || c->side[1].kept < RAI_DRIFT_LEAST)
		return;
	if (judge(c, alpha, &why) != 0)
		rai_cli_warn(c->r->cli, "the inputs of the two are not compared: %s", why.msg);
}
