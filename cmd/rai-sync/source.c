#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "conf/secret.h"
#include "json/json.h"
#include "ledger/commit.h"
#include "ledger/message.h"
#include "oci/image.h"
#include "oci/layout.h"
#include "sync.h"

enum { MAX_MANIFEST = 4 << 20, CHILD_ABSENT = 3, CHILD_INPUT = 2, CHILD_NET = 75 };

/* "https://host/x", "ssh://...", "git@host:x"; a path or file:// is beside us. */
static int
is_remote(const char *repo)
{
	const char *colon = strchr(repo, ':');

	if (strncmp(repo, "file://", 7) == 0)
		return 0;
	return strstr(repo, "://") != NULL ||
	       (colon != NULL && memchr(repo, '/', (size_t)(colon - repo)) == NULL);
}

int64_t
source_interval(const struct options *o)
{
	return o->interval_ms > 0 ? o->interval_ms : is_remote(o->repo) ? 1000 : 250;
}

/* A bare repository that has nothing yet, as git init --bare leaves it, with one remote. */
static int
make_clone(const char *folder, const char *url, struct rai_err *err)
{
	static const char *const folders[] = {"objects/pack", "objects/info", "refs/heads"};
	static const char head[] = "ref: refs/heads/main\n";
	struct rai_buf config = RAI_BUF_INIT(8192);
	char *path;
	size_t i;
	int rc = 0;

	if (strpbrk(url, "\n\"\\") != NULL)
		return rai_fail(err, RAI_EINPUT, "--repo: not a URL");
	for (i = 0; i < 3 && rc == 0; i++) {
		path = rai_file_join(folder, folders[i]);
		rc = path == NULL ? rai_fail_memory(err) : rai_file_mkdirs(path, err);
		free(path);
	}
	rai_buf_printf(&config,
	    "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[remote \"origin\"]\n"
	    "\turl = \"%s\"\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
	    url);
	for (i = 0; i < 2 && rc == 0; i++) {
		path = rai_file_join(folder, i == 0 ? "config" : "HEAD");
		rc = path == NULL ? rai_fail_memory(err)
				  : rai_file_write(path, i == 0 ? config.ptr : head,
					i == 0 ? config.len : strlen(head), 0644, err);
		free(path);
	}
	rai_buf_free(&config);
	return rc;
}

static int
open_clone(struct source *s, struct rai_err *err)
{
	char *folder = rai_file_join(s->o->state, "git"), *token = NULL;
	int rc = -1;

	if (folder == NULL)
		rai_fail_memory(err);
	else if (make_clone(folder, s->o->repo, err) == 0 &&
		 rai_repo_open(folder, &s->repo, err) == 0 &&
		 (s->o->token == NULL || (rai_secret_read(s->o->token, &token, err) == 0 &&
					     rai_repo_set_token(s->repo, token, err) == 0)))
		rc = 0;
	free(folder);
	free(token);
	return rc;
}

int
source_open(const struct options *o, struct source *s, struct rai_err *err)
{
	const char *path = o->repo, *tree;

	memset(s, 0, sizeof(*s));
	s->o = o;
	s->pipe = -1;
	s->remote = is_remote(path);
	snprintf(s->ref, sizeof(s->ref), "refs/%s/%s", s->remote ? "remotes/origin" : "heads",
	    o->branch);
	if (s->remote) {
		if (open_clone(s, err) != 0)
			return -1;
	} else {
		if (strncmp(path, "file://", 7) == 0)
			path += 7;
		if (rai_repo_open(path, &s->repo, err) != 0)
			return rai_wrap(err, "--repo");
	}
	tree = rai_repo_work_tree(s->repo);
	if (o->image_root != NULL || (!s->remote && tree != NULL)) {
		s->root = strdup(o->image_root != NULL ? o->image_root : tree);
		if (s->root == NULL)
			return rai_fail_memory(err);
	}
	return 0;
}

