#include "drift/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "drift.h"

#define RULES_MAX ((size_t)16 << 20) /* bytes */

/* What rai.yaml asks for; windows by time need no more rows than any judgement. */
static struct rai_drift_alarm
alarm_of(const struct rai_loop_model *m, const struct options *o)
{
	static const enum rai_drift_on on[] = {
	    RAI_DRIFT_ON_ERROR, RAI_DRIFT_ON_DRIFT, RAI_DRIFT_ON_EITHER};
	struct rai_drift_alarm a = {.model = m->name,
	    .psi_above = m->drift.psi_above,
	    .accuracy_below = m->drift.accuracy_below,
	    .rows = RAI_DRIFT_LEAST,
	    .retrain_on = on[m->drift.retrain_on]};

	if (rai_num_int(
		m->drift.window, strlen(m->drift.window), RAI_DRIFT_LEAST, INT64_MAX, &a.rows) != 0)
		a.rows = RAI_DRIFT_LEAST;
	a.alpha = rai_drift_alpha(m->drift.false_alarm_every_ms, o->over, 1, m->drift.alpha);
	return a;
}

static int
write_one(const char *path, struct rai_drift_rules *rules, int manifest, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RULES_MAX);
	int rc;

	if (path == NULL)
		return 0;
	rules->manifest = manifest;
	rai_drift_rules_write(rules, &text);
	rc = drift_write_whole(path, &text, err);
	rai_buf_free(&text);
	return rc;
}

static int
write_both(const struct run *r, const struct rai_loop *loop, struct rai_err *err)
{
	const struct options *o = r->o;
	const struct rai_loop_model *only = NULL;
	struct rai_drift_alarm *alarm;
	struct rai_drift_rules rules = {.over_ms = o->over,
	    .latency = (double)o->latency_above / 1000,
	    .errors = o->errors_above};
	size_t i;
	int rc;

	if (o->name != NULL && (only = rai_loop_find(loop, o->name, err)) == NULL)
		return -1;
	alarm = calloc(loop->n + 1, sizeof(*alarm));
	if (alarm == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < loop->n; i++)
		if (only == NULL || only == &loop->model[i])
			alarm[rules.n++] = alarm_of(&loop->model[i], o);
	rules.alarm = alarm;
	rc = write_one(o->rules, &rules, 0, err);
	if (rc == 0)
		rc = write_one(o->prometheus_rule, &rules, 1, err);
	free(alarm);
	return rc;
}

int
drift_rules(struct run *r, struct rai_err *err)
{
	const struct options *o = r->o;
	int rc = 0;

	if (o->config == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "--rules: the rules follow from rai.yaml: --config FILE is missing");
	if (o->over < 60000)
		rc = rai_fail(err, RAI_EINPUT, "--over: rules look back on a minute (1m) or more");
	if (rc == 0 && !(o->errors_above > 0 && o->errors_above < 1))
		rc = rai_fail(err, RAI_EINPUT, "--errors-above: %g is no share between 0 and 1",
		    o->errors_above);
	if (rc == 0)
		rc = write_both(r, &r->loop, err);
	return rc;
}
