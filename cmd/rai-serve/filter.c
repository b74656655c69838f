#include "filter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "serve/filter.h"
#include "sources.h"

static int
applies(const char *name)
{
	static const char *const names[] = {
	    "stdin", "model", "digest", "signers", "release", "threads", "max-body"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return 1;
	return 0;
}

/*
 * What belongs to a server is refused, as it would do nothing here; an environment that is meant
 * for servers, too, may have it.
 */
static int
check(const struct options *o, const struct rai_cli *cli, struct rai_err *err)
{
	const struct rai_opt *p;

	for (p = cli->opts; p->kind != RAI_OPT_END; p++)
		if (p->from == RAI_FROM_ARGV && !applies(p->name))
			return rai_fail(err, RAI_EINPUT,
			    "--stdin starts no server, which --%s is for: give one of them",
			    p->name);
	return o->models.n == 1
		   ? 0
		   : rai_fail(err, RAI_EINPUT, "--stdin asks one model: give --model once");
}

static int
run(const struct options *o, const struct rai_serve_model *m, struct rai_cli *cli,
    struct rai_err *err)
{
	struct rai_serve_filter f = {.model = m,
	    .in = STDIN_FILENO,
	    .emit = rai_cli_emit,
	    .threads = o->threads > 0 ? (size_t)o->threads : 0,
	    .max_line = (size_t)o->limits.max_body};

	if (rai_serve_filter_run(&f, err) != 0)
		return -1;
	if (f.refused > 0)
		rai_cli_warn(cli,
		    "%" PRIu64 " lines could not be read: see \"error\" in the output", f.refused);
	return f.refused > 0;
}

int
filter_run(const struct options *o, struct rai_cli *cli, struct rai_err *err)
{
	struct sources s = {.cli = cli, .signers = o->signers};
	struct rai_serve_model *m = NULL;
	int rc = -1;

	if (check(o, cli, err) != 0)
		return -1;
	if (sources_init(&s, &o->models, &o->digests, o->release, err) == 0 &&
	    sources_open(&s, &m, err) == 0) {
		rc = run(o, m, cli, err);
		sources_drop(m, 1);
		free(m);
	}
	sources_release(&s);
	return rc;
}
