#ifndef RAI_TAG_H
#define RAI_TAG_H

#include "cli/cli.h"
#include "conf/edit.h"
#include "conf/loop.h"
#include "json/event.h"
#include "ledger/commit.h"
#include "ledger/history.h"
#include "ledger/push.h"
#include "ledger/repo.h"

struct options {
	const char *config, *model, *repo, *branch, *remote, *environment, *image_root;
	const char *token, *reason, *output;
	int push, why, rollback, extract, list, json;
	const char *operand; /* VERSION, image, commit or digest; or NULL */
};

/* What a run stands on: opened once by desk_open(), released by desk_close(). */
struct desk {
	const struct options *o;
	struct rai_cli *cli;
	int64_t now_ms;
	struct rai_repo *repo;
	struct rai_loop loop;
	const struct rai_loop_model *model;
	char branch[200], ref[220]; /* "main", "refs/heads/main" */
	int on_head;                /* HEAD is on the branch and there is a work tree */
	char folder[300];           /* of the manifests of the environment */
	char *image_root;           /* where the image directory's relative path starts */
};

int desk_open(struct desk *d, const struct options *o, struct rai_cli *cli, const char *model,
    struct rai_err *err);
void desk_close(struct desk *d);

/* The version's Git tag, "house-price/model-v20251123-1", with or without "refs/tags/". */
void desk_tag(const struct desk *d, const char *version, char *out, size_t size);
void desk_tag_ref(const struct desk *d, const char *version, char *out, size_t size);

/* Where the next commit goes: local and remote heads as they are now ("": none). */
struct ground {
	char base[RAI_OID_TEXT], local[RAI_OID_TEXT], remote[RAI_OID_TEXT];
};

/* With --push the remote is fetched first; diverged branches are refused. */
int ground_find(struct desk *d, struct ground *g, struct rai_err *err);

/*
 * Moves the branch from g to commit (pushing first with --push), makes the version's tag point to
 * the object tag (NULL: no tag), and brings the work tree along.  1: somebody was faster.
 */
int ground_move(struct desk *d, const struct ground *g, const char *commit, const char *tag_ref,
    const char *tag, struct rai_err *err);

/* The manifest files that use the model's image, at a revision. */
struct sheet {
	char *path, *text; /* text: the file */
	size_t len;
	struct rai_image_uses uses; /* never empty */
};

struct sheets {
	struct sheet *sheet; /* n */
	size_t n;
};

/* No file at all is RAI_EINPUT. */
int sheets_read(struct desk *d, const char *revision, struct sheets *out, struct rai_err *err);
void sheets_free(struct sheets *s);

/* The version that a reference's tag names; 1: it has none. */
int image_version(const char *reference, char *out, size_t size);

/* The files of the next commit as they grow. */
enum { DRAFT_MAX = 64 };
struct draft {
	struct rai_change change[DRAFT_MAX];
	size_t n;
};

int draft_add(struct draft *f, const char *path, struct rai_buf *content, struct rai_err *err);
int draft_manifests(struct draft *f, const struct sheets *s, const char *repository,
    const char *reference, struct rai_err *err);

/* CHANGELOG.md and MODEL_REGISTRY.md, after the manifests are in the draft. */
int draft_pages(struct desk *d, const char *base, const struct rai_history *h, struct draft *f,
    struct rai_err *err);
void draft_free(struct draft *f);

/* Each does one of the program's jobs: 0, 1 (no) or -1. */
int run_release(
    const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err);
int run_rollback(
    const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err);
int run_why(const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err);
int run_extract(
    const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err);
int run_list(
    const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err);

/* The commit that brought models/<name>/versions/<version>.json in: its tag's, else by walking
 * back from head; 1: not found. */
int release_commit(struct desk *d, const char *head, const char *version, char oid[RAI_OID_TEXT],
    struct rai_err *err);

/* The version that the branch runs at a revision (image_version of the first sheet); 1: none. */
int running_version(
    struct desk *d, const char *revision, char *out, size_t size, struct rai_err *err);

/*
 * Writes the event of a release or a rollback from its commit alone, so that the same commit
 * always gives the same event.  tomb is NULL for a release.
 */
int write_event(struct desk *d, const char *commit, const struct rai_release *r,
    const struct rai_tombstone *tomb, struct rai_event_chain *chain, struct rai_buf *out,
    struct rai_err *err);

#endif
