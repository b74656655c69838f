#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/message.h"
#include "tag.h"

enum { ATTEMPTS = 20 };

/* The newest release before `from` whose model file is neither buried nor the same. */
static const struct rai_release *
one_before(const struct rai_history *h, const struct rai_release *from)
{
	const struct rai_release *r = from;
	size_t left = h->n;

	while (left-- > 0 && r != NULL && r->previous != NULL) {
		r = rai_history_find(h, from->model, r->previous);
		if (r != NULL && strcmp(r->artifact_digest, from->artifact_digest) != 0 &&
		    rai_history_tomb(h, r->model, r->artifact_digest) == NULL)
			return r;
	}
	return NULL;
}

static const struct rai_release *
choose(struct desk *d, const struct rai_history *h, const struct rai_release *from,
    struct rai_err *err)
{
	const struct rai_release *to;

	if (d->o->operand == NULL) {
		to = one_before(h, from);
		if (to == NULL)
			rai_fail(err, RAI_EINPUT,
			    "%s: no release before %s is left to go back to (rai-tag --list)",
			    d->model->name, from->version);
		return to;
	}
	to = rai_history_find(h, d->model->name, d->o->operand);
	if (to == NULL)
		rai_fail(err, RAI_EINPUT, "%s has no release %s (rai-tag --list)", d->model->name,
		    d->o->operand);
	else if (rai_history_tomb(h, to->model, to->artifact_digest) != NULL) {
		rai_fail(err, RAI_EINPUT,
		    "%s: was rolled back itself (models/%s/tombstones/%s; a person may delete it)",
		    to->version, to->model, to->artifact_digest + 7);
		to = NULL;
	} else if (strcmp(to->artifact_digest, from->artifact_digest) == 0) {
		rai_fail(err, RAI_EINPUT, "%s: runs already (%s)", to->version, from->version);
		to = NULL;
	}
	return to;
}

static int
add_tombstone(struct draft *f, const struct rai_tombstone *t, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RAI_RELEASE_MAX);
	char path[200];
	int rc;

	snprintf(path, sizeof(path), "models/%s/tombstones/%s", t->model, t->digest + 7);
	rai_tombstone_write(&text, t);
	rc = draft_add(f, path, &text, err);
	rai_buf_free(&text);
	return rc;
}

/* Everything of the commit; nothing is moved. */
static int
make(struct desk *d, const struct ground *g, struct rai_history *h, const struct rai_release *to,
    const struct rai_tombstone *t, char commit[RAI_OID_TEXT], struct rai_err *err)
{
	struct rai_tombstone copy = *t;
	struct rai_buf message = RAI_BUF_INIT(1 << 16);
	struct draft f = {.n = 0};
	struct sheets s = {NULL, 0};
	int rc = -1;

	rai_message_rollback(&message, to, t);
	if (rai_buf_check(&message, "commit message", err) == 0 &&
	    rai_history_bury(h, &copy, err) == 0 && sheets_read(d, g->base, &s, err) == 0 &&
	    draft_manifests(&f, &s, d->model->deploy.image, to->image, err) == 0 &&
	    add_tombstone(&f, t, err) == 0 && draft_pages(d, g->base, h, &f, err) == 0 &&
	    (!d->on_head || rai_work_tree_check(d->repo, f.change, f.n, err) == 0))
		rc = rai_commit_make(
		    d->repo, g->base, f.change, f.n, message.ptr, d->now_ms, commit, err);
	sheets_free(&s);
	draft_free(&f);
	rai_buf_free(&message);
	return rc;
}

static int
attempt(struct desk *d, struct rai_buf *out, struct rai_err *err)
{
	struct rai_event_chain chain = {"", ""};
	struct rai_history h = {NULL, 0, NULL, 0};
	const struct rai_release *from, *to;
	struct rai_tombstone t;
	struct ground g;
	char version[128], commit[RAI_OID_TEXT];
	int rc = -1;

	if ((d->on_head && rai_work_tree_check(d->repo, NULL, 0, err) != 0) ||
	    ground_find(d, &g, err) != 0)
		return -1;
	rc = running_version(d, g.base, version, sizeof(version), err);
	if (rc < 0 || rai_history_read(d->repo, g.base, &h, err) != 0)
		return -1;
	rc = -1;
	from = rai_history_find(&h, d->model->name, version);
	if (from == NULL) {
		rai_fail(err, RAI_EINPUT, "%s: what the manifests run is no release of %s",
		    d->folder, d->model->name);
		goto out;
	}
	if ((to = choose(d, &h, from, err)) == NULL)
		goto out;
	memset(&t, 0, sizeof(t));
	memcpy(t.digest, from->artifact_digest, sizeof(t.digest));
	t.model = from->model;
	t.version = from->version;
	t.reason = d->o->reason != NULL ? d->o->reason : "";
	t.to = to->version;
	t.time_ms = d->now_ms;
	rc = make(d, &g, &h, to, &t, commit, err);
	if (rc == 0)
		rc = ground_move(d, &g, commit, NULL, NULL, err);
	if (rc == 0)
		rc = write_event(d, commit, to, &t, &chain, out, err);
out:
	rai_history_free(&h);
	return rc;
}

int
run_rollback(const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err)
{
	struct desk d;
	int i, rc = desk_open(&d, o, cli, o->model, err);

	if (rc == 0) {
		for (i = 0, rc = 1; rc == 1 && i < ATTEMPTS; i++)
			rc = attempt(&d, out, err);
		if (rc == 1)
			rc = rai_fail(err, RAI_ECONFLICT,
			    "branch %s is moved or locked by others again and again", d.branch);
	}
	desk_close(&d);
	return rc;
}
