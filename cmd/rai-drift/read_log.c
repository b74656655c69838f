#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "chain.h"
#include "drift.h"
#include "lines.h"

/* One log being read: its newest line stands in line, unless it was none. */
struct input {
	struct lines lines;
	struct rai_drift_log log;
	struct rai_drift_line line;
	int ready;  /* line holds a row that has not been handed on */
	int waited; /* looks for the file that follows this one, in vain */
};

/* Then the name of the log itself is taken: 2 seconds. */
enum { WAITS = 20 };

static int
input_open(struct run *r, struct input *in, const char *path, struct rai_err *err)
{
	const char *digest = r->o->any_digest || r->model == NULL ? NULL : r->about.digest;

	in->ready = 0;
	if (rai_drift_log_init(&in->log, r->ref.schema, digest, err) != 0)
		return -1;
	return lines_open(&in->lines, path, RAI_DRIFT_LINE_MAX, err);
}

/* Adds its counts to the run's and lets go. */
static void
input_close(struct run *r, struct input *in)
{
	r->bad += in->log.bad;
	r->other_model += in->log.other_model;
	r->misfits += in->log.misfits;
	lines_close(&in->lines);
	rai_drift_log_release(&in->log);
}

static void
parse(struct run *r, struct input *in, const char *text, size_t len)
{
	struct rai_err why = RAI_ERR_INIT;

	r->lines++;
	if (rai_drift_log_read(&in->log, text, len, &in->line, &why) == 0)
		in->ready = in->line.kind != RAI_DRIFT_SKIP;
	if (r->stream && in->log.other_model > 0 && !r->warned) {
		rai_cli_warn(r->cli,
		    "%s:%lld: a prediction of another model: after a release, "
		    "start again with the new one",
		    in->lines.name, (long long)in->lines.number);
		r->warned = 1;
	}
	if (why.msg[0] != '\0' && r->first_bad[0] == '\0')
		snprintf(r->first_bad, sizeof(r->first_bad), "%.200s:%lld: %.250s", in->lines.name,
		    (long long)in->lines.number, why.msg);
}

/* Reads on until a row is ready; what stands behind the last newline counts when it is whole. */
static int
advance(struct run *r, struct input *in, struct rai_err *err)
{
	const char *text;
	size_t len;
	int rc = 1;

	while (!in->ready && rc == 1) {
		while (!in->ready && lines_next(&in->lines, &text, &len))
			if (len > 0)
				parse(r, in, text, len);
		if (!in->ready && (rc = lines_fill(&in->lines, err)) < 0)
			return -1;
	}
	if (in->ready)
		return 0;
	lines_rest(&in->lines, &text, &len);
	if (len == 0)
		return 0;
	if (rai_drift_log_read(&in->log, text, len, &in->line, NULL) == 0)
		in->ready = in->line.kind != RAI_DRIFT_SKIP;
	else {
		in->log.bad--; /* it may be a good one soon */
		r->halves++;
	}
	return 0;
}

/* Hands the row on; an event leaves when the verdict changed. */
static int
hand_on(struct run *r, struct input *in, struct rai_err *err)
{
	struct rai_drift_row row = {
	    in->line.id, in->line.time_ms, in->log.cells, in->line.value, in->log.withheld};
	int rc;

	in->ready = 0;
	if (in->line.kind == RAI_DRIFT_LABEL)
		rc = rai_drift_watch_label(
		    r->watch, in->line.id, in->line.value, in->line.time_ms, err);
	else {
		snprintf(r->version, sizeof(r->version), "%s", in->log.version);
		rc = rai_drift_watch_prediction(r->watch, &row, err);
	}
	return rc <= 0 ? rc : drift_tell(r, err);
}

/* The order in which rows of several logs happened; ids break ties, so operands may be in any. */
static int
before(const struct input *a, const struct input *b)
{
	if (a->line.time_ms != b->line.time_ms)
		return a->line.time_ms < b->line.time_ms;
	if (a->line.kind != b->line.kind)
		return a->line.kind < b->line.kind;
	return strcmp(a->line.id, b->line.id) < 0;
}

static int
merge(struct run *r, struct input *in, size_t n, struct rai_err *err)
{
	struct input *first;
	size_t i;

	for (i = 0; i < n; i++)
		if (advance(r, &in[i], err) != 0)
			return -1;
	for (;;) {
		for (i = 0, first = NULL; i < n; i++)
			if (in[i].ready && (first == NULL || before(&in[i], first)))
				first = &in[i];
		if (first == NULL)
			return 0;
		if (hand_on(r, first, err) != 0 || advance(r, first, err) != 0)
			return -1;
	}
}

typedef int opener(struct run *r, struct input *in, const char *path, struct rai_err *err);

