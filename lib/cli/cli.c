#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/num.h"

/* One write: threads and programs that share stderr do not cut each other's lines. */
static void
say(const struct rai_cli *cli, const char *fmt, va_list ap)
{
	char line[RAI_ERR_MAX * 2];
	int n = snprintf(line, sizeof(line), "%s: ", cli->name);

	vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	fprintf(stderr, "%s\n", line);
}

void
rai_cli_warn(const struct rai_cli *cli, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(cli, fmt, ap);
	va_end(ap);
}

void
rai_cli_await(const struct rai_cli *cli, const char *what)
{
	if (isatty(STDIN_FILENO))
		rai_cli_warn(cli, "reading %s from this terminal (Ctrl-D ends it)", what);
}

int
rai_cli_watched(void)
{
	return isatty(STDERR_FILENO);
}

size_t
rai_cli_columns(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int64_t n = 80;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	if (columns != NULL && rai_num_int(columns, strlen(columns), 1, 10000, &n) != 0)
		n = 80;
	return (size_t)n;
}

int
rai_cli_coloured(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

void
rai_cli_status(const char *line)
{
	if (rai_cli_watched()) {
		fprintf(stderr, "\r%s\033[K", line);
		fflush(stderr);
	}
}

void
rai_cli_say(const struct rai_buf *text)
{
	fwrite(text->ptr, 1, text->len, stderr);
}

void
rai_cli_usage(const struct rai_cli *cli, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(cli, fmt, ap);
	va_end(ap);
	fprintf(stderr, "usage: %s [options]%s%s (see %s --help)\n", cli->name,
	    cli->synopsis[0] ? " " : "", cli->synopsis, cli->name);
	exit(RAI_EXIT_FAILED);
}

static void
help_line(char letter, const char *name, const char *arg, const char *help)
{
	char left[64];

	snprintf(left, sizeof(left), "%s--%s%s%s",
	    letter ? (char[]){'-', letter, ',', ' ', 0} : "    ", name, arg ? " " : "",
	    arg ? arg : "");
	printf("  %-30s %s\n", left, help);
}

static void
help(const struct rai_cli *cli)
{
	const struct rai_opt *o;

	printf("usage: %s [options]%s%s\n%s\n\n", cli->name, cli->synopsis[0] ? " " : "",
	    cli->synopsis, cli->summary);
	for (o = cli->opts; o->kind != RAI_OPT_END; o++)
		help_line(o->letter, o->name, o->arg, o->help);
	help_line(0, "now", "time", "use this time (RFC 3339) instead of the clock");
	help_line(0, "no-fail", NULL, "exit 0 also when the answer is only \"no\"");
	help_line('h', "help", NULL, "print this and exit");
	help_line('V', "version", NULL, "print the version and exit");
	printf("\nThe manual is %s(1); exit statuses and events are in rai-json(5).\n", cli->name);
}

/* A wrong close or a full disk must not look like success. */
static int
flush_stdout(void)
{
	return fflush(stdout) != 0 || ferror(stdout) ? -1 : 0;
}

static int
list_add(struct rai_opt_list *list, const char *value, struct rai_err *err)
{
	const char **p = realloc(list->item, (list->n + 1) * sizeof(*p));

	if (p == NULL)
		return rai_fail_memory(err);
	list->item = p;
	list->item[list->n++] = value;
	return 0;
}

/* Puts value into the option; the message says what would be right. */
static int
store(struct rai_opt *o, const char *value, struct rai_err *err)
{
	size_t n = strlen(value);
	const char *want = NULL;

	switch (o->kind) {
	case RAI_OPT_END:
		break;
	case RAI_OPT_FLAG:
		if (strcmp(value, "1") == 0 || strcmp(value, "true") == 0)
			*(int *)o->out = 1;
		else if (strcmp(value, "0") == 0 || strcmp(value, "false") == 0)
			*(int *)o->out = 0;
		else
			want = "true or false";
		break;
	case RAI_OPT_STR:
		*(const char **)o->out = value;
		break;
	case RAI_OPT_NUM:
		if (rai_num_double(value, n, o->out) != 0)
			want = "a number";
		break;
	case RAI_OPT_INT:
		if (rai_num_int(value, n, 0, INT64_MAX, o->out) != 0)
			want = "a whole number, 0 or more";
		break;
	case RAI_OPT_DURATION:
		if (rai_num_duration(value, n, o->out) != 0)
			want = "a duration such as 500ms, 15s or 6h";
		break;
	case RAI_OPT_SIZE:
		if (rai_num_size(value, n, o->out) != 0)
			want = "a size such as 4096, 64K or 10M";
		break;
	case RAI_OPT_LIST:
		return list_add(o->out, value, err);
	}
	if (want != NULL)
		return rai_fail(err, RAI_EINPUT, "--%s: \"%s\" is not %s", o->name, value, want);
	return 0;
}

/* An option may not take a weaker source's value once a stronger one has spoken. */
static int
set(struct rai_opt *o, const char *value, enum rai_opt_from from, struct rai_err *err)
{
	if (o->from > from)
		return 0;
	if (store(o, value, err) != 0)
		return -1;
	o->from = from;
	return 0;
}

static struct rai_opt *
find(struct rai_cli *cli, const char *name, size_t n)
{
	struct rai_opt *o;

	for (o = cli->opts; o->kind != RAI_OPT_END; o++)
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

static void
read_environment(struct rai_cli *cli)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_opt *o;
	const char *value;
	char name[64];
	size_t i;

	for (o = cli->opts; o->kind != RAI_OPT_END; o++) {
		snprintf(name, sizeof(name), "RAI_%s", o->name);
		for (i = 4; name[i] != '\0'; i++)
			name[i] = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
		value = getenv(name);
		if (value != NULL && *value != '\0' && set(o, value, RAI_FROM_ENV, &err) != 0)
			rai_cli_usage(cli, "environment variable %s: %s", name, err.msg);
	}
}

static void
read_clock(struct rai_cli *cli, const char *now)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	int64_t s;

	if (now != NULL) {
		if (rai_clock_parse(now, strlen(now), &cli->clock.now_ms) != 0)
			rai_cli_usage(
			    cli, "--now: \"%s\" is not a time such as 2026-11-23T06:42:23Z", now);
		cli->clock.fixed = 1;
	} else if (epoch != NULL && *epoch != '\0') {
		if (rai_num_int(epoch, strlen(epoch), 0, INT64_MAX / 1000, &s) != 0)
			rai_cli_usage(
			    cli, "SOURCE_DATE_EPOCH: \"%s\" is not a number of seconds", epoch);
		cli->clock.now_ms = s * 1000;
		cli->clock.fixed = 1;
	}
}

