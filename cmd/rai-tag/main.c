#include <signal.h>
#include <stddef.h>

#include "tag.h"

static int
run(const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err)
{
	int rc;

	if (rai_ledger_init(err) != 0)
		return -1;
	if (o->why)
		rc = run_why(o, cli, out, err);
	else if (o->rollback)
		rc = run_rollback(o, cli, out, err);
	else if (o->extract)
		rc = run_extract(o, cli, out, err);
	else if (o->list)
		rc = run_list(o, cli, out, err);
	else
		rc = run_release(o, cli, out, err);
	rai_ledger_done();
	return rc;
}

static void
check_usage(const struct rai_cli *cli, const struct options *o, int operands)
{
	int jobs = o->why + o->rollback + o->extract + o->list;

	if (jobs > 1)
		rai_cli_usage(cli, "only one of --why, --rollback, --extract and --list");
	if (operands > 1)
		rai_cli_usage(cli, "one operand at most");
	if (operands == 1 && (jobs == 0 || o->list))
		rai_cli_usage(
		    cli, "\"%s\": an operand is for --why, --rollback and --extract", o->operand);
	if (o->extract && o->output == NULL)
		rai_cli_usage(cli, "--extract needs --output FILE");
	if (o->reason != NULL && !o->rollback)
		rai_cli_usage(cli, "--reason is for --rollback");
	if (o->json && !o->why && !o->list)
		rai_cli_usage(cli, "--json is for --why and --list");
}

int
main(int argc, char **argv)
{
	struct options o = {.remote = "origin"};
	struct rai_opt opts[] = {
	    {RAI_OPT_STR, 'c', "config", "file", "the declared loop (rai.yaml of the repository)",
		&o.config, 0},
	    {RAI_OPT_STR, 'm', "model", "name", "the model in it (the event's, or the only one)",
		&o.model, 0},
	    {RAI_OPT_STR, 'r', "repo", "dir", "the GitOps repository (.)", &o.repo, 0},
	    {RAI_OPT_STR, 'b', "branch", "name", "the branch to commit to (the one of HEAD)",
		&o.branch, 0},
	    {RAI_OPT_FLAG, 'p', "push", NULL, "push branch and tag to the remote", &o.push, 0},
	    {RAI_OPT_STR, 0, "remote", "name", "the remote to push to (origin)", &o.remote, 0},
	    {RAI_OPT_STR, 'e', "environment", "name", "whose manifests (the first of rai.yaml)",
		&o.environment, 0},
	    {RAI_OPT_STR, 0, "image-root", "dir", "where image directories start (the work tree)",
		&o.image_root, 0},
	    {RAI_OPT_STR, 0, "token", "ref", "secret for http(s) remotes: env:NAME or file:PATH",
		&o.token, 0},
	    {RAI_OPT_FLAG, 'w', "why", NULL, "print the chain behind what runs, or an operand",
		&o.why, 0},
	    {RAI_OPT_FLAG, 0, "rollback", NULL, "go back to an operand, or to the release before",
		&o.rollback, 0},
	    {RAI_OPT_STR, 0, "reason", "text", "why it is rolled back, for the tombstone",
		&o.reason, 0},
	    {RAI_OPT_FLAG, 'x', "extract", NULL, "write the model file of an operand, or current",
		&o.extract, 0},
	    {RAI_OPT_STR, 'o', "output", "file", "where the extracted model file goes", &o.output,
		0},
	    {RAI_OPT_FLAG, 'l', "list", NULL, "print the releases, newest first", &o.list, 0},
	    {RAI_OPT_FLAG, 'j', "json", NULL, "print the chain or the list as JSON", &o.json, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};
	struct rai_cli cli = {.name = "rai-tag",
	    .synopsis = "[operand] < event",
	    .summary = "release a trained model: image, manifest, commit, tag",
	    .opts = opts};
	struct rai_buf out = RAI_BUF_INIT((size_t)256 << 20);
	struct rai_err err = RAI_ERR_INIT;
	int i, rc;

	i = rai_cli_parse(&cli, argc, argv);
	o.operand = i < argc ? argv[i] : NULL;
	check_usage(&cli, &o, argc - i);
	signal(SIGPIPE, SIG_IGN);
	rc = rai_cli_finish(&cli, run(&o, &cli, &out, &err), &out, &err);
	rai_buf_free(&out);
	return rc;
}
