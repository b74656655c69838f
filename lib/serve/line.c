#include "serve/line.h"

#include <string.h>

/* FNV-1a, and the finish of SplitMix64, since ids differ in their last letters. */
static uint64_t
hash(const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	return h ^ h >> 31;
}

static double
sample_of(const struct rai_serve_log *log)
{
	double sample = rai_serve_log_config(log)->sample;

	return sample > 0 ? sample : 1;
}

int
rai_serve_line_wanted(const struct rai_serve_log *log, const char *id)
{
	double sample;

	if (log == NULL)
		return 0;
	sample = sample_of(log);
	return sample >= 1 || (double)(hash(id) >> 11) * 0x1p-53 < sample;
}

int
rai_serve_line_redacts(const struct rai_serve_log *log)
{
	return log != NULL && rai_serve_log_config(log)->nredact > 0;
}

int
rai_serve_line_hides(const struct rai_serve_log *log, const char *column)
{
	const struct rai_serve_log_config *c;
	size_t i;

	if (log == NULL)
		return 0;
	c = rai_serve_log_config(log);
	for (i = 0; i < c->nredact && strcmp(c->redact[i], column) != 0; i++)
		;
	return i < c->nredact;
}

void
rai_serve_line_marks(const struct rai_serve_log *log, const struct rai_schema *s, struct rai_jw *w)
{
	size_t i;

	if (sample_of(log) < 1)
		rai_jw_num(w, "sample", sample_of(log));
	if (!rai_serve_line_redacts(log))
		return;
	rai_jw_array(w, "redacted");
	for (i = 0; i < s->n; i++)
		if (rai_serve_line_hides(log, s->col[i].name))
			rai_jw_str(w, NULL, s->col[i].name);
	rai_jw_end(w);
}
