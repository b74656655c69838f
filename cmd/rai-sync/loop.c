#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "sync.h"

enum {
	RETRY_MS = 2000,   /* a commit that could not be applied is tried again */
	SILENT_MS = 30000, /* a remote may be away this long before an event says so */
	CHILD_MS = 20,     /* between looks at a fetch under way */
	MAX_STATUS = 1 << 20
};

static int64_t
mono(void)
{
	return rai_clock_mono_ns() / 1000000;
}

/* SIGTERM and SIGINT become readable instead of ending us. */
static int
catch_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int
was_signalled(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info);
}

static int
busy(const struct options *o, int holder, struct rai_err *err)
{
	return rai_fail(err, RAI_ECONFLICT, "%s: another rai-sync (process %d) keeps this folder",
	    o->state, holder);
}

static int
open_host(const struct options *o, struct rai_cli *cli, struct rai_event_chain *chain,
    struct rai_buf *out, struct rai_host **h, int *holder, struct rai_err *err)
{
	struct rai_host_options ho = {o->state, o->listen, &cli->clock, out, chain};

	*holder = 0;
	return rai_host_open(&ho, h, holder, err);
}

int
run_dry(const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err)
{
	struct rai_event_chain chain = {"", ""};
	struct rai_host_manifest m;
	char oid[RAI_OID_TEXT];
	struct source s;
	struct rai_buf lines = RAI_BUF_INIT(1 << 20);
	int rc = -1;

	memset(&m, 0, sizeof(m));
	if (source_open(o, &s, err) == 0 && source_fetch(&s, err) == 0 &&
	    source_head(&s, oid, err) == 0 && source_read(&s, oid, 0, &m, err) == 0)
		rc = rai_host_diff(o->state, &m, oid, &lines, err);
	if (rc >= 0 && o->json) {
		struct rai_jw w;
		char *line, *save = NULL;

		source_chain(&s, oid, &chain);
		rai_event_begin(&w, out, cli->name,
		    rc == 0 ? "deployment.synced" : "deployment.outofsync", NULL,
		    rai_clock_now(&cli->clock), NULL, &chain);
		rai_jw_str(&w, "target", "local");
		rai_jw_str(&w, "revision", oid);
		rai_jw_array(&w, "plan");
		for (line = strtok_r(lines.ptr, "\n", &save); line != NULL;
		     line = strtok_r(NULL, "\n", &save))
			rai_jw_str(&w, NULL, line);
		rai_jw_end(&w);
		rai_event_end(&w);
	} else if (rc >= 0) {
		rai_buf_printf(
		    out, "%s at %.12s, %s\n", o->branch, oid, rc == 0 ? "in sync" : "differences:");
		rai_buf_add(out, lines.ptr, lines.len);
	}
	rai_buf_free(&lines);
	rai_host_manifest_free(&m);
	source_close(&s);
	return rc;
}

