#include <string.h>

#include "drift.h"
#include "stat/stream.h"

/* What watches while windows fill, from a list of words. */

static int
take_word(const char *word, size_t len, struct rai_drift_rule *rule, int *none, struct rai_err *err)
{
	int kind;

	for (kind = 0; rai_stat_stream_names[kind] != NULL; kind++)
		if (strlen(rai_stat_stream_names[kind]) == len &&
		    memcmp(rai_stat_stream_names[kind], word, len) == 0) {
			rule->detectors |= 1U << kind;
			return 0;
		}
	if (len == 6 && memcmp(word, "inputs", len) == 0)
		rule->detect_inputs = 1;
	else if (len == 4 && memcmp(word, "none", len) == 0)
		*none = 1;
	else
		return rai_fail(err, RAI_EINPUT,
		    "\"%.*s\" is not cusum, page-hinkley, adwin, ddm, eddm, kswin, "
		    "inputs or none",
		    (int)(len < 40 ? len : 40), word);
	return 0;
}

int
drift_detectors(const struct options *o, struct rai_drift_rule *rule, struct rai_err *err)
{
	const char *word = o->detector;
	int none = 0;
	size_t len;

	for (;; word += len + 1) {
		len = strcspn(word, ",");
		if (take_word(word, len, rule, &none, err) != 0)
			return -1;
		if (word[len] == '\0')
			break;
	}
	if (none && (rule->detectors != 0 || rule->detect_inputs))
		return rai_fail(err, RAI_EINPUT, "\"%.60s\": none goes with nothing", o->detector);
	if (rule->detect_inputs && !(rule->detectors & 1U << RAI_STREAM_CUSUM))
		return rai_fail(err, RAI_EINPUT,
		    "\"%.60s\": inputs are watched by cusum alone: name it too", o->detector);
	if (o->whole)
		rule->detectors = 0; /* one window, with nothing before it */
	return 0;
}
