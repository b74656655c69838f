#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/message.h"
#include "why.h"

enum { PAGE_MAX = 64 << 20 };

static int
by_image(struct desk *d, const char *head, const char *image, char *out, size_t size,
    struct rai_err *err)
{
	struct rai_release r;
	int rc;

	if (image_version(image, out, size) != 0)
		return rai_fail(err, RAI_EINPUT, "image \"%.200s\": names no version", image);
	rc = rai_history_release(d->repo, head, d->model->name, out, &r, err);
	if (rc != 0)
		return rc < 0
			   ? -1
			   : rai_fail(err, RAI_EINPUT, "%s has no release %s", d->model->name, out);
	if (strchr(image, '@') != NULL && strcmp(image, r.image) != 0)
		rc = rai_fail(
		    err, RAI_EINPUT, "image \"%.200s\": release %s is %.200s", image, out, r.image);
	rai_release_free(&r);
	return rc;
}

/* The last line before at that begins with prefix; its word after the prefix goes to out. */
static int
word_before(const char *text, const char *at, const char *prefix, char *out, size_t size)
{
	size_t n = strlen(prefix);
	const char *p;

	for (p = at; p >= text; p--)
		if ((p == text || p[-1] == '\n') && strncmp(p, prefix, n) == 0) {
			snprintf(out, size, "%.*s", (int)strcspn(p + n, " \n"), p + n);
			return 0;
		}
	return 1;
}

/*
 * The pages hold the first 12 digits of every digest beside its version: one file is searched
 * instead of ten thousand statements.  The statement has the last word.
 */
static int
search_page(struct desk *d, const char *head, const char *path, const char *digest,
    const char *prefix, char *out, size_t size, struct rai_err *err)
{
	struct rai_buf page = RAI_BUF_INIT(PAGE_MAX);
	struct rai_release r;
	char part[24];
	const char *p;
	int rc, found = 1;

	snprintf(part, sizeof(part), "%.19s", digest);
	rc = rai_repo_read(d->repo, head, path, &page, err);
	for (p = page.ptr; rc == 0 && found == 1 && (p = strstr(p, part)) != NULL; p++) {
		if (word_before(page.ptr, p, prefix, out, size) != 0 ||
		    rai_history_release(d->repo, head, d->model->name, out, &r, err) != 0)
			continue;
		if (strncmp(r.artifact_digest, digest, strlen(digest)) == 0 ||
		    strncmp(r.image_digest, digest, strlen(digest)) == 0)
			found = 0;
		rai_release_free(&r);
	}
	rai_buf_free(&page);
	return rc < 0 ? -1 : found;
}

static int
by_digest(struct desk *d, const char *head, const char *digest, char *out, size_t size,
    struct rai_err *err)
{
	char path[200], prefix[100];
	int rc;

	if (strlen(digest) < 19)
		return rai_fail(err, RAI_EINPUT, "%s: give at least 12 digits", digest);
	snprintf(path, sizeof(path), "models/%s/CHANGELOG.md", d->model->name);
	rc = search_page(d, head, path, digest, "## ", out, size, err);
	if (rc == 1) {
		snprintf(prefix, sizeof(prefix), "| %s | ", d->model->name);
		rc = search_page(d, head, "MODEL_REGISTRY.md", digest, prefix, out, size, err);
	}
	if (rc == 1)
		rc = rai_fail(err, RAI_EINPUT, "%s: no release of %s has a model file or image %s",
		    d->branch, d->model->name, digest);
	return rc;
}

/* A release's or rollback's own commit names its version; any other is asked what it runs. */
static int
by_commit(struct desk *d, const char *revision, char *out, size_t size, struct rai_err *err)
{
	struct rai_commit c;
	char model[128];
	int rc;

	if (rai_commit_read(d->repo, revision, &c, err) != 0)
		return -1;
	if (rai_trailer_get(c.message, "Model", model, sizeof(model)) == 0 &&
	    strcmp(model, d->model->name) == 0 &&
	    rai_trailer_get(c.message, "Version", out, size) == 0)
		rc = 0;
	else
		rc = running_version(d, c.oid, out, size, err);
	rai_commit_release(&c);
	return rc == 1 ? rai_fail(err, RAI_EINPUT, "%s: runs no release", revision) : rc;
}

int
why_version(struct desk *d, const char *head, const char *operand, char *out, size_t size,
    struct rai_err *err)
{
	struct rai_err lost = RAI_ERR_INIT;
	struct rai_release r;
	int rc;

	if (operand == NULL) {
		rc = running_version(d, head, out, size, err);
		return rc == 1 ? rai_fail(err, RAI_EINPUT, "%s: runs no release yet", d->folder)
			       : rc;
	}
	if (strncmp(operand, "oci:", 4) == 0)
		return by_image(d, head, operand, out, size, err);
	if (strncmp(operand, "sha256:", 7) == 0)
		return by_digest(d, head, operand, out, size, err);
	rc = rai_history_release(d->repo, head, d->model->name, operand, &r, err);
	if (rc == 0) {
		rai_release_free(&r);
		snprintf(out, size, "%s", operand);
		return 0;
	}
	if (rc < 0)
		return -1;
	if (by_commit(d, operand, out, size, &lost) == 0)
		return 0;
	return rai_fail(err, RAI_EINPUT,
	    "\"%.200s\": no version, image, digest or commit with a release of %s (%s)", operand,
	    d->model->name, lost.msg);
}
