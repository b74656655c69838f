#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/ulid.h"
#include "ledger/message.h"
#include "tag.h"

int
release_commit(struct desk *d, const char *head, const char *version, char oid[RAI_OID_TEXT],
    struct rai_err *err)
{
	char ref[300], path[300], blob[RAI_OID_TEXT];
	struct rai_commit c;
	int rc;

	desk_tag_ref(d, version, ref, sizeof(ref));
	rc = rai_repo_ref(d->repo, ref, oid, err);
	if (rc == 0)
		return rai_repo_resolve(d->repo, ref, oid, err);
	if (rc < 0)
		return -1;
	rai_release_path(d->model->name, version, path, sizeof(path));
	rc = rai_commit_file_id(d->repo, head, path, blob, err);
	snprintf(oid, RAI_OID_TEXT, "%s", head);
	while (rc == 0) { /* back along first parents to the commit that brought the file */
		if (rai_commit_read(d->repo, oid, &c, err) != 0)
			return -1;
		rai_commit_release(&c);
		if (c.parent[0] == '\0')
			return 0;
		rc = rai_commit_file_id(d->repo, c.parent, path, blob, err);
		if (rc == 0)
			snprintf(oid, RAI_OID_TEXT, "%s", c.parent);
		else if (rc == 1)
			return 0;
	}
	return rc;
}

int
running_version(struct desk *d, const char *revision, char *out, size_t size, struct rai_err *err)
{
	struct sheets s = {NULL, 0};
	int rc;

	if (sheets_read(d, revision, &s, err) != 0)
		return -1;
	rc = image_version(s.sheet[0].uses.use[0].text, out, size);
	sheets_free(&s);
	return rc;
}

/* What the commit changed: each file's first reference before and after. */
static int
write_manifests(struct desk *d, struct rai_jw *w, const struct rai_commit *c, struct rai_err *err)
{
	struct sheets before = {NULL, 0}, after = {NULL, 0};
	size_t i, k;

	if (sheets_read(d, c->oid, &after, err) != 0)
		return -1;
	if (sheets_read(d, c->parent, &before, err) != 0) {
		sheets_free(&after);
		return -1;
	}
	rai_jw_array(w, "manifests");
	for (i = 0; i < after.n; i++)
		for (k = 0; k < before.n; k++)
			if (strcmp(after.sheet[i].path, before.sheet[k].path) == 0) {
				rai_jw_object(w, NULL);
				rai_jw_str(w, "file", after.sheet[i].path);
				rai_jw_str(w, "from", before.sheet[k].uses.use[0].text);
				rai_jw_str(w, "to", after.sheet[i].uses.use[0].text);
				rai_jw_end(w);
			}
	rai_jw_end(w);
	sheets_free(&before);
	sheets_free(&after);
	return 0;
}

static int
write_previous(struct desk *d, struct rai_jw *w, const struct rai_commit *c, const char *previous,
    struct rai_err *err)
{
	char oid[RAI_OID_TEXT];
	int rc;

	if (previous == NULL || *previous == '\0') {
		rai_jw_null(w, "previous");
		return 0;
	}
	rc = release_commit(d, c->parent, previous, oid, err);
	if (rc < 0)
		return -1;
	rai_jw_object(w, "previous");
	rai_jw_str(w, "version", previous);
	rai_jw_str(w, "commit", rc == 0 ? oid : NULL);
	rai_jw_end(w);
	return 0;
}

static int
write_data(struct desk *d, struct rai_jw *w, const struct rai_commit *c,
    const struct rai_release *r, const struct rai_tombstone *tomb, struct rai_err *err)
{
	char tag[300];
	size_t i;

	desk_tag(d, r->version, tag, sizeof(tag));
	rai_jw_str(w, "model", r->model);
	rai_jw_str(w, "version", r->version);
	rai_jw_str(w, "image", r->image);
	rai_jw_str(w, "image_digest", r->image_digest);
	rai_jw_str(w, "artifact_digest", r->artifact_digest);
	rai_jw_str(w, "commit", c->oid);
	rai_jw_str(w, "tag", tag);
	rai_jw_str(w, "branch", d->branch);
	rai_jw_str(w, "remote", d->o->push ? d->o->remote : NULL);
	rai_jw_bool(w, "pushed", d->o->push);
	if (write_manifests(d, w, c, err) != 0 ||
	    write_previous(d, w, c, tomb != NULL ? tomb->version : r->previous, err) != 0)
		return -1;
	rai_jw_object(w, "metrics");
	for (i = 0; i < r->metrics; i++)
		rai_jw_num(w, r->metric[i].name, r->metric[i].value);
	rai_jw_end(w);
	rai_jw_object(w, "cause");
	rai_jw_str(w, "correlation", r->correlation);
	rai_jw_str(w, "event", r->cause);
	rai_jw_end(w);
	if (tomb != NULL) {
		rai_jw_object(w, "tombstone");
		rai_jw_str(w, "version", tomb->version);
		rai_jw_str(w, "artifact_digest", tomb->digest);
		rai_jw_str(w, "reason", tomb->reason);
		rai_jw_end(w);
	}
	return 0;
}

int
write_event(struct desk *d, const char *commit, const struct rai_release *r,
    const struct rai_tombstone *tomb, struct rai_event_chain *chain, struct rai_buf *out,
    struct rai_err *err)
{
	const char *kind = tomb != NULL ? "model.rolledback" : "model.released";
	char id[RAI_ULID_TEXT], name[RAI_OID_TEXT + 32];
	struct rai_commit c;
	struct rai_jw w;
	int64_t time_ms = tomb != NULL ? tomb->time_ms : r->time_ms; /* a commit has seconds only */
	int rc;

	if (rai_commit_read(d->repo, commit, &c, err) != 0)
		return -1;
	snprintf(name, sizeof(name), "%s %s", kind, c.oid);
	rai_ulid_named(time_ms, name, strlen(name), id);
	rai_event_begin(&w, out, "rai-tag", kind, r->model, time_ms, id, chain);
	rc = write_data(d, &w, &c, r, tomb, err);
	rai_event_end(&w);
	rai_commit_release(&c);
	return rc;
}
