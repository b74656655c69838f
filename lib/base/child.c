#include "base/child.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>

#define PATIENCE 2000 /* ms between the two signals */
#define LOOK 10       /* ms between two looks */

int
rai_child_gone(pid_t pid, int patience_ms, int *status)
{
	const struct timespec moment = {0, LOOK * 1000000L};
	int waited;

	for (waited = 0; waitpid(pid, status, WNOHANG) != pid; waited += LOOK) {
		if (waited >= patience_ms)
			return 0;
		nanosleep(&moment, NULL);
	}
	return 1;
}

void
rai_child_end(pid_t pid, int *status)
{
	kill(pid, SIGTERM);
	if (rai_child_gone(pid, PATIENCE, status))
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
}