static void
answer_help(const struct rai_cli *cli)
{
	help(cli);
	exit(flush_stdout() == 0 ? 0 : RAI_EXIT_FAILED);
}

static void
answer_version(const struct rai_cli *cli)
{
	printf("%s %s\n", cli->name, RAI_VERSION);
	exit(flush_stdout() == 0 ? 0 : RAI_EXIT_FAILED);
}

struct cursor {
	int argc, i;
	char **argv;
	const char *now;
};

static const char *
value_of(struct rai_cli *cli, struct cursor *c, const char *inline_value, const char *word)
{
	if (inline_value != NULL)
		return inline_value;
	if (c->i + 1 >= c->argc)
		rai_cli_usage(cli, "%s needs a value", word);
	return c->argv[++c->i];
}

static void
take(struct rai_cli *cli, struct cursor *c, struct rai_opt *o, const char *value, const char *word)
{
	struct rai_err err = RAI_ERR_INIT;

	if (o->kind == RAI_OPT_FLAG) {
		if (value != NULL)
			rai_cli_usage(cli, "--%s takes no value", o->name);
		value = "1";
	} else
		value = value_of(cli, c, value, word);
	if (set(o, value, RAI_FROM_ARGV, &err) != 0)
		rai_cli_usage(cli, "%s", err.msg);
}

static void
take_long(struct rai_cli *cli, struct cursor *c)
{
	const char *word = c->argv[c->i], *name = word + 2, *eq = strchr(name, '=');
	size_t n = eq != NULL ? (size_t)(eq - name) : strlen(name);
	struct rai_opt *o;

	if (strcmp(name, "help") == 0)
		answer_help(cli);
	if (strcmp(name, "version") == 0)
		answer_version(cli);
	if (strcmp(name, "no-fail") == 0) {
		cli->no_fail = 1;
		return;
	}
	if (n == 3 && memcmp(name, "now", 3) == 0) {
		c->now = value_of(cli, c, eq != NULL ? eq + 1 : NULL, word);
		return;
	}
	o = find(cli, name, n);
	if (o == NULL)
		rai_cli_usage(cli, "unknown option --%.*s", (int)n, name);
	take(cli, c, o, eq != NULL ? eq + 1 : NULL, word);
}

