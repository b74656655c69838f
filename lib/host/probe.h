#ifndef RAI_HOST_PROBE_H
#define RAI_HOST_PROBE_H

#include <stddef.h>
#include <stdint.h>

/*
 * One HTTP GET to a loopback port that never blocks: begin, then advance whenever its socket is
 * ready or time has passed.  Times are monotonic milliseconds.  A status from 200 to 399 is good,
 * as for a Kubernetes httpGet probe.
 */
struct rai_host_get {
	int fd; /* -1: idle */
	int sent;
	int64_t until_ms;
	char head[16];
	size_t n;
};

#define RAI_HOST_GET_IDLE       \
	{                       \
		-1, 0, 0, "", 0 \
	}

enum rai_host_verdict { RAI_HOST_PENDING, RAI_HOST_GOOD, RAI_HOST_BAD };

/* 0: under way; -1: it failed at once, which counts as a bad answer. */
int rai_host_get_begin(struct rai_host_get *g, int port, int64_t until_ms);

enum rai_host_verdict rai_host_get_advance(
    struct rai_host_get *g, const char *path, int64_t now_ms);

short rai_host_get_events(const struct rai_host_get *g); /* for poll */
void rai_host_get_cancel(struct rai_host_get *g);

#endif
