#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ledger/message.h"
#include "oci/image.h"
#include "tag.h"
#include "trained.h"

enum { ATTEMPTS = 20 };

/* One attempt's finished release: objects in the database, nothing moved yet. */
struct made {
	struct rai_history history; /* owns the release, too */
	struct rai_release release;
	char image[600], version[128], previous[128];
	char commit[RAI_OID_TEXT], tag[RAI_OID_TEXT], tag_ref[300];
	char uri[512];
};

static void
made_free(struct made *m)
{
	rai_history_free(&m->history);
	memset(m, 0, sizeof(*m));
}

struct look {
	struct desk *d;
	const char *base;
};

/* A version is taken by its statement or by a tag of that name. */
static int
is_taken(const char *version, void *payload, struct rai_err *err)
{
	struct look *l = payload;
	char path[300], oid[RAI_OID_TEXT];
	int rc;

	rai_release_path(l->d->model->name, version, path, sizeof(path));
	rc = rai_commit_file_id(l->d->repo, l->base, path, oid, err);
	if (rc != 1)
		return rc < 0 ? -1 : 1;
	desk_tag_ref(l->d, version, path, sizeof(path));
	rc = rai_repo_ref(l->d->repo, path, oid, err);
	return rc < 0 ? -1 : rc == 0;
}

/* Do all manifests run a release of this very model file?  1: yes, *out is it. */
static int
is_running(struct desk *d, const char *base, const struct sheets *s, const char *digest,
    struct rai_release *out, struct rai_err *err)
{
	const char *first = s->sheet[0].uses.use[0].text;
	char version[128];
	size_t i, k;
	int rc;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < s->n; i++)
		for (k = 0; k < s->sheet[i].uses.n; k++)
			if (strcmp(s->sheet[i].uses.use[k].text, first) != 0)
				return 0;
	if (image_version(first, version, sizeof(version)) != 0)
		return 0;
	rc = rai_history_release(d->repo, base, d->model->name, version, out, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (strcmp(out->artifact_digest, digest) == 0 && strcmp(out->image, first) == 0)
		return 1;
	rai_release_free(out);
	return 0;
}

static int
write_image(struct desk *d, const struct trained *t, struct made *m, struct rai_err *err)
{
	struct rai_oci_model model = {d->model->name, m->version, t->artifact, t->digest};
	const char *repository = d->model->deploy.image;
	char *dir;
	int rc;

	if (strncmp(repository, "oci:", 4) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "models.%s.deploy.image: \"%.200s\" is not oci:DIR (a layout directory)",
		    d->model->name, repository);
	dir = rai_oci_dir(d->image_root, repository + 4);
	if (dir == NULL)
		return rai_fail_memory(err);
	rc = rai_oci_image_write(dir, &model, m->release.image_digest, err);
	free(dir);
	snprintf(m->image, sizeof(m->image), "%.300s:%s@%s", repository, m->version,
	    m->release.image_digest);
	return rc;
}

/* The tags come when the release is out: an image without a release has none. */
static int
tag_image(struct desk *d, const struct rai_release *r, struct rai_err *err)
{
	char *dir = rai_oci_dir(d->image_root, d->model->deploy.image + 4);
	int rc;

	if (dir == NULL)
		return rai_fail_memory(err);
	rc = rai_oci_tag(dir, r->version, r->image_digest, err);
	if (rc == 0)
		rc = rai_oci_tag(dir, "latest", r->image_digest, err);
	free(dir);
	return rc;
}

/* A path into the work tree becomes one of the repository. */
static const char *
in_repository(const struct desk *d, const char *path)
{
	const char *tree = rai_repo_work_tree(d->repo);
	size_t n = tree != NULL ? strlen(tree) : 0;

	if (strncmp(path, "./", 2) == 0)
		return path + 2;
	return n > 0 && strncmp(path, tree, n) == 0 ? path + n : path;
}