/* Does every status of the folder speak of this commit?  0 synced, 1 degraded, 2 not yet. */
static int
read_status(const struct options *o, const char *oid, struct rai_buf *out)
{
	char *folder = rai_file_join(o->state, "status");
	DIR *d = folder != NULL ? opendir(folder) : NULL;
	struct dirent *e;
	int worst = d != NULL ? -1 : 2;

	rai_buf_clear(out);
	while (d != NULL && (e = readdir(d)) != NULL && worst < 2) {
		struct rai_buf text = RAI_BUF_INIT(MAX_STATUS);
		struct rai_event event;
		const char *revision = "";
		struct cJSON *j = NULL;
		char *path;
		int one = 2;

		if (e->d_name[0] == '.')
			continue;
		path = rai_file_join(folder, e->d_name);
		if (path != NULL && rai_file_read(path, &text, NULL) == 0)
			j = rai_json_parse(text.ptr, text.len, NULL);
		if (j != NULL && rai_event_read(j, &event, NULL) == 0 &&
		    rai_json_str(event.data, "revision", &revision, NULL) == 0 &&
		    strcmp(revision, oid) == 0)
			one = rai_event_is(&event, "deployment.synced") ||
				      rai_event_is(&event, "deployment.healed")
				  ? 0
			      : rai_event_is(&event, "deployment.degraded") ? 1
									    : 2;
		rai_buf_add(out, text.ptr, text.len);
		worst = one > worst ? one : worst;
		rai_json_free(j);
		rai_buf_free(&text);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	free(folder);
	return worst < 0 ? 2 : worst;
}

/* Another rai-sync acts: its word is waited for. */
static int
wait_for_other(const struct options *o, struct source *s, struct rai_buf *out, struct rai_err *err)
{
	int64_t until = mono() + o->timeout_ms;
	char oid[RAI_OID_TEXT];
	int rc;

	if (source_head(s, oid, err) != 0)
		return -1;
	while ((rc = read_status(o, oid, out)) == 2 && mono() < until) {
		struct timespec pause = {0, 50000000};

		nanosleep(&pause, NULL);
	}
	if (rc == 2)
		return rai_fail(err, RAI_ENET, "%.12s: not synced within %lld s", oid,
		    (long long)(o->timeout_ms / 1000));
	return rc;
}

static int
converge(const struct options *o, struct rai_host *h, struct rai_err *err)
{
	int64_t until = mono() + o->timeout_ms;

	for (;;) {
		if (rai_host_step(h, err) != 0)
			return -1;
		if (rai_host_is_settled(h))
			return 0;
		if (rai_host_is_degraded(h))
			return 1;
		if (mono() >= until)
			return rai_fail(err, RAI_ENET, "not as wanted within %lld s",
			    (long long)(o->timeout_ms / 1000));
		rai_host_wait(h, 100, -1);
	}
}

int
run_once(const struct options *o, struct rai_cli *cli, struct rai_event_chain *chain,
    struct rai_buf *out, struct rai_err *err)
{
	struct rai_host_manifest m;
	char oid[RAI_OID_TEXT];
	struct rai_host *h = NULL;
	struct source s;
	int rc = -1, holder, locked;

	memset(&m, 0, sizeof(m));
	signal(SIGPIPE, SIG_IGN);
	if (source_open(o, &s, err) != 0 || source_fetch(&s, err) != 0 ||
	    source_head(&s, oid, err) != 0)
		goto out;
	locked = open_host(o, cli, chain, out, &h, &holder, err);
	if (locked == 1)
		rc = o->wait ? wait_for_other(o, &s, out, err) : busy(o, holder, err);
	if (locked != 0)
		goto out;
	if (source_read(&s, oid, 1, &m, err) != 0)
		goto out;
	if (chain->correlation[0] == '\0')
		source_chain(&s, oid, chain);
	if (rai_host_apply(h, &m, oid, err) == 0)
		rc = converge(o, h, err);
out:
	rai_host_close(h);
	rai_host_manifest_free(&m);
	source_close(&s);
	return rc;
}

/* What --watch knows besides the host. */
struct watch {
	const struct options *o;
	struct rai_cli *cli;
	struct rai_event_chain chain;
	struct source s;
	struct rai_host *h;
	char head[RAI_OID_TEXT], applied[RAI_OID_TEXT];
	int64_t poll_ms, retry_ms, heard_ms;
	int warned, unheard;
};

/* The newest commit becomes what is wanted.  Not possible: 1 and err; what runs stays. */
static int
adopt_commit(struct watch *w, struct rai_err *err)
{
	struct rai_host_manifest m = {0};
	struct rai_event_chain chain;

	if (source_read(&w->s, w->head, 1, &m, err) != 0)
		return 1;
	source_chain(&w->s, w->head, &chain);
	w->chain = chain;
	if (rai_host_apply(w->h, &m, w->head, err) != 0)
		return 1;
	memcpy(w->applied, w->head, sizeof(w->applied));
	w->warned = 0;
	return 0;
}

static void
complain(struct watch *w, const char *message, int event)
{
	if (!w->warned)
		rai_cli_warn(w->cli, "%s", message);
	w->warned = 1;
	if (event)
		rai_host_trouble(w->h, message);
}

static void
all_well(struct watch *w)
{
	w->warned = w->unheard = 0;
	rai_host_trouble(w->h, NULL);
}

/* The branch could not be asked: an event only once that has lasted. */
static void
not_heard(struct watch *w, const char *message, int64_t now)
{
	w->unheard = 1;
	complain(w, message, now - w->heard_ms > SILENT_MS);
}

/* Is it time to look?  A remote is asked by a child, and its answer is what we wait for. */
static int
is_time(struct watch *w, int64_t now)
{
	struct rai_err err = RAI_ERR_INIT;
	int rc;

	if (w->s.child > 0) {
		rc = source_end(&w->s, &err);
		if (rc < 0)
			not_heard(w, err.msg, now);
		return rc == 0;
	}
	if (now < w->poll_ms)
		return 0;
	w->poll_ms = now + source_interval(w->o);
	if (source_begin(&w->s, &err) != 0)
		not_heard(w, err.msg, now);
	return !w->s.remote;
}

/* Looks whether the branch has moved. */
static void
look_at_branch(struct watch *w, int64_t now)
{
	struct rai_err err = RAI_ERR_INIT;
	char head[RAI_OID_TEXT];

	if (!is_time(w, now))
		return;
	if (source_head(&w->s, head, &err) != 0) {
		not_heard(w, err.msg, now);
		return;
	}
	w->heard_ms = now;
	if (w->unheard)
		all_well(w);
	if (strcmp(head, w->applied) == 0) {
		if (strcmp(head, w->head) != 0)
			all_well(w); /* a commit that could not be applied was taken back */
		memcpy(w->head, head, sizeof(head));
		return;
	}
	if (strcmp(head, w->head) == 0 && now < w->retry_ms)
		return;
	if (strcmp(head, w->head) != 0)
		w->warned = 0;
	memcpy(w->head, head, sizeof(head));
	w->retry_ms = now + RETRY_MS;
	if (adopt_commit(w, &err) != 0)
		complain(w, err.msg, 1);
}

static int
drain(struct rai_host *h, struct rai_err *err)
{
	rai_host_stop_all(h);
	for (;;) {
		if (rai_host_step(h, err) != 0)
			return -1;
		if (rai_host_is_empty(h))
			return 0;
		rai_host_wait(h, 100, -1);
	}
}

static int
keep_watching(struct watch *w, int signals, struct rai_buf *out, struct rai_err *err)
{
	for (;;) {
		look_at_branch(w, mono());
		if (rai_host_step(w->h, err) != 0 || rai_cli_emit(out, err) != 0)
			return -1;
		if (was_signalled(signals))
			return w->o->leave ? 0 : drain(w->h, err);
		rai_host_wait(w->h, w->s.child > 0 ? CHILD_MS : w->poll_ms - mono(), signals);
	}
}

int
run_watch(const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err)
{
	struct watch w;
	int rc = -1, signals = catch_signals(), holder, locked;

	memset(&w, 0, sizeof(w));
	w.o = o;
	w.cli = cli;
	if (signals < 0) {
		rai_fail_errno(err, "signals");
		return -1;
	}
	if (source_open(o, &w.s, err) != 0 || source_fetch(&w.s, err) != 0 ||
	    source_head(&w.s, w.head, err) != 0)
		goto out;
	locked = open_host(o, cli, &w.chain, out, &w.h, &holder, err);
	if (locked == 1)
		busy(o, holder, err);
	if (locked != 0 || adopt_commit(&w, err) != 0)
		goto out;
	w.heard_ms = mono();
	rc = keep_watching(&w, signals, out, err);
out:
	rai_host_close(w.h);
	source_close(&w.s);
	close(signals);
	return rc;
}

int
run_stop(const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err)
{
	struct rai_event_chain chain = {"", ""};
	int64_t until = mono() + o->timeout_ms;
	struct rai_host *h = NULL;
	int rc, holder, told = 0;

	if (access(o->state, F_OK) != 0)
		return 0; /* nothing was ever kept there */
	while ((rc = open_host(o, cli, &chain, out, &h, &holder, err)) == 1) {
		struct timespec pause = {0, 20000000};

		if (holder <= 0 || mono() >= until)
			return busy(o, holder, err);
		if (!told && kill(holder, SIGTERM) != 0)
			return busy(o, holder, err);
		told = 1;
		nanosleep(&pause, NULL);
	}
	if (rc == 0)
		rc = drain(h, err);
	rai_host_close(h);
	return rc;
}
