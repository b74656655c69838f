#include <math.h>
#include <stdio.h>
#include <string.h>

#include "drift/history.h"

/* Marks as JSON lines, and back. */

static void
save_mark(const struct rai_drift_mark *m, struct rai_buf *out)
{
	struct rai_jw j;
	size_t i;

	rai_jw_init(&j, out);
	rai_jw_object(&j, NULL);
	rai_jw_object(&j, RAI_DRIFT_MARK);
	rai_jw_bool(&j, "labels", m->labels);
	rai_jw_int(&j, "number", m->number);
	rai_jw_int(&j, "rows", m->rows);
	rai_jw_int(&j, "from_ms", m->from_ms);
	rai_jw_int(&j, "to_ms", m->to_ms);
	rai_jw_int(&j, "verdict", m->verdict);
	rai_jw_int(&j, "advice", m->advice);
	rai_jw_bool(&j, "moved", m->moved);
	rai_jw_bool(&j, "broken", m->broken);
	rai_jw_int(&j, "hot", (int64_t)m->hot);
	rai_jw_array(&j, "names");
	for (i = 0; i < m->hot && i < RAI_DRIFT_HOT; i++)
		rai_jw_str(&j, NULL, m->name[i]);
	rai_jw_end(&j);
	rai_jw_num(&j, "accuracy", m->accuracy);
	rai_jw_num(&j, "low", m->low);
	rai_jw_num(&j, "high", m->high);
	rai_jw_end(&j);
	rai_jw_end(&j);
	rai_buf_char(out, '\n');
}

void
rai_drift_history_save(const struct rai_drift_history *h, struct rai_buf *out)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		save_mark(&h->mark[i], out);
}

/* As many names as there must be. */
static int
load_names(const struct cJSON *o, struct rai_drift_mark *m, struct rai_err *err)
{
	const struct cJSON *names, *item;
	size_t n = m->hot < RAI_DRIFT_HOT ? m->hot : RAI_DRIFT_HOT, i = 0;

	if (rai_json_array(o, "names", &names, err) != 0)
		return -1;
	for (item = rai_json_first(names); item != NULL; item = rai_json_next(item), i++) {
		if (i == n || rai_json_kind(item) != RAI_JSON_STR ||
		    strlen(rai_json_as_str(item)) >= sizeof(m->name[0]))
			break;
		snprintf(m->name[i], sizeof(m->name[i]), "%s", rai_json_as_str(item));
	}
	return i == n && item == NULL
		   ? 0
		   : rai_fail(err, RAI_EINPUT, "\"names\" must be %zu short texts", n);
}

static int
load_mark(const struct cJSON *o, struct rai_drift_mark *m, struct rai_err *err)
{
	int64_t verdict, advice, hot;

	if (rai_json_bool(o, "labels", &m->labels, err) != 0 ||
	    rai_json_int(o, "number", &m->number, err) != 0 ||
	    rai_json_int(o, "rows", &m->rows, err) != 0 ||
	    rai_json_int(o, "from_ms", &m->from_ms, err) != 0 ||
	    rai_json_int(o, "to_ms", &m->to_ms, err) != 0 ||
	    rai_json_int(o, "verdict", &verdict, err) != 0 ||
	    rai_json_int(o, "advice", &advice, err) != 0 ||
	    rai_json_bool(o, "moved", &m->moved, err) != 0 ||
	    rai_json_bool(o, "broken", &m->broken, err) != 0 ||
	    rai_json_int(o, "hot", &hot, err) != 0 ||
	    rai_json_opt_num(o, "accuracy", &m->accuracy, err) != 0 ||
	    rai_json_opt_num(o, "low", &m->low, err) != 0 ||
	    rai_json_opt_num(o, "high", &m->high, err) != 0)
		return -1;
	if (verdict < RAI_DRIFT_NONE || verdict > RAI_DRIFT_INSUFFICIENT ||
	    advice < RAI_ADVISE_WAIT || advice > RAI_ADVISE_RETRAIN || m->number < 1 ||
	    m->rows < 0 || hot < 0 || hot > 1000000)
		return rai_fail(err, RAI_EINPUT, "no window that was judged");
	m->verdict = (enum rai_drift_verdict)verdict;
	m->advice = (enum rai_drift_advice)advice;
	m->hot = (size_t)hot;
	return load_names(o, m, err);
}

int
rai_drift_history_load(struct rai_drift_history *h, const struct cJSON *line, struct rai_err *err)
{
	struct rai_drift_mark m = {.accuracy = NAN, .low = NAN, .high = NAN};
	const struct cJSON *o;

	if (rai_json_object(line, RAI_DRIFT_MARK, &o, err) != 0 || load_mark(o, &m, err) != 0)
		return -1;
	*rai_drift_history_add(h) = m;
	return 0;
}
