#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ledger/repo_priv.h"

enum { MAX_LOGINS = 4 };

/* user:password@ between scheme:// and the host is left out. */
static void
without_login(const char *url, char *out, size_t size)
{
	const char *host = strstr(url, "://"), *at, *slash;

	if (host != NULL) {
		host += 3;
		slash = strchr(host, '/');
		for (at = slash != NULL ? slash : host + strlen(host); at > host; at--)
			if (at[-1] == '@') {
				snprintf(out, size, "%.*s%s", (int)(host - url), url, at);
				return;
			}
	}
	snprintf(out, size, "%s", url);
}

/* No scheme, and no "host:path" either: a colon before the first slash is ssh's short form. */
static int
is_path(const char *url)
{
	size_t n = strcspn(url, ":/");

	return strstr(url, "://") == NULL && (url[n] != ':' || url[0] == '.');
}

static int
looks_like_url(const char *name)
{
	return strpbrk(name, "/:") != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A configured relative path starts at the work tree (or the bare repository), as in git. */
static char *
resolve_path(struct rai_repo *r, const char *url)
{
	const char *base = git_repository_workdir(r->git);

	if (!is_path(url) || url[0] == '/')
		return strdup(url);
	return rai_file_join(base != NULL ? base : git_repository_path(r->git), url);
}

/* remote.<name>.url; *out is the caller's to free.  1: no such remote. */
static int
configured_url(struct rai_repo *r, const char *name, char **out, struct rai_err *err)
{
	git_config *config = NULL;
	const char *url;
	char key[200];
	int rc = 1;

	*out = NULL;
	snprintf(key, sizeof(key), "remote.%.180s.url", name);
	if (git_repository_config_snapshot(&config, r->git) != 0)
		return rai_git_fail(err, RAI_EINPUT, "git's configuration");
	if (git_config_get_string(&url, config, key) == 0 && *url != '\0') {
		*out = resolve_path(r, url);
		rc = *out != NULL ? 0 : rai_fail_memory(err);
	}
	git_config_free(config);
	return rc;
}

/*
 * Not git_remote_lookup(): libgit2 1.5 looks for url.*.insteadOf with every remote that it makes,
 * and leaks some 20 KB for each entry of the configuration on the way, which a program that polls
 * cannot afford.  So insteadOf is not honoured.
 */
int
rai_git_remote(struct rai_repo *r, const char *name, git_remote **out, struct rai_err *err)
{
	git_remote_create_options opts;
	char *url = NULL;
	int rc = 0;

	if (looks_like_url(name)) {
		if ((url = strdup(name)) == NULL)
			return rai_fail_memory(err);
	} else
		rc = configured_url(r, name, &url, err);
	if (rc == 1)
		return rai_fail(err, RAI_EINPUT,
		    "no remote \"%.100s\" in %s (git remote add %.100s URL makes one)", name,
		    git_repository_path(r->git), name);
	if (rc != 0)
		return -1;
	git_remote_create_options_init(&opts, GIT_REMOTE_CREATE_OPTIONS_VERSION);
	opts.repository = r->git;
	opts.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
	if (git_remote_create_with_opts(out, url, &opts) != 0)
		rc = rai_git_fail(err, RAI_EINPUT, "remote \"%.100s\"", name);
	free(url);
	return rc;
}

void
rai_git_remote_label(git_remote *remote, const char *name, char *out, size_t size)
{
	char url[256];

	without_login(git_remote_url(remote), url, sizeof(url));
	if (looks_like_url(name))
		snprintf(out, size, "remote %s", url);
	else
		snprintf(out, size, "remote %s (%s)", name, url);
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* file:///a%20b and file://localhost/a -> the path (RFC 8089). */
static char *
path_of_file_url(const char *url)
{
	const char *p = strchr(url + 7, '/');
	char *out, *q;

	if (p == NULL || (p != url + 7 && strncmp(url + 7, "localhost/", 10) != 0))
		return NULL;
	q = out = malloc(strlen(p) + 1);
	if (out == NULL)
		return NULL;
	for (; *p != '\0'; p++)
		if (*p == '%' && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
			*q++ = (char)(hex(p[1]) * 16 + hex(p[2]));
			p += 2;
		} else
			*q++ = *p;
	*q = '\0';
	return out;
}

char *
rai_git_remote_path(git_remote *remote)
{
	const char *url = git_remote_url(remote);

	if (strncmp(url, "file://", 7) == 0)
		return path_of_file_url(url);
	return is_path(url) ? strdup(url) : NULL;
}

static int
login(git_credential **out, const char *url, const char *user, unsigned int allowed, void *payload)
{
	struct rai_git_login *l = payload;

	(void)url;
	if (l->count++ >= MAX_LOGINS)
		return GIT_EAUTH;
	if (user == NULL)
		user = "git";
	if (allowed & GIT_CREDENTIAL_USERNAME)
		return git_credential_username_new(out, user);
	if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) && l->repo->token != NULL &&
	    l->count == 1)
		return git_credential_userpass_plaintext_new(out, "x-access-token", l->repo->token);
	if (allowed & GIT_CREDENTIAL_SSH_KEY)
		return git_credential_ssh_key_from_agent(out, user);
	return GIT_EAUTH;
}

