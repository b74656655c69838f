#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "conf/secret.h"
#include "tag.h"

enum { CONFIG_MAX = 4 << 20 };

/* --config, else rai.yaml of the work tree, else (a bare repository) of the branch. */
static int
read_loop(struct desk *d, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(CONFIG_MAX);
	const char *tree = rai_repo_work_tree(d->repo);
	char *path;
	int rc;

	if (d->o->config != NULL)
		return rai_loop_read(d->o->config, &d->loop, err);
	path = tree != NULL ? rai_file_join(tree, "rai.yaml") : NULL;
	if (path != NULL && access(path, F_OK) == 0) {
		rc = rai_loop_read(path, &d->loop, err);
	} else {
		rc = rai_repo_read(d->repo, d->ref, "rai.yaml", &text, err);
		if (rc == 0)
			rc = rai_loop_parse("rai.yaml", text.ptr, text.len, &d->loop, err);
		else if (rc == 1)
			rc = rai_fail(err, RAI_EINPUT,
			    "no rai.yaml at the top of the repository (or name it with --config)");
	}
	free(path);
	rai_buf_free(&text);
	return rc;
}

static int
choose_branch(struct desk *d, struct rai_err *err)
{
	char head[200];
	int rc = rai_repo_branch(d->repo, head, sizeof(head), err);

	if (rc < 0)
		return -1;
	if (rc == 1 && d->o->branch == NULL)
		return rai_fail(
		    err, RAI_EINPUT, "HEAD is on no branch: say which with --branch NAME");
	snprintf(d->branch, sizeof(d->branch), "%s", d->o->branch != NULL ? d->o->branch : head);
	snprintf(d->ref, sizeof(d->ref), "refs/heads/%.200s", d->branch);
	d->on_head = rc == 0 && strcmp(head, d->branch) == 0 && rai_repo_work_tree(d->repo) != NULL;
	return 0;
}

/* deploy.manifests, or the environment's folder below it. */
static int
choose_folder(struct desk *d, struct rai_err *err)
{
	const struct rai_loop_deploy *deploy = &d->model->deploy;
	const char *want = d->o->environment;
	size_t i;

	snprintf(d->folder, sizeof(d->folder), "%s", deploy->manifests);
	if (deploy->environments.n == 0)
		return want == NULL ? 0
				    : rai_fail(err, RAI_EINPUT,
					  "--environment %s: models.%s.deploy has no environments",
					  want, d->model->name);
	if (want == NULL)
		want = deploy->environments.word[0];
	for (i = 0; i < deploy->environments.n; i++)
		if (strcmp(deploy->environments.word[i], want) == 0) {
			snprintf(d->folder, sizeof(d->folder), "%s/%s", deploy->manifests, want);
			return 0;
		}
	return rai_fail(err, RAI_EINPUT,
	    "--environment %s: not one of models.%s.deploy.environments (the first is %s)", want,
	    d->model->name, deploy->environments.word[0]);
}

static int
use_token(struct desk *d, struct rai_err *err)
{
	char *token = NULL;
	int rc;

	if (d->o->token == NULL)
		return 0;
	if (rai_secret_read(d->o->token, &token, err) != 0)
		return rai_wrap(err, "--token");
	rc = rai_repo_set_token(d->repo, token, err);
	free(token);
	return rc;
}

int
desk_open(struct desk *d, const struct options *o, struct rai_cli *cli, const char *model,
    struct rai_err *err)
{
	const char *root;

	memset(d, 0, sizeof(*d));
	d->o = o;
	d->cli = cli;
	d->now_ms = rai_clock_now(&cli->clock);
	if (rai_repo_open(o->repo != NULL ? o->repo : ".", &d->repo, err) != 0 ||
	    choose_branch(d, err) != 0 || read_loop(d, err) != 0 ||
	    rai_loop_options(&d->loop, cli->name, rai_cli_set, cli, err) != 0 ||
	    choose_branch(d, err) != 0)
		return -1;
	d->model = rai_loop_find(&d->loop, model, err);
	if (d->model == NULL || choose_folder(d, err) != 0 || use_token(d, err) != 0)
		return -1;
	if (d->model->deploy.image == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "%s:%zu: models.%s.deploy.image is missing (such as oci:.rai/images/%s)",
		    d->loop.file, d->model->line, d->model->name, d->model->name);
	root = o->image_root != NULL ? o->image_root : rai_repo_work_tree(d->repo);
	d->image_root = strdup(root != NULL ? root : ".");
	return d->image_root != NULL ? 0 : rai_fail_memory(err);
}

void
desk_close(struct desk *d)
{
	free(d->image_root);
	rai_loop_free(&d->loop);
	rai_repo_free(d->repo);
}

void
desk_tag(const struct desk *d, const char *version, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", d->model->name, version);
}

void
desk_tag_ref(const struct desk *d, const char *version, char *out, size_t size)
{
	snprintf(out, size, "refs/tags/%s/%s", d->model->name, version);
}
