#include "cli/cli.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/tap.h"

struct options {
	const char *text;
	int flag;
	int64_t count, wait;
	double ratio;
	uint64_t size;
	struct rai_opt_list list;
};

/* Parses words with the table below; o keeps the values. */
static int
parse(struct rai_cli *cli, struct options *o, struct rai_opt *opts, int argc, const char **argv)
{
	struct rai_opt table[] = {
	    {RAI_OPT_STR, 't', "text", "text", "some text", &o->text, 0},
	    {RAI_OPT_FLAG, 'f', "flag", NULL, "a flag", &o->flag, 0},
	    {RAI_OPT_INT, 'n', "count", "number", "a count", &o->count, 0},
	    {RAI_OPT_DURATION, 0, "wait-time", "duration", "a wait", &o->wait, 0},
	    {RAI_OPT_NUM, 0, "ratio", "number", "a ratio", &o->ratio, 0},
	    {RAI_OPT_SIZE, 0, "size", "bytes", "a size", &o->size, 0},
	    {RAI_OPT_LIST, 'l', "list", "item", "items", &o->list, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};

	memset(o, 0, sizeof(*o));
	memcpy(opts, table, sizeof(table));
	*cli = (struct rai_cli){
	    .name = "rai-x", .synopsis = "[file]", .summary = "test", .opts = opts};
	return rai_cli_parse(cli, argc, (char **)(uintptr_t)argv);
}

#define PARSE(...)                                                                  \
	parse(&cli, &o, opts,                                                       \
	    (int)(sizeof((const char *[]){"rai-x", __VA_ARGS__}) / sizeof(char *)), \
	    (const char *[]){"rai-x", __VA_ARGS__, NULL})

/* The exit status of parsing these words in a child, its output thrown away. */
static int
status(const char *a, const char *b)
{
	const char *argv[] = {"rai-x", a, b, NULL};
	struct rai_opt opts[8];
	struct rai_cli cli;
	struct options o;
	pid_t child;
	int st = 0;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL ||
		    freopen("/dev/null", "w", stderr) == NULL)
			_exit(99);
		parse(&cli, &o, opts, b == NULL ? 2 : 3, argv);
		_exit(77);
	}
	waitpid(child, &st, 0);
	return WEXITSTATUS(st);
}

int
main(void)
{
	struct rai_opt opts[8];
	struct rai_cli cli;
	struct options o;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf out = RAI_BUF_INIT(100);
	const char *argv_order[] = {"rai-x", "a", "-f", "-n", "4", "--", "-b", NULL};
	int i;

	i = PARSE(
	    "-fn3", "--text=a", "--wait-time", "2m", "--size", "1K", "-l", "x", "-ly", "rest");
	is_int(i, 10, "the first operand is found");
	ok(o.flag == 1 && o.count == 3 && strcmp(o.text, "a") == 0, "letters may be joined");
	ok(o.wait == 120000 && o.size == 1024, "durations and sizes");
	ok(o.list.n == 2 && strcmp(o.list.item[1], "y") == 0, "lists keep order");
	is_int(rai_cli_finish(&cli, 1, &out, &err), 1, "an answer of no is status 1");

	ok(PARSE("--ratio", "0.5", "--", "-f") == 4 && o.flag == 0, "-- ends the options");

	i = parse(&cli, &o, opts, 7, argv_order);
	ok(o.flag == 1 && o.count == 4 && i == 5, "options may stand behind operands");
	ok(strcmp(argv_order[5], "a") == 0 && strcmp(argv_order[6], "-b") == 0,
	    "and operands keep their order");

	setenv("RAI_COUNT", "7", 1);
	setenv("RAI_TEXT", "env", 1);
	PARSE("--text", "argv");
	is_str(o.text, "argv", "the command line beats the environment");
	is_int(o.count, 7, "the environment gives what the command line does not");
	ok(rai_cli_set(&cli, "count", "9", &err) == 0 && o.count == 7, "and beats the file");
	ok(rai_cli_set(&cli, "wait_time", "1s", &err) == 0 && o.wait == 1000,
	    "the file comes last");
	ok(rai_cli_set(&cli, "nothing", "1", &err) == 1, "an unknown key is told apart");
	ok(rai_cli_set(&cli, "ratio", "much", &err) == -1, "a wrong value is an error");
	unsetenv("RAI_COUNT");
	unsetenv("RAI_TEXT");

	PARSE("--now", "2026-11-23T00:00:00Z", "--no-fail");
	ok(cli.clock.fixed && cli.clock.now_ms == 1795392000000, "--now fixes the clock");
	is_int(rai_cli_finish(&cli, 1, &out, &err), 0, "--no-fail makes a no exit 0");
	rai_fail(&err, RAI_ENET, "gone");
	is_int(status("--help", NULL), 0, "--help exits 0");
	is_int(status("--version", NULL), 0, "--version exits 0");
	is_int(status("--wrong", NULL), 2, "an unknown option exits 2");
	is_int(status("--count", NULL), 2, "a missing value exits 2");
	is_int(status("--count", "1O"), 2, "a letter in a number exits 2");
	is_int(status("--flag=1", NULL), 2, "a flag takes no value");
	is_int(status("-z", NULL), 2, "an unknown letter exits 2");
	is_int(status("--now", "soon"), 2, "a wrong time exits 2");
	is_int(status("-f", NULL), 77, "good words go on");
	return tap_done();
}
