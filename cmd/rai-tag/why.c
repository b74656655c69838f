#include "why.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "ledger/message.h"
#include "oci/image.h"

static void link_add(struct why *w, const char *name, enum why_state state, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void
link_add(struct why *w, const char *name, enum why_state state, const char *fmt, ...)
{
	struct why_link *l = &w->link[w->n];
	va_list ap;

	if (w->n == WHY_LINKS)
		return;
	l->name = name;
	l->state = state;
	va_start(ap, fmt);
	vsnprintf(l->text, sizeof(l->text), fmt, ap);
	va_end(ap);
	w->n++;
}

static enum why_state
truth(int is)
{
	return is ? WHY_VERIFIED : WHY_WRONG;
}

/*
 * The commit since which the manifest is as it is now: the release's own, a rollback, or a
 * person's.  Back along first parents until the file differs.
 */
static int
link_running(struct desk *d, const char *head, const char *file, struct why *w, struct rai_err *err)
{
	char now[RAI_OID_TEXT], then[RAI_OID_TEXT];
	struct rai_commit c;
	char at[RAI_OID_TEXT];
	int rc;

	snprintf(at, sizeof(at), "%s", head);
	rc = rai_commit_file_id(d->repo, head, file, now, err);
	while (rc == 0) {
		if (rai_commit_read(d->repo, at, &c, err) != 0)
			return -1;
		rc = c.parent[0] == '\0' ? 1
					 : rai_commit_file_id(d->repo, c.parent, file, then, err);
		if (rc != 0 || strcmp(now, then) != 0) {
			link_add(w, "running", WHY_VERIFIED, "since commit %.12s by %s: %.*s", at,
			    c.author, (int)strcspn(c.message, "\n"), c.message);
			rc = rc < 0 ? -1 : 1;
		}
		memcpy(at, c.parent, sizeof(at));
		rai_commit_release(&c);
	}
	return rc < 0 ? -1 : 0;
}

/* Which manifests of the branch run this version, and do they name its very image? */
static int
link_manifest(struct desk *d, const char *head, struct why *w, struct rai_err *err)
{
	struct sheets s = {NULL, 0};
	char version[128];
	size_t i, k;
	int found = 0, rc = 0;

	if (sheets_read(d, head, &s, err) != 0)
		return -1;
	for (i = 0; i < s.n; i++)
		for (k = 0; k < s.sheet[i].uses.n; k++) {
			const struct rai_image_use *u = &s.sheet[i].uses.use[k];

			if (image_version(u->text, version, sizeof(version)) != 0 ||
			    strcmp(version, w->release.version) != 0)
				continue;
			found = 1;
			link_add(w, "manifest", truth(strcmp(u->text, w->release.image) == 0),
			    "%s:%zu runs %s", s.sheet[i].path, u->line, u->text);
		}
	if (!found)
		link_add(
		    w, "manifest", WHY_ABSENT, "%s at %.12s runs another version", d->folder, head);
	else
		rc = link_running(d, head, s.sheet[0].path, w, err);
	sheets_free(&s);
	return rc;
}

static void
link_image(struct desk *d, struct why *w)
{
	struct rai_err lost = RAI_ERR_INIT;
	struct rai_oci_ref ref;
	char *dir;

	if (rai_oci_ref_parse(w->release.image, &ref, &lost) != 0) {
		link_add(w, "image", WHY_WRONG, "%s", lost.msg);
		return;
	}
	dir = rai_oci_dir(d->image_root, ref.dir);
	if (ref.digest == NULL || strcmp(ref.digest, w->release.image_digest) != 0)
		link_add(w, "image", WHY_WRONG, "%s: the statement names another digest",
		    w->release.image);
	else if (dir == NULL || access(dir, F_OK) != 0)
		link_add(w, "image", WHY_ABSENT, "%s is not on this machine (--image-root)",
		    w->release.image_digest);
	else if (rai_oci_check(d->image_root, &ref, &lost) != 0)
		link_add(w, "image", WHY_WRONG, "%s", lost.msg);
	else
		link_add(w, "image", WHY_VERIFIED, "%s, every blob has its digest",
		    w->release.image_digest);
	free(dir);
	rai_oci_ref_release(&ref);
}

static int
same_trailer(const struct why *w, const char *key, const char *want)
{
	char got[600];

	return want != NULL && rai_trailer_get(w->made.message, key, got, sizeof(got)) == 0 &&
	       strcmp(got, want) == 0;
}

/* The commit is in the branch's history, and the statement is what it wrote, unchanged since. */
static int
link_release(struct desk *d, const char *head, struct why *w, struct rai_err *err)
{
	char path[300], then[RAI_OID_TEXT], now[RAI_OID_TEXT];
	const struct rai_release *r = &w->release;
	int in, a, b;

	in = rai_repo_contains(d->repo, head, w->commit, err);
	rai_release_path(r->model, r->version, path, sizeof(path));
	a = rai_commit_file_id(d->repo, w->commit, path, then, err);
	b = rai_commit_file_id(d->repo, head, path, now, err);
	if (in < 0 || a < 0 || b < 0)
		return -1;
	link_add(w, "release",
	    truth(in && same_trailer(w, "Version", r->version) &&
		  same_trailer(w, "Artifact-Digest", r->artifact_digest) &&
		  same_trailer(w, "Image", r->image)),
	    "commit %.12s of %s%s", w->commit, d->branch,
	    in ? "" : " is NOT in the branch's history");
	link_add(w, "statement", truth(a == 0 && b == 0 && strcmp(then, now) == 0),
	    "%s, as the release wrote it", path);
	link_add(w, "model", truth(same_trailer(w, "Artifact-Digest", r->artifact_digest)), "%s",
	    r->artifact_digest);
	return 0;
}

/* The configuration is in Git at the commit that the release stands on: it is hashed again. */
static int
link_inputs(struct desk *d, struct why *w, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(4 << 20);
	const struct rai_release *r = &w->release;
	char digest[RAI_HASH_DIGEST];
	int rc;

	link_add(w, "data", truth(same_trailer(w, "Data-Digest", r->data_digest)),
	    "%s, %lld rows%s%s, %s", r->data_source, (long long)r->data_rows,
	    r->data_newest != NULL ? " until " : "", r->data_newest != NULL ? r->data_newest : "",
	    r->data_digest);
	rc = rai_repo_read(d->repo, r->code_commit, r->config_path, &text, err);
	if (rc == 0)
		rc = rai_hash_bytes(text.ptr, text.len, digest, err);
	if (rc == 0)
		link_add(w, "config", truth(strcmp(digest, r->config_digest) == 0),
		    "%s at %.12s, %s", r->config_path, r->code_commit, r->config_digest);
	else
		link_add(w, "config", rc == 1 ? WHY_ABSENT : WHY_WRONG,
		    "%s is not in Git at %.12s, %s", r->config_path, r->code_commit,
		    r->config_digest);
	rai_buf_free(&text);
	link_add(w, "code", truth(strcmp(w->made.parent, r->code_commit) == 0),
	    "commit %.12s (rai-train %s, seed %lld)", r->code_commit,
	    r->code_version != NULL ? r->code_version : "unknown", (long long)r->seed);
	return 0;
}

static void
link_people(struct why *w)
{
	const struct rai_release *r = &w->release;

	link_add(w, "cause",
	    truth(same_trailer(w, "Cause", r->cause) &&
		  same_trailer(w, "Correlation-Id", r->correlation)),
	    "event %s, incident %s, loop depth %lld", r->cause != NULL ? r->cause : "unknown",
	    r->correlation != NULL ? r->correlation : "unknown", (long long)r->loop_depth);
	if (rai_trailer_get(w->made.message, "Approved-By", w->approved, sizeof(w->approved)) != 0)
		w->approved[0] = '\0';
	link_add(w, "authorised", WHY_VERIFIED, "author %s, committer %s%s%s", w->made.author,
	    w->made.committer, w->approved[0] != '\0' ? ", approved by " : "", w->approved);
}

static int
trace(struct desk *d, struct why *w, struct rai_err *err)
{
	char head[RAI_OID_TEXT], version[128];
	int rc;

	if (rai_repo_resolve(d->repo, d->ref, head, err) != 0 ||
	    why_version(d, head, d->o->operand, version, sizeof(version), err) != 0)
		return -1;
	rc = rai_history_release(d->repo, head, d->model->name, version, &w->release, err);
	if (rc == 0)
		rc = release_commit(d, head, version, w->commit, err);
	if (rc != 0)
		return rc < 0 ? -1
			      : rai_fail(err, RAI_EINPUT, "%s runs %s, which is no release of %s",
				    d->branch, version, d->model->name);
	if (rai_commit_read(d->repo, w->commit, &w->made, err) != 0 ||
	    link_manifest(d, head, w, err) != 0)
		return -1;
	link_image(d, w);
	if (link_release(d, head, w, err) != 0 || link_inputs(d, w, err) != 0)
		return -1;
	link_people(w);
	return 0;
}

int
run_why(const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err)
{
	struct why w;
	struct desk d;
	size_t i;
	int rc = desk_open(&d, o, cli, o->model, err);

	memset(&w, 0, sizeof(w));
	if (rc == 0)
		rc = trace(&d, &w, err);
	if (rc == 0) {
		if (o->json)
			why_json(out, &w);
		else
			why_text(out, &w);
		for (i = 0; i < w.n; i++)
			if (w.link[i].state == WHY_WRONG)
				rc = 1;
	}
	rai_commit_release(&w.made);
	rai_release_free(&w.release);
	desk_close(&d);
	return rc;
}