/* A log that is followed may be there later. */
static int
input_await(struct run *r, struct input *in, const char *path, struct rai_err *err)
{
	int rc = input_open(r, in, path, err);

	return rc != 0 && in->log.cells != NULL && access(path, F_OK) != 0 ? 0 : rc;
}

static struct input *
open_all(struct run *r, const char *const *path, size_t n, opener *open_one, struct rai_err *err)
{
	size_t opened = 0;
	struct input *in = calloc(n, sizeof(*in));

	if (in == NULL) {
		rai_fail_memory(err);
		return NULL;
	}
	while (opened < n && open_one(r, &in[opened], path[opened], err) == 0)
		opened++;
	if (opened == n)
		return in;
	input_close(r, &in[opened]);
	while (opened > 0)
		input_close(r, &in[--opened]);
	free(in);
	return NULL;
}

static void
close_all(struct run *r, struct input *in, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		input_close(r, &in[i]);
	free(in);
}

int
drift_read_files(struct run *r, const char *const *path, size_t n, struct rai_err *err)
{
	struct input *in = open_all(r, path, n, input_open, err);
	int rc;

	if (in == NULL)
		return -1;
	rc = merge(r, in, n, err);
	close_all(r, in, n);
	return rc;
}

int
drift_read_stream(struct run *r, struct rai_err *err)
{
	static const char *const standard[] = {"-"};

	return drift_read_files(r, standard, 1, err);
}

/* All complete lines that are there now. */
static int
drain(struct run *r, struct input *in, struct rai_err *err)
{
	const char *text;
	size_t len;
	int rc;

	if (in->lines.fd < 0)
		return 0;
	do {
		while (lines_next(&in->lines, &text, &len)) {
			if (len > 0)
				parse(r, in, text, len);
			if (in->ready && hand_on(r, in, err) != 0)
				return -1;
		}
		rc = lines_fill(&in->lines, err);
	} while (rc == 1);
	return rc;
}

static int
truncated(const struct input *in)
{
	struct stat st;

	return fstat(in->lines.fd, &st) == 0 && st.st_size < lseek(in->lines.fd, 0, SEEK_CUR);
}

/* It was moved out of the chain; where there is a chain, files of it may have been missed. */
static void
tell_lost(struct run *r, const char *path)
{
	char name[PATH_MAX];

	if (chain_name(path, 1, name, sizeof(name)) == 0 && access(name, F_OK) == 0)
		rai_cli_warn(r->cli,
		    "%s: rotated away before it was read to its end: lines may be missing", path);
}

/*
 * Rotated or truncated: reads on in the file that followed the one it holds, as rai-serve and
 * logrotate name them, or from the new beginning.  The writer is done with a file before it makes
 * the next one.  1: there may be another one behind it.
 */
static int
reopen(struct run *r, struct input *in, const char *path, struct rai_err *err)
{
	struct input fresh = {.ready = 0};
	char name[PATH_MAX];
	int fd = in->lines.fd, place = fd < 0 ? -1 : chain_place(path, fd);

	if (fd == STDIN_FILENO || (place == 0 && !truncated(in)))
		return 0;
	if (chain_name(path, place > 0 && in->waited < WAITS ? place - 1 : 0, name, sizeof(name)) !=
	    0)
		return rai_fail(err, RAI_EINPUT, "%s: the name is too long", path);
	if (input_open(r, &fresh, name, NULL) != 0) {
		in->waited++;
		input_close(r, &fresh);
		return 0; /* between two names, or not there yet: look again */
	}
	if (place > 0 && chain_place(path, fd) != place) {
		input_close(r, &fresh);
		return 1; /* what the name meant is not sure */
	}
	fresh.lines.name = path;
	if (fd >= 0 && (place < 0 || in->waited >= WAITS))
		tell_lost(r, path);
	if (drain(r, in, err) != 0) {
		input_close(r, &fresh);
		return -1;
	}
	input_close(r, in);
	*in = fresh;
	return drain(r, in, err) != 0 ? -1 : 1;
}

/* Until SIGTERM or SIGINT, which are waited for in place of sleeping. */
static int
follow(struct run *r, struct input *in, const char *const *path, size_t n, struct rai_err *err)
{
	const struct timespec pause = {0, 100000000};
	sigset_t ends;
	size_t i;
	int rc;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	do
		for (i = 0; i < n; i++) {
			rc = drain(r, &in[i], err);
			while (rc == 0 && (rc = reopen(r, &in[i], path[i], err)) == 1)
				rc = 0;
			if (rc < 0)
				return -1;
		}
	while (sigtimedwait(&ends, NULL, &pause) < 0);
	return 0;
}

int
drift_follow_files(struct run *r, const char *const *path, size_t n, struct rai_err *err)
{
	struct input *in = open_all(r, path, n, input_await, err);
	int rc;

	if (in == NULL)
		return -1;
	rc = follow(r, in, path, n, err);
	close_all(r, in, n);
	return rc;
}
