/* rai-sync: make what runs equal to what a Git branch says. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/num.h"
#include "sync.h"

enum { MAX_OUT = 16 << 20, MAX_EVENT = 4 << 20 };

/* "80=5001": a Service's port and the one that it gets on this machine. */
static int
read_port_map(struct options *o, struct rai_err *err)
{
	size_t i;

	o->map = calloc(o->port_map.n + 1, sizeof(*o->map));
	if (o->map == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < o->port_map.n; i++) {
		const char *text = o->port_map.item[i], *eq = strchr(text, '=');

		if (eq == NULL ||
		    rai_num_int(text, (size_t)(eq - text), 1, 65535, &o->map[i].service) != 0 ||
		    rai_num_int(eq + 1, strlen(eq + 1), 1, 65535, &o->map[i].host) != 0)
			return rai_fail(
			    err, RAI_EINPUT, "--port-map: \"%.40s\" is not SERVICEPORT=PORT", text);
		o->n_map++;
	}
	return 0;
}

static int
check(struct options *o, struct rai_err *err)
{
	int modes = o->once + o->watch + o->wait + o->dry_run + o->stop;

	if (modes > 1)
		return rai_fail(err, RAI_EINPUT,
		    "--once, --watch, --wait, --dry-run and --stop exclude each other");
	if (o->target == NULL || strcmp(o->target, "local") != 0)
		return rai_fail(err, RAI_EINPUT, "--target: \"%.40s\" is not known (local)",
		    o->target != NULL ? o->target : "");
	if (o->repo == NULL && !o->stop)
		return rai_fail(err, RAI_EINPUT, "--repo is missing (a folder or a URL)");
	if (o->leave && !o->watch)
		return rai_fail(err, RAI_EINPUT, "--leave goes with --watch only");
	if (o->json && !o->dry_run)
		return rai_fail(err, RAI_EINPUT, "--json goes with --dry-run only");
	return read_port_map(o, err);
}

/* An event that led here ("-" is stdin): its incident is ours. */
static int
follow(const char *path, struct rai_event_chain *chain, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(MAX_EVENT);
	struct rai_event event;
	struct cJSON *j = NULL;
	int rc = -1;

	if (rai_file_read(path, &text, err) == 0 &&
	    (j = rai_json_parse(text.ptr, text.len, err)) != NULL &&
	    rai_event_read(j, &event, err) == 0) {
		rai_event_follow(chain, &event);
		rc = 0;
	} else
		rai_wrap(err, "%s", strcmp(path, "-") == 0 ? "stdin" : path);
	rai_json_free(j);
	rai_buf_free(&text);
	return rc;
}

static int
run(struct options *o, struct rai_cli *cli, const char *event, struct rai_buf *out,
    struct rai_err *err)
{
	struct rai_event_chain chain = {"", ""};

	if (check(o, err) != 0 || (event != NULL && follow(event, &chain, err) != 0) ||
	    rai_ledger_init(err) != 0)
		return -1;
	if (o->stop)
		return run_stop(o, cli, out, err);
	if (o->dry_run)
		return run_dry(o, cli, out, err);
	if (o->watch)
		return run_watch(o, cli, out, err);
	return run_once(o, cli, &chain, out, err);
}

int
main(int argc, char **argv)
{
	struct options o = {.target = "local",
	    .branch = "main",
	    .path = "manifests",
	    .state = ".rai/sync",
	    .listen = "127.0.0.1",
	    .interval_ms = 0, /* by the kind of repository */
	    .timeout_ms = 300000};
	struct rai_opt opts[] = {
	    {RAI_OPT_STR, 't', "target", "kind", "where to: local [local]", &o.target, 0},
	    {RAI_OPT_STR, 'r', "repo", "repository", "folder or URL of the repository", &o.repo, 0},
	    {RAI_OPT_STR, 'b', "branch", "name", "the branch that is wanted [main]", &o.branch, 0},
	    {RAI_OPT_STR, 'p', "path", "folder", "the manifests in it [manifests]", &o.path, 0},
	    {RAI_OPT_STR, 's', "state", "folder", "what is kept between runs [.rai/sync]", &o.state,
		0},
	    {RAI_OPT_STR, 0, "image-root", "folder",
		"where relative images lie [the repository's folder]", &o.image_root, 0},
	    {RAI_OPT_FLAG, 0, "once", NULL, "converge, report and exit (the default)", &o.once, 0},
	    {RAI_OPT_FLAG, 'w', "watch", NULL, "keep going: follow the branch, heal", &o.watch, 0},
	    {RAI_OPT_FLAG, 0, "wait", NULL, "converge, or wait for the rai-sync that watches",
		&o.wait, 0},
	    {RAI_OPT_FLAG, 'n', "dry-run", NULL, "print what would change; 1: something would",
		&o.dry_run, 0},
	    {RAI_OPT_FLAG, 0, "json", NULL, "with -n: an event instead of lines", &o.json, 0},
	    {RAI_OPT_FLAG, 0, "stop", NULL, "stop everything that the state folder keeps", &o.stop,
		0},
	    {RAI_OPT_FLAG, 0, "leave", NULL, "leave replicas running when a watch ends", &o.leave,
		0},
	    {RAI_OPT_STR, 'l', "listen", "address", "of the Services' ports [127.0.0.1]", &o.listen,
		0},
	    {RAI_OPT_LIST, 0, "port-map", "service=port", "another port for a Service's",
		&o.port_map, 0},
	    {RAI_OPT_DURATION, 0, "interval", "time",
		"between looks at the branch [250ms, remote 1s]", &o.interval_ms, 0},
	    {RAI_OPT_DURATION, 0, "timeout", "time", "how long to wait for convergence [5m]",
		&o.timeout_ms, 0},
	    {RAI_OPT_STR, 0, "token", "where", "for https: env:NAME or file:PATH", &o.token, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};
	struct rai_cli cli = {
	    .name = "rai-sync",
	    .synopsis = "[event]",
	    .summary = "make what runs equal to what a Git branch says",
	    .opts = opts,
	};
	struct rai_buf out = RAI_BUF_INIT(MAX_OUT);
	struct rai_err err = RAI_ERR_INIT;
	int i, status;

	i = rai_cli_parse(&cli, argc, argv);
	if (i + 1 < argc)
		rai_cli_usage(&cli, "one event at most, not \"%s\" too", argv[i + 1]);
	status =
	    rai_cli_finish(&cli, run(&o, &cli, i < argc ? argv[i] : NULL, &out, &err), &out, &err);
	rai_ledger_done();
	rai_buf_free(&out);
	free(o.map);
	return status;
}