static void
take_letters(struct rai_cli *cli, struct cursor *c)
{
	const char *word = c->argv[c->i], *p;
	struct rai_opt *o;

	for (p = word + 1; *p != '\0'; p++) {
		if (*p == 'h')
			answer_help(cli);
		if (*p == 'V')
			answer_version(cli);
		for (o = cli->opts; o->kind != RAI_OPT_END && o->letter != *p; o++)
			;
		if (o->kind == RAI_OPT_END)
			rai_cli_usage(cli, "unknown option -%c", *p);
		if (o->kind == RAI_OPT_FLAG) {
			take(cli, c, o, NULL, word);
			continue;
		}
		take(cli, c, o, p[1] != '\0' ? p + 1 : NULL, (char[]){'-', *p, 0});
		return;
	}
}

/* Operands go behind the options, in their order, as GNU programs have it. */
static void
set_aside(struct cursor *c, int argc)
{
	char *word = c->argv[c->i];

	memmove(c->argv + c->i, c->argv + c->i + 1, (size_t)(argc - c->i - 1) * sizeof(c->argv[0]));
	c->argv[argc - 1] = word;
	c->argc--;
}

int
rai_cli_parse(struct rai_cli *cli, int argc, char **argv)
{
	struct cursor c = {argc, 1, argv, NULL};
	int only_operands = 0;

	while (c.i < c.argc) {
		const char *word = argv[c.i];

		if (only_operands || word[0] != '-' || word[1] == '\0') {
			set_aside(&c, argc);
			continue;
		}
		if (strcmp(word, "--") == 0)
			only_operands = 1;
		else if (word[1] == '-')
			take_long(cli, &c);
		else
			take_letters(cli, &c);
		c.i++;
	}
	read_environment(cli);
	read_clock(cli, c.now);
	return c.argc;
}

int
rai_cli_set(void *cli, const char *name, const char *value, struct rai_err *err)
{
	char option[64];
	struct rai_opt *o;
	size_t i;

	snprintf(option, sizeof(option), "%s", name);
	for (i = 0; option[i] != '\0'; i++)
		if (option[i] == '_')
			option[i] = '-';
	o = find(cli, option, strlen(option));
	return o == NULL ? 1 : set(o, value, RAI_FROM_FILE, err);
}

int
rai_cli_emit(struct rai_buf *out, struct rai_err *err)
{
	if (rai_buf_check(out, "output", err) != 0)
		return -1;
	if (out->len > 0 && fwrite(out->ptr, 1, out->len, stdout) != out->len)
		return rai_fail_errno(err, "stdout");
	if (flush_stdout() != 0)
		return rai_fail_errno(err, "stdout");
	rai_buf_clear(out);
	return 0;
}

static void
free_lists(struct rai_cli *cli)
{
	struct rai_opt *o;

	for (o = cli->opts; o->kind != RAI_OPT_END; o++)
		if (o->kind == RAI_OPT_LIST) {
			free(((struct rai_opt_list *)o->out)->item);
			*(struct rai_opt_list *)o->out = (struct rai_opt_list){NULL, 0};
		}
}

int
rai_cli_finish(struct rai_cli *cli, int rc, struct rai_buf *out, const struct rai_err *err)
{
	struct rai_err lost = RAI_ERR_INIT;
	const struct rai_err *why = err;
	int status;

	if (rc >= 0 && rai_cli_emit(out, &lost) != 0) {
		rc = -1;
		why = &lost;
	}
	if (rc >= 0)
		status = cli->no_fail ? RAI_EXIT_YES : rc;
	else {
		rai_cli_warn(cli, "%s", why->msg);
		status = why->code == RAI_ENET || why->code == RAI_ECONFLICT ? RAI_EXIT_RETRY
									     : RAI_EXIT_FAILED;
	}
	free_lists(cli);
	return status;
}
