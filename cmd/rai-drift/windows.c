#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "drift.h"

#define ROWS_MOST 10000000
#define PANES_MOST 1000
#define WINDOW_MOST_MS ((int64_t)400 * 86400000)

/* A bare number is rows; with a unit it is time.  The other one stays 0. */
static int
read_span(const char *name, const char *text, int64_t *rows, int64_t *time_ms, struct rai_err *err)
{
	size_t len = strlen(text);

	if ((rai_num_int(text, len, 0, INT64_MAX, rows) == 0) ||
	    (rai_num_duration(text, len, time_ms) == 0 && *time_ms > 0))
		return 0;
	return rai_fail(err, RAI_EINPUT,
	    "--%s: \"%.40s\" is neither a number of rows (500) nor a time (6h)", name, text);
}

static int
check_slide(const struct options *o, const struct rai_drift_rule *rule, struct rai_err *err)
{
	int64_t whole = rule->window_ms > 0 ? rule->window_ms : rule->window;
	int64_t part = rule->window_ms > 0 ? rule->slide_ms : rule->slide;

	if (part == 0)
		return rai_fail(err, RAI_EINPUT,
		    "--slide: \"%.40s\" and --window \"%.40s\" must both be rows or both time",
		    o->slide, o->window);
	if (part > whole || whole % part != 0 || whole / part > PANES_MOST)
		return rai_fail(err, RAI_EINPUT,
		    "--slide: %.40s does not go into --window %.40s a whole number of times, at "
		    "most %d",
		    o->slide, o->window, PANES_MOST);
	return 0;
}

int
drift_windows(const struct options *o, struct rai_drift_rule *rule, struct rai_err *err)
{
	if (read_span("window", o->window, &rule->window, &rule->window_ms, err) != 0)
		return -1;
	if (rule->window_ms == 0 && (rule->window < RAI_DRIFT_LEAST || rule->window > ROWS_MOST))
		return rai_fail(err, RAI_EINPUT,
		    "--window: %" PRId64 " is not a number of rows from %d to %d", rule->window,
		    RAI_DRIFT_LEAST, ROWS_MOST);
	if (rule->window_ms > WINDOW_MOST_MS)
		return rai_fail(
		    err, RAI_EINPUT, "--window: %.40s is more than 400 days", o->window);
	if (rule->window_ms > 0 && o->rows)
		return rai_fail(err, RAI_EINPUT,
		    "--window: %.40s: plain rows have no time, give a number of rows", o->window);
	if (o->slide == NULL)
		return 0;
	if (read_span("slide", o->slide, &rule->slide, &rule->slide_ms, err) != 0)
		return -1;
	return check_slide(o, rule, err);
}
