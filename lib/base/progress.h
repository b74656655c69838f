#ifndef RAI_BASE_PROGRESS_H
#define RAI_BASE_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The text of a progress line, "fitting forest  42%  1m05s left"; printing is the caller's
 * business (and only when stderr is a terminal).  Times are monotonic nanoseconds.
 */
struct rai_progress {
	int64_t start_ns, shown_ns; /* shown_ns: when a line was last given out */
};

#define RAI_PROGRESS_TEXT 96

void rai_progress_start(struct rai_progress *p, int64_t now_ns);

/*
 * 1 and the line when a tenth of a second has passed since the last one, or all is done; else 0.
 * The time left is the time used, times what is left over what is done.
 */
int rai_progress_line(struct rai_progress *p, const char *what, size_t done, size_t total,
    int64_t now_ns, char out[RAI_PROGRESS_TEXT]);

/* A readable duration: "0.4s", "12s", "3m05s", "2h10m". */
void rai_progress_duration(double seconds, char *out, size_t size);

#endif
