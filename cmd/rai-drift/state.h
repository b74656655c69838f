#ifndef RAI_DRIFT_CMD_STATE_H
#define RAI_DRIFT_CMD_STATE_H

#include "cli/cli.h"
#include "drift/report.h"

/*
 * The state file of a watch that is run again and again: who wrote it (the reference and the
 * options that decide), how far each log was read, the incident, and the watch's own lines
 * (drift/state.h).  JSON lines, the last of which is the SHA-256 of the others.
 */

/* How far a log was read.  A file is known again by its first bytes, wherever it was moved. */
#define STATE_HEAD 4096
struct position {
	char *path;           /* as it was given */
	int64_t dev, ino;     /* of the file then */
	int64_t offset, line; /* of the first line that was not read; how many were */
	int64_t head;         /* the bytes in digest, from the first one */
	char digest[72];
};

struct positions {
	struct position *list;
	size_t n;
};

const struct position *position_find(const struct positions *p, const char *path);

/* How far fd was read: to offset, behind so many lines.  Replaces what stood there for path. */
int position_set(struct positions *p, const char *path, int fd, int64_t offset, int64_t line,
    struct rai_err *err);
void positions_release(struct positions *p);

/*
 * Where a log now is of which a part was read: its place in the chain (chain.h), or -1: it is gone
 * from there, or was truncated.
 */
int position_place(const struct position *p);

#endif
