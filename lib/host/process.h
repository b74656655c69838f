#ifndef RAI_HOST_PROCESS_H
#define RAI_HOST_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/hash.h"

/*
 * Processes of this machine as the kernel tells them (Linux: /proc, pidfds).  A process is known
 * by its number and start time together, so that a number used again is never mistaken for it.
 */
struct rai_host_process {
	pid_t pid;      /* 0: none */
	uint64_t start; /* clock ticks since boot (/proc/PID/stat, field 22) */
	int fd;         /* pidfd: readable when the process has ended; -1: none */
};

#define RAI_HOST_PROCESS_NONE \
	{                     \
		0, 0, -1      \
	}

/*
 * Sockets that the child inherits by systemd's protocol: http as descriptor 3 and probe as 4;
 * without http (-1) probe is 3.  log gets stdout and stderr.
 */
struct rai_host_birth {
	char *const *argv, *const *env;
	const char *folder; /* working directory */
	int http, probe, log;
};

/*
 * Starts the process in a group of its own, held before exec until rai_host_process_go(), so that
 * it can be recorded first; *gate is that held end.  If the starter dies in between, so does the
 * child.
 */
int rai_host_process_start(
    const struct rai_host_birth *b, struct rai_host_process *out, int *gate, struct rai_err *err);

/* Lets it exec.  0, or -1 when the command cannot be started (err says why). */
int rai_host_process_go(int gate, const char *command, struct rai_err *err);

/* Is pid, started at start, there (and no zombie)?  0: yes, out is filled; 1: no. */
int rai_host_process_find(pid_t pid, uint64_t start, struct rai_host_process *out);

/* The process pid, whenever it was started.  1: there is none. */
int rai_host_process_find_now(pid_t pid, struct rai_host_process *out);

/* 1 when it has ended; *status is wait()'s where it was our child, else -1. */
int rai_host_process_ended(struct rai_host_process *p, int *status);

/* To the process; with group 1 also to every process of its group. */
void rai_host_process_signal(const struct rai_host_process *p, int signal, int group);

void rai_host_process_close(struct rai_host_process *p);

/*
 * SHA-256 (hex) over executable, command line and environment as the kernel shows them now.
 * 1: the process is not there.
 */
int rai_host_process_identity(pid_t pid, char hex[RAI_HASH_HEX]);

/*
 * Calls each for every process of this user whose environment holds NAME=value exactly.
 */
int rai_host_process_scan(const char *variable, void (*each)(pid_t pid, void *payload),
    void *payload, struct rai_err *err);

#endif
