#include <math.h>
#include <string.h>

#include "base/num.h"
#include "drift.h"
#include "lines.h"

/* What a log's predictions say of their own pace. */
struct pace {
	int64_t rows, first, last; /* milliseconds */
};

static void
take_line(struct rai_drift_log *log, const char *text, size_t len, struct pace *p)
{
	struct rai_drift_line line;

	if (len == 0 || rai_drift_log_read(log, text, len, &line, NULL) != 0 ||
	    line.kind != RAI_DRIFT_PREDICTION || line.time_ms <= 0)
		return;
	if (p->rows == 0 || line.time_ms < p->first)
		p->first = line.time_ms;
	if (line.time_ms > p->last)
		p->last = line.time_ms;
	p->rows++;
}

static int
read_pace(const char *path, struct pace *p, struct rai_err *err)
{
	const struct rai_schema none = {.n = 0};
	struct rai_drift_log log = {.cells = NULL};
	struct lines l;
	const char *text;
	size_t len;
	int rc = rai_drift_log_init(&log, &none, NULL, err);

	if (rc == 0 && lines_open(&l, path, RAI_DRIFT_LINE_MAX, err) == 0) {
		do
			while (lines_next(&l, &text, &len))
				take_line(&log, text, len, p);
		while ((rc = lines_fill(&l, err)) == 1);
		lines_close(&l);
	} else
		rc = -1;
	rai_drift_log_release(&log);
	return rc;
}

int
drift_traffic(const struct options *o, double *rows_per_ms, struct rai_err *err)
{
	struct pace p = {0, 0, 0};

	*rows_per_ms = 0;
	if (o->traffic == NULL || rai_num_rate(o->traffic, strlen(o->traffic), rows_per_ms) == 0)
		return 0;
	if (read_pace(o->traffic, &p, err) != 0)
		return rai_wrap(err, "--traffic: neither a rate as 10/min nor a prediction log");
	if (p.rows < 2 || p.last <= p.first)
		return rai_fail(err, RAI_EINPUT,
		    "--traffic: %.200s: no two predictions at two times in it", o->traffic);
	*rows_per_ms = (double)(p.rows - 1) / (double)(p.last - p.first);
	return 0;
}
