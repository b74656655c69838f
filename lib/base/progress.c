#include "base/progress.h"

#include <stdio.h>

void
rai_progress_start(struct rai_progress *p, int64_t now_ns)
{
	p->start_ns = p->shown_ns = now_ns;
}

void
rai_progress_duration(double seconds, char *out, size_t size)
{
	long whole = seconds > 1e9 ? 1000000000 : (long)(seconds + 0.5);

	if (seconds < 9.95)
		snprintf(out, size, "%.1fs", seconds < 0 ? 0.0 : seconds);
	else if (whole < 60)
		snprintf(out, size, "%lds", whole);
	else if (whole < 3600)
		snprintf(out, size, "%ldm%02lds", whole / 60, whole % 60);
	else
		snprintf(out, size, "%ldh%02ldm", whole / 3600, whole / 60 % 60);
}

int
rai_progress_line(struct rai_progress *p, const char *what, size_t done, size_t total,
    int64_t now_ns, char out[RAI_PROGRESS_TEXT])
{
	double used = (double)(now_ns - p->start_ns) * 1e-9;
	char text[24];

	if (total == 0 || (done < total && now_ns - p->shown_ns < 100000000))
		return 0;
	p->shown_ns = now_ns;
	if (done >= total) {
		rai_progress_duration(used, text, sizeof(text));
		snprintf(out, RAI_PROGRESS_TEXT, "%.48s 100%%  took %s", what, text);
	} else if (done == 0)
		snprintf(out, RAI_PROGRESS_TEXT, "%.48s   0%%", what);
	else {
		rai_progress_duration(
		    used * (double)(total - done) / (double)done, text, sizeof(text));
		snprintf(out, RAI_PROGRESS_TEXT, "%.48s %3d%%  %s left", what,
		    (int)(100.0 * (double)done / (double)total), text);
	}
	return 1;
}
