#ifndef RAI_BASE_CHILD_H
#define RAI_BASE_CHILD_H

#include <sys/types.h>

/* What a program that was started here leaves behind. */

/* Waits until it has ended by itself, for so many milliseconds at most: 1, with its status; or 0.
 */
int rai_child_gone(pid_t pid, int patience_ms, int *status);

/* Ends it: SIGTERM, and SIGKILL to what has not ended two seconds later.  status may be NULL. */
void rai_child_end(pid_t pid, int *status);

#endif
