#ifndef RAI_SYNC_H
#define RAI_SYNC_H

#include <stdint.h>
#include <sys/types.h>

#include "cli/cli.h"
#include "host/runtime.h"
#include "ledger/repo.h"

struct options {
	const char *target, *repo, *branch, *path, *state, *image_root, *listen, *token;
	struct rai_opt_list port_map;
	int once, watch, wait, dry_run, stop, leave, json;
	int64_t interval_ms, timeout_ms;
	struct rai_host_port *map; /* n_map, from port_map */
	size_t n_map;
};

/* Where the wanted state comes from: a repository beside us, or a clone of one elsewhere. */
struct source {
	const struct options *o;
	int remote;
	char ref[256];
	char *root; /* where relative image folders start, or NULL */
	struct rai_repo *repo;
	pid_t child; /* a fetch under way, or 0 */
	int pipe;    /* its message */
};

/* Milliseconds between looks: the option, or what is cheap for that kind of repository. */
int64_t source_interval(const struct options *o);

int source_open(const struct options *o, struct source *out, struct rai_err *err);
void source_close(struct source *s);

/* A remote's news, fetched by a child process.  begin: only when none is under way. */
int source_begin(struct source *s, struct rai_err *err);

/* 1: still under way (pipe becomes readable); 0: done; -1: it failed. */
int source_end(struct source *s, struct rai_err *err);

/* Begin and end, waiting; nothing to do for a repository beside us. */
int source_fetch(struct source *s, struct rai_err *err);

int source_head(struct source *s, char oid[RAI_OID_TEXT], struct rai_err *err);

/* The manifests at that commit; with unpack the images lie in the state folder afterwards. */
int source_read(struct source *s, const char *oid, int unpack, struct rai_host_manifest *out,
    struct rai_err *err);

/* The incident that the commit belongs to, from its trailers, if it names one. */
void source_chain(struct source *s, const char *oid, struct rai_event_chain *chain);

/* The modes (loop.c): as run() of a program. */
int run_dry(const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err);
int run_once(const struct options *o, struct rai_cli *cli, struct rai_event_chain *chain,
    struct rai_buf *out, struct rai_err *err);
int run_watch(
    const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err);
int run_stop(
    const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err);

#endif