void
rai_git_callbacks(git_remote_callbacks *cb, struct rai_git_login *l)
{
	git_remote_init_callbacks(cb, GIT_REMOTE_CALLBACKS_VERSION);
	cb->credentials = login;
	cb->payload = l;
}

int
rai_git_remote_fail(struct rai_err *err, int code, const char *label, const char *what)
{
	if (code == GIT_EAUTH)
		return rai_fail(err, RAI_EINPUT,
		    "%s: %s: the remote refused our credentials (give a token with --token "
		    "env:NAME, or an SSH key to ssh-agent)",
		    label, what);
	return rai_git_fail(err, RAI_ENET, "%s: %s", label, what);
}

struct link {
	git_remote *use;
	char label[320];
	struct rai_git_login login;
};

static int
link_open(struct rai_repo *r, const char *name, struct link *l, struct rai_err *err)
{
	git_remote_callbacks cb;
	git_proxy_options proxy;
	int code;

	memset(l, 0, sizeof(*l));
	git_proxy_options_init(&proxy, GIT_PROXY_OPTIONS_VERSION);
	if (rai_git_remote(r, name, &l->use, err) != 0)
		return -1;
	l->login.repo = r;
	rai_git_remote_label(l->use, name, l->label, sizeof(l->label));
	rai_git_callbacks(&cb, &l->login);
	proxy.type = GIT_PROXY_AUTO;
	code = git_remote_connect(l->use, GIT_DIRECTION_FETCH, &cb, &proxy, NULL);
	return code == 0 ? 0 : rai_git_remote_fail(err, code, l->label, "cannot be reached");
}

static void
link_close(struct link *l)
{
	if (l->use != NULL)
		git_remote_disconnect(l->use);
	git_remote_free(l->use);
}

/* Of an open link: the reference's value; 1 when the remote has none. */
static int
link_ref(struct link *l, const char *ref, git_oid *out, struct rai_err *err)
{
	const git_remote_head **heads = NULL;
	size_t i, n = 0;
	int code = git_remote_ls(&heads, &n, l->use);

	if (code != 0)
		return rai_git_remote_fail(err, code, l->label, "cannot be read");
	for (i = 0; i < n; i++)
		if (strcmp(heads[i]->name, ref) == 0) {
			git_oid_cpy(out, &heads[i]->oid);
			return 0;
		}
	return 1;
}

static int
link_fetch(struct link *l, char *spec, struct rai_err *err)
{
	git_fetch_options opts;
	git_strarray list = {&spec, 1};
	int code;

	git_fetch_options_init(&opts, GIT_FETCH_OPTIONS_VERSION);
	rai_git_callbacks(&opts.callbacks, &l->login);
	opts.proxy_opts.type = GIT_PROXY_AUTO;
	opts.update_fetchhead = 0;
	opts.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
	code = git_remote_fetch(l->use, &list, &opts, "fetch");
	return code == 0 ? 0 : rai_git_remote_fail(err, code, l->label, "fetch failed");
}

int
rai_repo_remote_url(struct rai_repo *r, const char *remote, char *out, size_t size)
{
	struct rai_err lost = RAI_ERR_INIT;
	git_remote *g = NULL;

	if (rai_git_remote(r, remote, &g, &lost) != 0)
		return 1;
	without_login(git_remote_url(g), out, size);
	git_remote_free(g);
	return 0;
}

int
rai_repo_remote_ref(struct rai_repo *r, const char *remote, const char *ref, char oid[RAI_OID_TEXT],
    struct rai_err *err)
{
	struct link l;
	git_oid id;
	int rc = -1;

	if (link_open(r, remote, &l, err) == 0)
		rc = link_ref(&l, ref, &id, err);
	if (rc == 0)
		git_oid_tostr(oid, RAI_OID_TEXT, &id);
	link_close(&l);
	return rc;
}

int
rai_repo_fetch(struct rai_repo *r, const char *remote, const char *branch, struct rai_err *err)
{
	char from[300], to[420], spec[760];
	struct link l;
	git_oid there, here;
	int rc;

	snprintf(from, sizeof(from), "refs/heads/%s", branch);
	if (looks_like_url(remote))
		snprintf(to, sizeof(to), "refs/rai/fetched/%s", branch);
	else
		snprintf(to, sizeof(to), "refs/remotes/%s/%s", remote, branch);
	snprintf(spec, sizeof(spec), "+%s:%s", from, to);
	rc = link_open(r, remote, &l, err);
	if (rc == 0)
		rc = link_ref(&l, from, &there, err);
	if (rc == 0 &&
	    (git_reference_name_to_id(&here, r->git, to) != 0 || !git_oid_equal(&here, &there)))
		rc = link_fetch(&l, spec, err);
	link_close(&l);
	return rc;
}