static void
describe(struct desk *d, const struct ground *g, const struct trained *t, struct made *m)
{
	struct rai_release *r = &m->release;
	char digest[RAI_HASH_DIGEST], url[256];

	memcpy(digest, r->image_digest, sizeof(digest));
	*r = t->release; /* what the event says */
	memcpy(r->image_digest, digest, sizeof(digest));
	if (rai_repo_remote_url(d->repo, d->o->remote, url, sizeof(url)) != 0)
		url[0] = '\0';
	snprintf(m->uri, sizeof(m->uri), "git+%s@%s", url, d->ref);
	r->model = d->model->name;
	r->version = m->version;
	r->image = m->image;
	r->previous = m->previous[0] != '\0' ? m->previous : NULL;
	r->time_ms = d->now_ms;
	r->code_uri = m->uri;
	r->config_path = in_repository(d, r->config_path);
	memcpy(r->code_commit, g->base, sizeof(r->code_commit));
	if (d->model->gate.metric != NULL && rai_metrics_find(r, d->model->gate.metric) != NULL)
		r->headline = d->model->gate.metric;
	else if (rai_metrics_find(r, "r2") != NULL)
		r->headline = "r2";
	else if (r->metrics > 0)
		r->headline = r->metric[0].name;
}

/* Sequence and loop depth follow from the releases before. */
static const struct rai_release *
place_in_history(struct made *m, const struct trained *t)
{
	const struct rai_release *before = NULL;
	size_t i;

	m->release.sequence = 1;
	for (i = 0; i < m->history.n; i++)
		if (strcmp(m->history.release[i].model, m->release.model) == 0 &&
		    m->history.release[i].sequence >= m->release.sequence)
			m->release.sequence = m->history.release[i].sequence + 1;
	if (m->previous[0] != '\0')
		before = rai_history_find(&m->history, m->release.model, m->previous);
	m->release.loop_depth = t->by_person ? 0 : 1 + (before != NULL ? before->loop_depth : 0);
	return before;
}

static int
add_statement(struct draft *f, const struct rai_release *r, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RAI_RELEASE_MAX);
	char path[300];
	int rc;

	rai_release_path(r->model, r->version, path, sizeof(path));
	rai_release_write(&text, r);
	rc = draft_add(f, path, &text, err);
	rai_buf_free(&text);
	return rc;
}

static int
write_commit(struct desk *d, const struct ground *g, struct made *m, const struct draft *f,
    const char *message, struct rai_err *err)
{
	char tag[300];

	desk_tag(d, m->version, tag, sizeof(tag));
	desk_tag_ref(d, m->version, m->tag_ref, sizeof(m->tag_ref));
	if (d->on_head && rai_work_tree_check(d->repo, f->change, f->n, err) != 0)
		return -1;
	if (rai_commit_make(
		d->repo, g->base, f->change, f->n, message, d->now_ms, m->commit, err) != 0)
		return -1;
	return rai_commit_tag(d->repo, m->commit, tag, message, d->now_ms, m->tag, err);
}

static int
make(struct desk *d, const struct ground *g, const struct sheets *s, const struct trained *t,
    struct made *m, struct rai_err *err)
{
	struct look look = {d, g->base};
	struct rai_buf message = RAI_BUF_INIT(1 << 16);
	struct draft f = {.n = 0};
	const struct rai_release *before;
	struct rai_release copy;
	int rc = -1;

	if (image_version(s->sheet[0].uses.use[0].text, m->previous, sizeof(m->previous)) != 0 ||
	    is_taken(m->previous, &look, err) != 1)
		m->previous[0] = '\0'; /* the placeholder of a first release */
	if (rai_version_next(d->model->deploy.version, d->now_ms, is_taken, &look, m->version,
		sizeof(m->version), err) != 0 ||
	    write_image(d, t, m, err) != 0 ||
	    rai_history_read(d->repo, g->base, &m->history, err) != 0)
		goto out;
	describe(d, g, t, m);
	before = place_in_history(m, t);
	rai_message_release(&message, &m->release, before);
	copy = m->release;
	if (rai_buf_check(&message, "commit message", err) == 0 &&
	    add_statement(&f, &m->release, err) == 0 &&
	    rai_history_add(&m->history, &copy, err) == 0 &&
	    draft_manifests(&f, s, d->model->deploy.image, m->image, err) == 0 &&
	    draft_pages(d, g->base, &m->history, &f, err) == 0)
		rc = write_commit(d, g, m, &f, message.ptr, err);
out:
	draft_free(&f);
	rai_buf_free(&message);
	return rc;
}