void
source_close(struct source *s)
{
	if (s->child > 0) {
		kill(s->child, SIGKILL);
		waitpid(s->child, NULL, 0);
	}
	if (s->pipe >= 0)
		close(s->pipe);
	rai_repo_free(s->repo);
	free(s->root);
	memset(s, 0, sizeof(*s));
	s->pipe = -1;
}

static void
fetch_in_child(struct source *s, int to)
{
	struct rai_err err = RAI_ERR_INIT;
	int rc;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rc = rai_repo_fetch(s->repo, "origin", s->o->branch, &err);
	if (rc < 0 && write(to, err.msg, strlen(err.msg)) < 0)
		_exit(CHILD_INPUT);
	_exit(rc == 0 ? 0 : rc > 0 ? CHILD_ABSENT : err.code == RAI_ENET ? CHILD_NET : CHILD_INPUT);
}

int
source_begin(struct source *s, struct rai_err *err)
{
	int ends[2];

	if (!s->remote || s->child > 0)
		return 0;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return rai_fail_errno(err, "pipe");
	s->child = fork();
	if (s->child == 0) {
		close(ends[0]);
		fetch_in_child(s, ends[1]);
	}
	close(ends[1]);
	if (s->child < 0) {
		s->child = 0;
		close(ends[0]);
		return rai_fail_errno(err, "fork");
	}
	s->pipe = ends[0];
	return 0;
}

int
source_end(struct source *s, struct rai_err *err)
{
	char message[400];
	int status;
	ssize_t n;

	if (s->child == 0)
		return 0;
	if (waitpid(s->child, &status, WNOHANG) == 0)
		return 1;
	n = read(s->pipe, message, sizeof(message) - 1);
	message[n > 0 ? n : 0] = '\0';
	close(s->pipe);
	s->pipe = -1;
	s->child = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_ABSENT)
		return rai_fail(
		    err, RAI_EINPUT, "%s: there is no branch %s", s->o->repo, s->o->branch);
	return rai_fail(err,
	    WIFEXITED(status) && WEXITSTATUS(status) == CHILD_INPUT ? RAI_EINPUT : RAI_ENET, "%s",
	    message[0] != '\0' ? message : "the fetch was killed");
}

int
source_fetch(struct source *s, struct rai_err *err)
{
	int rc;

	if (!s->remote)
		return 0;
	if (source_begin(s, err) != 0)
		return -1;
	while ((rc = source_end(s, err)) == 1) {
		struct pollfd p = {s->pipe, POLLIN, 0};

		poll(&p, 1, 20);
	}
	return rc;
}

int
source_head(struct source *s, char oid[RAI_OID_TEXT], struct rai_err *err)
{
	int rc = rai_repo_ref(s->repo, s->ref, oid, err);

	if (rc == 1)
		return rai_fail(
		    err, RAI_EINPUT, "%s: there is no branch %s", s->o->repo, s->o->branch);
	return rc;
}

struct walk {
	struct source *s;
	const char *oid;
	struct rai_host_manifest *m;
	struct rai_err *err;
};

static int
read_file(const char *path, void *payload)
{
	struct walk *w = payload;
	struct rai_buf text = RAI_BUF_INIT(MAX_MANIFEST);
	const char *base = strrchr(path, '/');
	const char *dot = strrchr(path, '.');
	int rc;

	base = base != NULL ? base + 1 : path;
	if (dot == NULL || (strcmp(dot, ".yaml") != 0 && strcmp(dot, ".yml") != 0) ||
	    strncmp(base, "kustomization.", 14) == 0)
		return 0;
	rc = rai_repo_read(w->s->repo, w->oid, path, &text, w->err);
	if (rc == 0)
		rc = rai_host_manifest_add(w->m, path, text.ptr, text.len, w->err);
	rai_buf_free(&text);
	return rc < 0 ? -1 : 0;
}

