#include <string.h>

#include "options.h"

enum { MAX_THREADS = 256, MAX_WINDOW = 10000000 };

void
serve_options(struct options *o, struct rai_opt opts[SERVE_OPTIONS])
{
	const struct rai_opt table[] = {
	    /* the models */
	    {RAI_OPT_LIST, 'm', "model", "[name=]file", "a model file to serve; once for each",
		&o->models, 0},
	    {RAI_OPT_LIST, 0, "digest", "[name=]sha256", "serve nothing but this file", &o->digests,
		0},
	    {RAI_OPT_STR, 0, "signers", "file", "who must have signed what is served", &o->signers,
		0},
	    {RAI_OPT_STR, 0, "release", "text", "the version [from release.json]", &o->release, 0},
	    {RAI_OPT_FLAG, 0, "watch", NULL, "read a model file again when it changes", &o->watch,
		0},

	    /* a filter */
	    {RAI_OPT_FLAG, 0, "stdin", NULL, "no server: rows from stdin, predictions to stdout",
		&o->from_stdin, 0},

	    /* where, and how many at once */
	    {RAI_OPT_STR, 'l', "listen", "host:port", "where to listen [127.0.0.1:5000]",
		&o->listen, 0},
	    {RAI_OPT_INT, 't', "threads", "n", "threads per socket [processors]", &o->threads, 0},
	    {RAI_OPT_DURATION, 0, "drain", "time", "how long SIGTERM waits [5s]", &o->drain_ms, 0},
	    {RAI_OPT_DURATION, 0, "linger", "time", "before that it still accepts, unready [0]",
		&o->linger_ms, 0},
	    {RAI_OPT_STR, 0, "admin", "path", "a Unix socket that takes orders", &o->admin, 0},

	    /* what a client may take */
	    {RAI_OPT_SIZE, 0, "max-head", "size", "memory for the head of a request [8K]",
		&o->limits.max_head, 0},
	    {RAI_OPT_SIZE, 0, "max-body", "size", "largest request body [1M]", &o->limits.max_body,
		0},
	    {RAI_OPT_SIZE, 0, "max-memory", "size", "of all bodies and replies at once [256M]",
		&o->limits.max_memory, 0},
	    {RAI_OPT_INT, 0, "max-connections", "n", "that are served at once [4096]",
		&o->limits.max_connections, 0},
	    {RAI_OPT_DURATION, 0, "max-wait", "time",
		"503 rather than a longer wait; 0: never [1s]", &o->limits.wait_ms, 0},
	    {RAI_OPT_DURATION, 0, "request-timeout", "time", "for a whole request to come [10s]",
		&o->limits.request_ms, 0},
	    {RAI_OPT_DURATION, 0, "idle-timeout", "time", "between two requests [75s]",
		&o->limits.idle_ms, 0},

	    /* who may ask */
	    {RAI_OPT_LIST, 0, "token", "where", "bearer token: env:NAME or file:PATH", &o->tokens,
		0},
	    {RAI_OPT_FLAG, 0, "public", NULL, "other machines may connect without a token",
		&o->is_public, 0},
	    {RAI_OPT_STR, 0, "tls-cert", "file", "serve https with this certificate", &o->tls.cert,
		0},
	    {RAI_OPT_STR, 0, "tls-key", "file", "and this private key", &o->tls.key, 0},
	    {RAI_OPT_STR, 0, "tls-client-ca", "file", "only for clients that it has certified",
		&o->tls.client_ca, 0},

	    /* the prediction log */
	    {RAI_OPT_STR, 0, "log", "file", "append predictions here; - is stdout",
		&o->logging.path, 0},
	    {RAI_OPT_SIZE, 0, "log-max-size", "size", "rotate a log that would grow beyond it",
		&o->logging.max_size, 0},
	    {RAI_OPT_INT, 0, "log-keep", "n", "rotated logs that stay [5]", &o->logging.keep, 0},
	    {RAI_OPT_STR, 0, "log-sample", "share", "log only so many, such as 10%",
		&o->logging.sample, 0},
	    {RAI_OPT_LIST, 0, "log-redact", "name", "a feature that is not logged; once for each",
		&o->logging.redact, 0},
	    {RAI_OPT_STR, 0, "log-sync", "when", "to the disk: none, second, batch [none]",
		&o->logging.sync, 0},

	    /* truth that comes */
	    {RAI_OPT_INT, 0, "window", "n", "pairs in model_accuracy [500]", &o->window, 0},
	    {RAI_OPT_STR, 0, "state", "folder", "keep these pairs here beyond the process",
		&o->state, 0},

	    /* trials */
	    {RAI_OPT_LIST, 0, "canary", "[name=]file", "a model that answers some of the keys",
		&o->challenge.canaries, 0},
	    {RAI_OPT_LIST, 0, "canary-share", "[name=]share", "how many of them [10%]",
		&o->challenge.canary_shares, 0},
	    {RAI_OPT_LIST, 0, "canary-key", "[name=]key", "a column, or header:NAME",
		&o->challenge.canary_keys, 0},
	    {RAI_OPT_LIST, 0, "shadow", "[name=]file", "a model that predicts unseen",
		&o->challenge.shadows, 0},
	    {RAI_OPT_LIST, 0, "shadow-share", "[name=]share", "how many of the rows [100%]",
		&o->challenge.shadow_shares, 0},
	    {RAI_OPT_LIST, 0, "verdict-after", "[name=]n", "pairs before a verdict [200]",
		&o->challenge.verdict_after, 0},
	    {RAI_OPT_LIST, 0, "risk", "[name=]p", "of any false verdict [0.05]",
		&o->challenge.risks, 0},
	    {RAI_OPT_LIST, 0, "margin", "[name=]loss", "a difference that does not matter [0]",
		&o->challenge.margins, 0},
	    {RAI_OPT_STR, 0, "events", "file", "append verdicts here [-: stdout]",
		&o->challenge.events, 0},

	    /* the dashboard */
	    {RAI_OPT_LIST, 0, "show-events", "file",
		"events that the dashboard lists; once for each", &o->show, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};

	_Static_assert(
	    sizeof(table) <= SERVE_OPTIONS * sizeof(*table), "SERVE_OPTIONS is too small");
	memcpy(opts, table, sizeof(table));
}

void
serve_options_check(const struct options *o, const struct rai_cli *cli)
{
	if (o->models.n == 0)
		rai_cli_usage(cli, "--model is needed: the file that rai-train wrote");
	if (o->threads > MAX_THREADS || o->window < 1 || o->window > MAX_WINDOW)
		rai_cli_usage(cli, "--threads is at most 256, --window 1 to 10000000");
	limits_check(&o->limits, cli);
	if (o->watch && o->digests.n > 0)
		rai_cli_usage(cli, "--watch waits for another file, and --digest allows none");
	if (o->tokens.n > 0 && o->is_public)
		rai_cli_usage(cli, "--public is for servers without a --token: give one of them");
}