/* The same model file runs already: nothing new is made, what a kill left undone is done. */
static int
confirm(struct desk *d, const struct ground *g, const struct trained *t,
    const struct rai_release *r, struct rai_buf *out, struct rai_err *err)
{
	struct rai_event_chain chain = t->chain;
	struct rai_commit c = {.message = NULL};
	char commit[RAI_OID_TEXT], tag[RAI_OID_TEXT], ref[300], name[300];
	int rc = release_commit(d, g->base, r->version, commit, err);

	if (rc != 0)
		return rc < 0 ? -1
			      : rai_fail(err, RAI_EINPUT, "%s: its release commit is not in %s",
				    r->version, d->branch);
	desk_tag_ref(d, r->version, ref, sizeof(ref));
	desk_tag(d, r->version, name, sizeof(name));
	rc = rai_repo_ref(d->repo, ref, tag, err);
	if (rc == 1) {
		rc = rai_commit_read(d->repo, commit, &c, err);
		if (rc == 0)
			rc = rai_commit_tag(d->repo, commit, name, c.message, c.time_ms, tag, err);
		rai_commit_release(&c);
	}
	if (rc == 0)
		rc = ground_move(d, g, g->base, ref, tag, err);
	if (rc == 0 && write_event(d, commit, r, NULL, &chain, out, err) != 0)
		rc = -1;
	return rc;
}

static int
refuse_buried(struct desk *d, const struct ground *g, const char *digest, struct rai_err *err)
{
	int rc = rai_history_has_tomb(d->repo, g->base, d->model->name, digest, err);

	if (rc == 1)
		rai_cli_warn(d->cli,
		    "%s: this model file was rolled back and is not released again "
		    "(models/%s/tombstones/%s says why; a person may delete it)",
		    digest, d->model->name, digest + 7);
	return rc;
}

/* 0: released; 1: refused; 2: somebody was faster, begin again. */
enum { RELEASED, REFUSED, BEATEN };

static int
attempt(struct desk *d, const struct trained *t, struct rai_buf *out, struct rai_err *err)
{
	struct rai_event_chain chain = t->chain;
	struct rai_release running;
	struct ground g;
	struct sheets s = {NULL, 0};
	struct made m;
	int rc = -1;

	memset(&m, 0, sizeof(m));
	if (d->on_head && rai_work_tree_check(d->repo, NULL, 0, err) != 0)
		return -1;
	if (ground_find(d, &g, err) != 0)
		return -1;
	rc = refuse_buried(d, &g, t->digest, err);
	if (rc != 0)
		return rc < 0 ? -1 : REFUSED;
	if (sheets_read(d, g.base, &s, err) != 0)
		return -1;
	rc = is_running(d, g.base, &s, t->digest, &running, err);
	if (rc == 1) {
		rc = confirm(d, &g, t, &running, out, err);
		if (rc == 0)
			tag_image(d, &running, NULL); /* the image may be elsewhere by now */
		rai_release_free(&running);
	} else if (rc == 0) {
		rc = make(d, &g, &s, t, &m, err);
		if (rc == 0)
			rc = ground_move(d, &g, m.commit, m.tag_ref, m.tag, err);
		if (rc == 0 &&
		    (tag_image(d, &m.release, err) != 0 ||
			write_event(d, m.commit, &m.release, NULL, &chain, out, err) != 0))
			rc = -1;
	}
	made_free(&m);
	sheets_free(&s);
	return rc == 1 ? BEATEN : rc;
}

static int
release(struct desk *d, const struct trained *t, struct rai_buf *out, struct rai_err *err)
{
	int i, rc = BEATEN;

	for (i = 0; rc == BEATEN && i < ATTEMPTS; i++)
		rc = attempt(d, t, out, err);
	if (rc == BEATEN)
		return rai_fail(err, RAI_ECONFLICT,
		    "branch %s is moved or locked by others again and again (%d attempts; a stale "
		    "%s.lock must be deleted by hand)",
		    d->branch, ATTEMPTS, d->ref);
	return rc;
}

int
run_release(const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err)
{
	struct trained t;
	struct desk d;
	int rc;

	rai_cli_await(cli, "the event of a training");
	rc = trained_read(&t, out, err);

	if (rc != 0)
		return rc;
	memset(&d, 0, sizeof(d));
	if (o->model != NULL && strcmp(o->model, t.model) != 0)
		rc = rai_fail(err, RAI_EINPUT, "--model %s, but the event on stdin is about %s",
		    o->model, t.model);
	else if ((rc = desk_open(&d, o, cli, t.model, err)) == 0)
		rc = release(&d, &t, out, err);
	desk_close(&d);
	trained_free(&t);
	return rc;
}
