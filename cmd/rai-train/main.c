/*
 * rai-train: rows in, a gated model file out.  rai-train(1).
 */
#include "tool.h"

static int
run(struct options *o, struct rai_buf *out, struct rai_err *err)
{
	if (o->describe)
		return run_describe(o, out, err);
	if (o->verify != NULL)
		return run_verify(o, out, err);
	if (o->predict != NULL)
		return run_predict(o, err);
	return run_train(o, out, err);
}

static void
check_usage(const struct options *o, int operands)
{
	if (operands > 1 && o->predict != NULL)
		rai_cli_usage(o->cli, "more than one data file");
	if (o->from != NULL && o->import != NULL)
		rai_cli_usage(o->cli, "only one of --from and --import");
	if (o->describe + (o->predict != NULL) + (o->verify != NULL) > 1)
		rai_cli_usage(o->cli, "only one of --describe, --predict and --verify");
	if (o->event != NULL && o->data != NULL && o->event[0] == '-' && o->data[0] == '-' &&
	    o->event[1] == '\0' && o->data[1] == '\0')
		rai_cli_usage(o->cli, "data and --event cannot both be stdin");
	if (o->learning_curve && (o->from != NULL || o->import != NULL))
		rai_cli_usage(
		    o->cli, "--learning-curve is of fits from nothing, not --from or --import");
	if (o->html != NULL && *o->html == '\0')
		rai_cli_usage(o->cli, "--html: needs the name of a file");
	if (o->external != NULL && *o->external == '\0')
		rai_cli_usage(o->cli, "--external: needs a command");
	if (o->threads == 0 || o->threads > 1024)
		rai_cli_usage(o->cli, "--threads: must be from 1 to 1024");
}

int
main(int argc, char **argv)
{
	struct options o = {.threads = -1, .seed = -1};
	struct rai_opt opts[] = {
	    {RAI_OPT_STR, 'c', "config", "file", "the declared loop (rai.yaml)", &o.config,
		RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 'm', "model", "name", "which model of it (the only one)", &o.model,
		RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 'o', "output", "file", "model file (models/<name>/model.safetensors)",
		&o.output, RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 0, "champion", "file", "model to beat, \"\" for none (the old output)",
		&o.champion, RAI_FROM_DEFAULT},
	    {RAI_OPT_INT, 0, "threads", "n", "threads (one per core)", &o.threads,
		RAI_FROM_DEFAULT},
	    {RAI_OPT_INT, 0, "seed", "n", "instead of split.seed", &o.seed, RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 0, "from", "file", "continue this model with the rows", &o.from,
		RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 0, "import", "file", "judge and keep a model of XGBoost or LightGBM",
		&o.import, RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 0, "external", "command", "train by this program, under our gate",
		&o.external, RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 0, "event", "file", "the event that asked for this training", &o.event,
		RAI_FROM_DEFAULT},
	    {RAI_OPT_FLAG, 0, "report", NULL, "report to stderr also where it is no terminal",
		&o.report, RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 0, "html", "file", "write the report as one HTML page", &o.html,
		RAI_FROM_DEFAULT},
	    {RAI_OPT_FLAG, 0, "importance", NULL, "measure how much each column helps",
		&o.importance, RAI_FROM_DEFAULT},
	    {RAI_OPT_FLAG, 0, "learning-curve", NULL, "fit on parts of the training rows too",
		&o.learning_curve, RAI_FROM_DEFAULT},
	    {RAI_OPT_FLAG, 0, "all-scores", NULL, "measure every candidate on the hold-out",
		&o.all_scores, RAI_FROM_DEFAULT},
	    {RAI_OPT_FLAG, 0, "no-resume", NULL, "start again where a training was interrupted",
		&o.no_resume, RAI_FROM_DEFAULT},
	    {RAI_OPT_FLAG, 0, "describe", NULL, "say what the columns are, and end", &o.describe,
		RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 0, "predict", "file", "predict the rows with this model, and end",
		&o.predict, RAI_FROM_DEFAULT},
	    {RAI_OPT_FLAG, 0, "probabilities", NULL, "predict those of all classes",
		&o.probabilities, RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 0, "verify", "file", "train this model file or release again, compare",
		&o.verify, RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 0, "format", "name", "rows are csv, jsonl or auto (auto)", &o.format,
		RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 0, "separator", "c", "of CSV, also \\t (comma)", &o.separator,
		RAI_FROM_DEFAULT},
	    {RAI_OPT_STR, 0, "quarantine", "file", "set refused rows aside in this file",
		&o.quarantine, RAI_FROM_DEFAULT},
	    {RAI_OPT_SIZE, 0, "max-download", "size", "largest download (64G)", &o.origin.max_bytes,
		RAI_FROM_DEFAULT},
	    {RAI_OPT_DURATION, 0, "stall", "time", "give a silent download up after (30s)",
		&o.origin.stall_ms, RAI_FROM_DEFAULT},
	    {RAI_OPT_FLAG, 0, "plain-http", NULL, "allow http:// to other machines",
		&o.origin.plain_http, RAI_FROM_DEFAULT},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, RAI_FROM_DEFAULT},
	};
	struct rai_cli cli = {
	    "rai-train", "[data ...]", "train a model, and let it pass or not", opts, {0, 0}, 0};
	struct rai_buf out = RAI_BUF_INIT((size_t)1 << 30);
	struct rai_err err = RAI_ERR_INIT;
	int i, status;

	i = rai_cli_parse(&cli, argc, argv);
	o.cli = &cli;
	o.data = i < argc ? argv[i] : NULL;
	o.operand = argv + i;
	o.noperand = (size_t)(argc - i);
	check_usage(&o, argc - i);
	status = rai_cli_finish(&cli, run(&o, &out, &err), &out, &err);
	rai_buf_free(&out);
	return status;
}
