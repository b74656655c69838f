#include <signal.h>
#include <string.h>

#include "act.h"
#include "input.h"
#include "net/http.h"

struct options {
	const char *config, *model, *repo, *remote;
	int dry_run;
	int64_t timeout_ms, retry_for_ms;
};

static int
readable(const char *text, size_t len)
{
	struct rai_alerts a;
	struct rai_err err = RAI_ERR_INIT;

	if (rai_alerts_read(text, len, &a, &err) != 0)
		return 0;
	rai_alerts_free(&a);
	return 1;
}

static int
take_document(struct dispatch *d, const struct rai_buf *text, size_t line, struct rai_err *err)
{
	struct rai_err why = RAI_ERR_INIT;
	struct rai_alerts alerts;
	size_t i;
	int rc = 0;

	if (rai_alerts_read(text->ptr, text->len, &alerts, &why) != 0) {
		rai_cli_warn(d->cli, "stdin:%zu: %s", line, why.msg);
		d->bad++;
		return 0;
	}
	if (alerts.truncated > 0)
		rai_cli_warn(d->cli, "stdin:%zu: the sender left out %lld more alerts", line,
		    (long long)alerts.truncated);
	for (i = 0; rc == 0 && i < alerts.n && !d->stopped; i++)
		rc = act_on(d, &alerts.alert[i], err);
	rai_alerts_free(&alerts);
	return rc;
}

static int
read_all(struct dispatch *d, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(16 << 20);
	struct rai_err why = RAI_ERR_INIT;
	struct input in;
	size_t line;
	int rc = 0, got = INPUT_DOCUMENT;

	input_init(&in);
	while (rc == 0 && got != INPUT_END && !d->stopped) {
		rai_buf_clear(&text);
		got = input_next(&in, readable, &text, &line, &why);
		if (got < 0) {
			*err = why;
			rc = -1;
		} else if (got == INPUT_BAD) {
			rai_cli_warn(d->cli, "stdin:%zu: %s", line, why.msg);
			d->bad++;
		} else if (got == INPUT_DOCUMENT)
			rc = take_document(d, &text, line, err);
	}
	input_free(&in);
	rai_buf_free(&text);
	return rc;
}

/* What the counts mean for a script; the reasons stand on stderr already. */
static int
conclude(const struct dispatch *d, struct rai_err *err)
{
	if (d->stopped)
		return rai_fail(err, RAI_ESYS, "ended by a signal");
	if (d->bad > 0)
		return rai_fail(err, RAI_EINPUT, "%zu of the documents or targets failed", d->bad);
	if (d->unreachable > 0)
		return rai_fail(
		    err, RAI_ENET, "%zu alerts could not be acted on now", d->unreachable);
	return d->failed > 0 || d->dispatched == 0;
}

static int
run(struct rai_cli *cli, const struct options *o, const struct rai_loop *loop, struct rai_err *err)
{
	struct dispatch d = {.cli = cli,
	    .loop = loop,
	    .only = o->model,
	    .remote = strcmp(o->remote, "-") == 0 ? NULL : o->remote,
	    .dry_run = o->dry_run,
	    .timeout_ms = o->timeout_ms,
	    .retry_for_ms = o->retry_for_ms,
	    .out = RAI_BUF_INIT(4 << 20)};
	int rc = -1;

	if ((o->model == NULL || rai_loop_find(loop, o->model, err) != NULL) &&
	    rai_repo_open(o->repo, &d.repo, err) == 0) {
		rai_cli_await(cli, "events or an alert");
		rc = read_all(&d, err);
	}
	if (rc == 0)
		rc = conclude(&d, err);
	rai_repo_free(d.repo);
	rai_buf_free(&d.out);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o = {.config = "rai.yaml",
	    .repo = ".",
	    .remote = "origin",
	    .timeout_ms = 30000,
	    .retry_for_ms = 300000};
	struct rai_opt opts[] = {
	    {RAI_OPT_STR, 'c', "config", "file", "the declared loop (rai.yaml)", &o.config, 0},
	    {RAI_OPT_STR, 'm', "model", "name", "act for this model of rai.yaml only", &o.model, 0},
	    {RAI_OPT_FLAG, 'n', "dry-run", NULL, "decide and say what would be done", &o.dry_run,
		0},
	    {RAI_OPT_STR, 'r', "repo", "dir", "the repository that holds the claims (.)", &o.repo,
		0},
	    {RAI_OPT_STR, 0, "remote", "name",
		"where claims are settled; - is the repository itself (origin)", &o.remote, 0},
	    {RAI_OPT_DURATION, 0, "timeout", "time", "for one call of a target (30s)",
		&o.timeout_ms, 0},
	    {RAI_OPT_DURATION, 0, "retry-for", "time", "wait so long between calls in all (5m)",
		&o.retry_for_ms, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};
	struct rai_cli cli = {
	    "rai-dispatch", "", "turn alerts into retrains, one for each cause", opts, {0, 0}, 0};
	struct rai_buf out = RAI_BUF_INIT(64);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_loop loop;
	int rc = -1;

	if (rai_cli_parse(&cli, argc, argv) < argc)
		rai_cli_usage(&cli, "alerts come on stdin: unexpected \"%s\"", argv[argc - 1]);
	signal(SIGPIPE, SIG_IGN);
	if (rai_loop_read(o.config, &loop, &err) == 0) {
		if (rai_loop_options(&loop, cli.name, rai_cli_set, &cli, &err) == 0 &&
		    rai_http_init(&err) == 0 && rai_ledger_init(&err) == 0) {
			rc = run(&cli, &o, &loop, &err);
			rai_ledger_done();
			rai_http_done();
		}
		rai_loop_free(&loop);
	}
	return rai_cli_finish(&cli, rc, &out, &err);
}
