#include "released.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/history.h"
#include "ledger/repo.h"
#include "oci/image.h"
#include "oci/layout.h"

/* "house-price/model-v1" is that model's version. */
static int
is_meant(const struct rai_release *r, const char *want, const char *model)
{
	size_t n = strlen(r->model);

	if (strncmp(want, "refs/tags/", 10) == 0)
		want += 10;
	if (strncmp(want, r->model, n) == 0 && want[n] == '/')
		return strcmp(want + n + 1, r->version) == 0;
	return strcmp(want, r->version) == 0 && (model == NULL || strcmp(model, r->model) == 0);
}

static const struct rai_release *
choose(const struct rai_history *h, const char *want, const char *model, struct rai_err *err)
{
	const struct rai_release *found = NULL;
	size_t i;

	for (i = 0; i < h->n; i++) {
		if (!is_meant(&h->release[i], want, model))
			continue;
		if (found != NULL) {
			rai_fail(err, RAI_EINPUT,
			    "%s: a version of both %s and %s: say which with --model", want,
			    found->model, h->release[i].model);
			return NULL;
		}
		found = &h->release[i];
	}
	if (found == NULL)
		rai_fail(err, RAI_EINPUT,
		    "%s: neither a file nor a released version (rai-tag --list)", want);
	return found;
}

/* Copies the model file out of the image. */
static int
extract(const struct rai_release *r, const char *root, struct released *out, struct rai_err *err)
{
	char path[4096];
	struct rai_oci_ref ref;
	int fd, rc;

	rai_file_scratch("rai-verify", path, sizeof(path));
	fd = mkstemp(path);
	if (fd < 0)
		return rai_fail_errno(err, "%s", path);
	close(fd);
	out->file = strdup(path);
	if (out->file == NULL) {
		unlink(path);
		return rai_fail_memory(err);
	}
	if (rai_oci_ref_parse(r->image, &ref, err) != 0)
		return -1;
	rc = rai_oci_extract(root, &ref, r->artifact_digest, path, err);
	rai_oci_ref_release(&ref);
	return rc;
}

static int
take(struct rai_repo *repo, const struct rai_release *r, struct released *out, struct rai_err *err)
{
	const char *tree = rai_repo_work_tree(repo);
	int rc;

	if (tree == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "a bare repository holds no training data: run this in a clone");
	out->model = strdup(r->model);
	out->config = rai_file_join(tree, r->config_path);
	if (out->model == NULL || out->config == NULL)
		return rai_fail_memory(err);
	rc = rai_repo_read(repo, r->code_commit, r->config_path, &out->yaml, err);
	if (rc != 0)
		return rc < 0 ? -1
			      : rai_fail(err, RAI_EINPUT, "%s: commit %.12s has no %s", r->version,
				    r->code_commit, r->config_path);
	return extract(r, tree, out, err);
}

int
released_find(const char *version, const char *model, struct released *out, struct rai_err *err)
{
	const struct rai_release *r;
	struct rai_history h = {.n = 0};
	struct rai_repo *repo = NULL;
	int rc = -1;

	*out = (struct released){.yaml = RAI_BUF_INIT(4 << 20)};
	if (rai_ledger_init(err) != 0)
		return -1;
	if (rai_repo_open(".", &repo, err) != 0) {
		rai_wrap(err, "%s: no such file, and no repository with a release of that name",
		    version);
		goto out;
	}
	if (rai_history_read(repo, "HEAD", &h, err) != 0)
		goto out;
	r = choose(&h, version, model, err);
	if (r != NULL)
		rc = take(repo, r, out, err);
out:
	rai_history_free(&h);
	rai_repo_free(repo);
	rai_ledger_done();
	if (rc != 0)
		released_release(out);
	return rc;
}

void
released_release(struct released *r)
{
	if (r->file != NULL)
		unlink(r->file);
	free(r->file);
	free(r->model);
	free(r->config);
	rai_buf_free(&r->yaml);
	memset(r, 0, sizeof(*r));
}
