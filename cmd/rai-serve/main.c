#include <string.h>

#include "filter.h"
#include "server.h"

int
main(int argc, char **argv)
{
	struct options o = OPTIONS_DEFAULTS;
	struct rai_opt opts[SERVE_OPTIONS];
	struct rai_cli cli = {.name = "rai-serve",
	    .synopsis = "[serve]",
	    .summary = "serve a model over HTTP",
	    .opts = opts};
	struct rai_buf out = RAI_BUF_INIT(1 << 20);
	struct rai_err err = RAI_ERR_INIT;
	int i;

	serve_options(&o, opts);
	i = rai_cli_parse(&cli, argc, argv);
	if (i < argc && strcmp(argv[i], "serve") == 0) /* so SageMaker starts a container */
		i++;
	if (i < argc)
		rai_cli_usage(&cli, "unexpected argument \"%s\"", argv[i]);
	serve_options_check(&o, &cli);
	i = rai_cli_finish(
	    &cli, (o.from_stdin ? filter_run : server_run)(&o, &cli, &err), &out, &err);
	rai_buf_free(&out);
	return i;
}