/* Whose model it is stands beside it in the image; without that, the Deployment's name serves. */
static void
read_release(struct rai_host_deployment *d)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 16);
	char *path = rai_file_join(d->image_dir, RAI_OCI_RELEASE_FILE);
	const char *model = NULL;
	struct cJSON *j = NULL;

	if (path != NULL && rai_file_read(path, &text, NULL) == 0)
		j = rai_json_parse(text.ptr, text.len, NULL);
	if (j != NULL && rai_json_str(j, "model", &model, NULL) == 0)
		d->model = strdup(model);
	rai_json_free(j);
	free(path);
	rai_buf_free(&text);
}

/* Kept beside the replicas: STATE/images/<hex>. */
static int
image(struct source *s, struct rai_host_deployment *d, int unpack, struct rai_err *err)
{
	struct rai_oci_ref ref = {NULL, NULL, NULL};
	char *full = NULL;
	int rc = -1;

	if (strncmp(d->image, "oci:", 4) != 0)
		return rai_yaml_fail(err, d->file, d->image_node,
		    "Deployment/%s image \"%.80s\": only oci:DIR:TAG@sha256:... is run here",
		    d->name, d->image);
	if (rai_oci_ref_parse(d->image, &ref, err) != 0)
		rai_wrap(err, "%s:%zu:%zu: Deployment/%s image", d->file, d->image_node->line,
		    d->image_node->column, d->name);
	else if (ref.digest == NULL)
		rai_yaml_fail(err, d->file, d->image_node,
		    "Deployment/%s image \"%.80s\": names no digest (oci:DIR:TAG@sha256:...)",
		    d->name, d->image);
	else if (ref.dir[0] != '/' && s->root == NULL)
		rai_yaml_fail(err, d->file, d->image_node,
		    "Deployment/%s image \"%.80s\": relative to what? (--image-root)", d->name,
		    d->image);
	else if (!unpack)
		rc = 0;
	else if (asprintf(&full, "%s/images/%s", s->o->state, ref.digest + strlen("sha256:")) < 0) {
		full = NULL;
		rai_fail_memory(err);
	} else if (rai_file_mkdirs_for(full, err) != 0 ||
		   rai_oci_unpack(s->root != NULL ? s->root : "/", &ref, full, err) != 0)
		rai_wrap(err, "%s:%zu: Deployment/%s image", d->file, d->image_node->line, d->name);
	else if ((d->image_dir = realpath(full, NULL)) == NULL)
		rai_fail_errno(err, "%s", full);
	else {
		read_release(d);
		rc = 0;
	}
	rai_oci_ref_release(&ref);
	free(full);
	return rc;
}

int
source_read(struct source *s, const char *oid, int unpack, struct rai_host_manifest *out,
    struct rai_err *err)
{
	struct walk w = {s, oid, out, err};
	size_t i;

	memset(out, 0, sizeof(*out));
	if (rai_repo_list(s->repo, oid, s->o->path, read_file, &w, err) != 0)
		goto fail;
	if (rai_host_manifest_link(out, s->o->map, s->o->n_map, err) != 0) {
		if (out->n_deployments == 0)
			rai_wrap(err, "%.12s %s", oid, s->o->path);
		goto fail;
	}
	for (i = 0; i < out->n_deployments; i++)
		if (image(s, &out->deployment[i], unpack, err) != 0)
			goto fail;
	return 0;
fail:
	rai_host_manifest_free(out);
	return -1;
}

void
source_chain(struct source *s, const char *oid, struct rai_event_chain *chain)
{
	struct rai_commit c;

	memset(chain, 0, sizeof(*chain));
	memset(&c, 0, sizeof(c));
	if (rai_commit_read(s->repo, oid, &c, NULL) != 0)
		return;
	rai_trailer_get(
	    c.message, "Correlation-Id", chain->correlation, sizeof(chain->correlation));
	rai_commit_release(&c);
}
