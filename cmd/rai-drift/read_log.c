#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "chain.h"
#include "drift.h"
#include "lines.h"

/* One log being read: its newest line stands in line, unless it was none. */
struct input {
	struct lines lines;
	struct rai_drift_log log;
	struct rai_drift_line line;
	const char *path; /* the operand; lines may be of a file that it was before */
	int ready;        /* line holds a row that has not been handed on */
	int waited;       /* looks for the file that follows this one, in vain */
};

/* Then the name of the log itself is taken: 2 seconds. */
enum { WAITS = 20 };

static int
input_open(struct run *r, struct input *in, const char *path, struct rai_err *err)
{
	const char *digest = r->o->any_digest || r->model == NULL ? NULL : r->about.digest;

	in->ready = 0;
	in->path = path;
	if (rai_drift_log_init(&in->log, r->ref.schema, digest, err) != 0)
		return -1;
	in->log.served = r->served;
	return lines_open(&in->lines, path, RAI_DRIFT_LINE_MAX, err);
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

/* An operand: from its beginning, or where the run before ended, in whatever file that is now. */
static int
input_start(struct run *r, struct input *in, const char *path, struct rai_err *err)
{
	const struct position *p = position_find(&r->seen, path);
	int place = p != NULL ? position_place(p) : 0;
	char name[PATH_MAX];

	if (place < 0)
		rai_cli_warn(r->cli,
		    "%s: rotated away or truncated since the run before: read from its "
		    "beginning, lines may be missing",
		    path);
	if (p == NULL || place < 0)
		return input_open(r, in, path, err);
	if (chain_name(path, place, name, sizeof(name)) != 0)
		return rai_fail(err, RAI_EINPUT, "%s: the name is too long", path);
	if (input_open(r, in, name, err) != 0)
		return -1;
	in->path = in->lines.name = path;
	in->lines.number = p->line;
	if (lseek(in->lines.fd, (off_t)p->offset, SEEK_SET) < 0)
		return rai_fail_errno(err, "%s", path);
	return 0;
}

/* How far all were read, for the run that follows. */
static int
note_positions(struct run *r, const struct input *in, size_t n, struct rai_err *err)
{
	int64_t offset;
	size_t i;

	for (i = 0; r->o->state != NULL && i < n; i++) {
		offset = in[i].lines.fd > STDIN_FILENO ? lines_offset(&in[i].lines) : -1;
		if (offset >= 0 && position_set(&r->seen, in[i].path, in[i].lines.fd, offset,
				       in[i].lines.number, err) != 0)
			return -1;
	}
	return 0;
}

/* Adds its counts to the run's and lets go. */
static void
input_close(struct run *r, struct input *in)
{
	r->bad += in->log.bad;
	r->other_model += in->log.other_model;
	lines_close(&in->lines);
	rai_drift_log_release(&in->log);
}

static void
parse(struct run *r, struct input *in, const char *text, size_t len)
{
	int64_t misfits = in->log.misfits;
	struct rai_err why = RAI_ERR_INIT;

	r->lines++;
	if (rai_drift_log_read(&in->log, text, len, &in->line, &why) == 0)
		in->ready = in->line.kind != RAI_DRIFT_SKIP;
	misfits_add(&r->misfits, in->log.misfits - misfits, in->lines.name, in->lines.number,
	    &in->log.misfit);
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

/*
 * At the end of a file that was rotated: the one that followed it, after what stands behind the
 * last newline, where nothing will be added.  1: goes on; 0: this is the end.
 */
static int
follow_on(struct run *r, struct input *in, struct rai_err *err)
{
	const char *path = in->path, *text;
	int place = in->lines.fd == STDIN_FILENO ? 0 : chain_place(path, in->lines.fd);
	struct input fresh = {.ready = 0};
	char name[PATH_MAX];
	size_t len;

	if (place == 0)
		return 0;
	lines_rest(&in->lines, &text, &len);
	if (len > 0) {
		parse(r, in, text, len);
		return 1;
	}
	if (place < 0)
		tell_lost(r, path);
	if (chain_name(path, place > 0 ? place - 1 : 0, name, sizeof(name)) != 0)
		return rai_fail(err, RAI_EINPUT, "%s: the name is too long", path);
	if (input_open(r, &fresh, name, NULL) != 0) {
		input_close(r, &fresh);
		return 0; /* not there yet */
	}
	fresh.path = fresh.lines.name = path;
	input_close(r, in);
	*in = fresh;
	return 1;
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
		if (!in->ready && rc == 0 && r->o->state != NULL &&
		    (rc = follow_on(r, in, err)) < 0)
			return -1;
	}
	if (in->ready || (r->o->state != NULL && in->lines.fd != STDIN_FILENO))
		return 0; /* half a line waits for the run that reads its end */
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

/* A row that a canary answered: what the model says of it, as far as the log says the row. */
static int
hand_on_elsewhere(struct run *r, struct rai_drift_row *row, struct rai_err *err)
{
	double says = NAN;

	if (memchr(row->withheld, 1, r->ref.schema->n) == NULL)
		says = drift_predict(r, row->cells);
	row->prediction = isfinite(says) ? says : NAN;
	return rai_drift_watch_elsewhere(r->watch, row, err);
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
	else if (in->line.elsewhere)
		rc = hand_on_elsewhere(r, &row, err);
	else {
		snprintf(r->version, sizeof(r->version), "%s", in->log.version);
		rc = rai_drift_watch_prediction(r->watch, &row, err);
	}
	return drift_pushed(r, rc, err);
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
	int rc = input_start(r, in, path, err);

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
	struct input *in = open_all(r, path, n, input_start, err);
	int rc;

	if (in == NULL)
		return -1;
	rc = merge(r, in, n, err);
	if (rc == 0)
		rc = note_positions(r, in, n, err);
	close_all(r, in, n);
	return rc;
}

int
drift_read_stream(struct run *r, struct rai_err *err)
{
	static const char *const standard[] = {"-"};

	return drift_read_files(r, standard, 1, err);
}

/* All complete lines that are there now; no piece of one is kept until the next look. */
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
	return rc == 0 ? lines_back(&in->lines, err) : rc;
}

/* Are lines gone that were read? */
static int
truncated(const struct input *in)
{
	struct stat st;

	return fstat(in->lines.fd, &st) == 0 && st.st_size < lines_offset(&in->lines);
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
	fresh.path = fresh.lines.name = path;
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

/* When the state was written, and how many lines were read then. */
struct saved {
	int64_t ns, lines;
};
#define SAVE_EVERY_NS (INT64_C(10) * 1000000000)

static int
save_now_and_then(
    struct run *r, const struct input *in, size_t n, struct saved *saved, struct rai_err *err)
{
	int64_t now = rai_clock_mono_ns();

	if (r->lines == saved->lines || now - saved->ns < SAVE_EVERY_NS)
		return 0;
	*saved = (struct saved){now, r->lines};
	return note_positions(r, in, n, err) != 0 ? -1 : drift_state_save(r, err);
}

/* Until SIGTERM or SIGINT, which are waited for in place of sleeping. */
static int
follow(struct run *r, struct input *in, const char *const *path, size_t n, struct rai_err *err)
{
	const struct timespec pause = {0, 100000000};
	struct saved saved = {rai_clock_mono_ns(), r->lines};
	sigset_t ends;
	size_t i;
	int rc;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	do {
		for (i = 0; i < n; i++) {
			rc = drain(r, &in[i], err);
			while (rc == 0 && (rc = reopen(r, &in[i], path[i], err)) == 1)
				rc = 0;
			if (rc < 0 || drift_idle(r, err) != 0)
				return -1;
		}
		if (r->o->state != NULL && !r->o->table &&
		    save_now_and_then(r, in, n, &saved, err) != 0)
			return -1;
	} while (sigtimedwait(&ends, NULL, &pause) < 0);
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
	if (rc == 0)
		rc = note_positions(r, in, n, err);
	close_all(r, in, n);
	return rc;
}
