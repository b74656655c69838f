#ifndef RAI_SERVE_LOG_H
#define RAI_SERVE_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The prediction log: lines appended to a file by a thread of its own.  Adding a line copies it
 * into memory and never waits for the disk; when the bounded memory is full, or the disk refuses,
 * lines are dropped and counted, and whole lines only ever stand in the file.
 */
struct rai_serve_log;

/* When what is written goes to the disk itself: as the system likes, once a second, at once. */
enum rai_serve_log_sync { RAI_LOG_SYNC_NONE, RAI_LOG_SYNC_SECOND, RAI_LOG_SYNC_BATCH };

struct rai_serve_log_config {
	const char *path;  /* "-": standard output */
	const char *name;  /* for messages; NULL: "prediction log" */
	size_t max_bytes;  /* waiting at once; twice as much memory at most */
	uint64_t max_size; /* a file that would grow beyond it is rotated first; 0: none is */
	unsigned keep;     /* how many rotated files stay: path.1 is the newest */
	enum rai_serve_log_sync sync;
	double sample;             /* share of the predictions that are wanted; 0 means 1 */
	const char *const *redact; /* columns whose values stay out of it, or NULL */
	size_t nredact;
	void (*warn)(void *payload, const char *message); /* from the log's thread */
	void *payload;
};

int rai_serve_log_open(
    const struct rai_serve_log_config *config, struct rai_serve_log **out, struct rai_err *err);

/* What it was opened with; the strings stay the caller's. */
const struct rai_serve_log_config *rai_serve_log_config(const struct rai_serve_log *l);

/* n bytes that end with a newline; lines says how many lines they are. */
void rai_serve_log_add(struct rai_serve_log *l, const char *text, size_t n, size_t lines);

/* The path is opened anew before the next line (it has been rotated). */
void rai_serve_log_reopen(struct rai_serve_log *l);

uint64_t rai_serve_log_dropped(const struct rai_serve_log *l); /* lines */
uint64_t rai_serve_log_written(const struct rai_serve_log *l); /* lines */

/* Writes, opens, rotations and syncs that failed. */
uint64_t rai_serve_log_errors(const struct rai_serve_log *l);

/*
 * Writes what waits, ends the thread, frees.  A file that takes nothing for 5 seconds is given up,
 * with a warning and its memory: the process is about to end.  NULL is fine.
 */
void rai_serve_log_free(struct rai_serve_log *l);

#endif
