#ifndef RAI_CLI_CLI_H
#define RAI_CLI_CLI_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

/*
 * One option table per program is the source of parsing, --help, the environment variable
 * RAI_<OPTION>, the rai.yaml key and the man-page check.  Order: command line, environment, file.
 * Every program also has --help, --version, --now TIME and --no-fail.
 * This room alone may print or exit; messages are "program: what: why", one line, on stderr.
 */
enum rai_opt_kind {
	RAI_OPT_END,
	RAI_OPT_FLAG,     /* int *: 1 when given; takes no value (in the environment: 1 or 0) */
	RAI_OPT_STR,      /* const char ** */
	RAI_OPT_NUM,      /* double *: finite */
	RAI_OPT_INT,      /* int64_t *: 0 or more */
	RAI_OPT_DURATION, /* int64_t *: milliseconds, from "250ms", "6h" */
	RAI_OPT_SIZE,     /* uint64_t *: bytes, from "10M" */
	RAI_OPT_LIST      /* struct rai_opt_list *: every value given, in order */
};

struct rai_opt_list {
	const char **item; /* n pointers that live as long as argv; freed by rai_cli_finish */
	size_t n;
};

enum rai_opt_from { RAI_FROM_DEFAULT, RAI_FROM_FILE, RAI_FROM_ENV, RAI_FROM_ARGV };

struct rai_opt {
	enum rai_opt_kind kind;
	char letter;      /* 0: none */
	const char *name; /* "at-least" is --at-least, RAI_AT_LEAST and the key at_least */
	const char *arg;  /* what the value is, for the usage text: "file"; NULL for a flag */
	const char *help; /* one line; the default in brackets */
	void *out;
	enum rai_opt_from from; /* set by the parser */
};

struct rai_cli {
	const char *name;     /* "rai-drift" */
	const char *synopsis; /* what follows the options: "[file ...]" */
	const char *summary;  /* one line: "say whether the world has moved" */
	struct rai_opt *opts; /* ends with RAI_OPT_END */
	/* filled by the parser */
	struct rai_clock clock; /* --now, else SOURCE_DATE_EPOCH, else the system's */
	int no_fail;            /* answers that are only "no" exit 0 */
};

/*
 * The exit statuses.  3 and 4 are rai-drift's own answers: run() of that program returns them
 * as they are (any positive value of run() is an answer and becomes the status).
 */
enum { RAI_EXIT_YES = 0, RAI_EXIT_NO = 1, RAI_EXIT_FAILED = 2, RAI_EXIT_RETRY = 75 };

/*
 * Reads argv and the environment; returns the index of the first operand.  Options may also stand
 * behind operands (argv is reordered); after "--" all are operands.  --help and --version
 * print to stdout and exit 0; wrong usage prints one line and a hint to stderr and exits 2.
 */
int rai_cli_parse(struct rai_cli *cli, int argc, char **argv);

/*
 * Sets the option called name from a file, unless the command line or the environment has.
 * 1: there is no such option; -1: the value does not fit (err says what would).  cli is a struct
 * rai_cli; it is void so that a reader of files can call this without knowing options.
 */
int rai_cli_set(void *cli, const char *name, const char *value, struct rai_err *err);

/* Usage error found after parsing: prints, never returns (exit 2). */
void rai_cli_usage(const struct rai_cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* "name: message" to stderr, for warnings and progress notes. */
void rai_cli_warn(const struct rai_cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Before reading stdin: tells a person at a terminal what is being waited for. */
void rai_cli_await(const struct rai_cli *cli, const char *what);

/* 1: stderr is a terminal, so a person may be watching. */
int rai_cli_watched(void);

/*
 * Of stdout: the columns of its terminal, else of the environment's COLUMNS, else 80; and whether
 * it is a terminal that may be coloured (NO_COLOR and TERM=dumb forbid it).
 */
size_t rai_cli_columns(void);
int rai_cli_coloured(void);

/* Overwrites the status line on stderr ("" wipes it); does nothing where nobody watches. */
void rai_cli_status(const char *line);

/* A text for people, as it is, to stderr. */
void rai_cli_say(const struct rai_buf *text);

/* Writes out's content to stdout now and empties it: for streams of events.  0, or -1. */
int rai_cli_emit(struct rai_buf *out, struct rai_err *err);

/*
 * The end of every main: run's result rc (-1: failed, err says why; 0: yes; > 0: the answer is
 * no) and the whole output.  Prints the output (nothing on failure), checks that it arrived,
 * prints the error, releases what the parser allocated, returns the exit status.
 */
int rai_cli_finish(struct rai_cli *cli, int rc, struct rai_buf *out, const struct rai_err *err);

#endif
