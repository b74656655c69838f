#include "origin/project.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

char *
rai_project_path(const char *folder, const char *path)
{
	return path[0] == '/' ? strdup(path) : rai_file_join(folder, path);
}

/* ".dvc" in folder or the nearest one above it; folder is shortened on the way. */
static int
find_dvc(char *folder, char **out, struct rai_err *err)
{
	struct stat st;
	char *slash;

	for (;;) {
		*out = rai_file_join(folder[0] != '\0' ? folder : "/", ".dvc");
		if (*out == NULL)
			return rai_fail_memory(err);
		if (stat(*out, &st) == 0 && S_ISDIR(st.st_mode))
			return 0;
		free(*out);
		*out = NULL;
		slash = strrchr(folder, '/');
		if (slash == NULL)
			return 1;
		*slash = '\0';
	}
}

/* The user's own settings, where DVC keeps them on Linux; caller frees. */
static char *
user_folder(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg != NULL && xdg[0] == '/')
		return rai_file_join(xdg, "dvc");
	return rai_file_join(home != NULL ? home : "/", ".config/dvc");
}

static int
read_settings(struct rai_project *p, struct rai_err *err)
{
	static const char *const name[3] = {"config", "config", "config.local"};
	char *path;
	int i, rc;

	for (i = 0; i < 3; i++) {
		p->folder[i] = i == 0 ? user_folder() : strdup(p->dvc);
		path = p->folder[i] != NULL ? rai_file_join(p->folder[i], name[i]) : NULL;
		if (path == NULL)
			return rai_fail_memory(err);
		rc = rai_ini_read(path, &p->ini[i], err);
		free(path);
		if (rc != 0)
			return -1;
	}
	return 0;
}

int
rai_project_find(const char *path, struct rai_project *out, struct rai_err *err)
{
	char *folder = realpath(path, NULL), *slash;
	int rc;

	memset(out, 0, sizeof(*out));
	if (folder == NULL)
		return rai_fail_errno(err, "%s", path);
	slash = strrchr(folder, '/');
	if (slash != NULL)
		*slash = '\0';
	rc = find_dvc(folder, &out->dvc, err);
	free(folder);
	if (rc > 0)
		return rai_fail(err, RAI_EINPUT,
		    "%s: no folder .dvc here or above: not in a DVC project (dvc init)", path);
	return rc == 0 ? read_settings(out, err) : -1;
}

void
rai_project_release(struct rai_project *p)
{
	int i;

	for (i = 0; i < 3; i++) {
		rai_ini_release(&p->ini[i]);
		free(p->folder[i]);
	}
	free(p->dvc);
	memset(p, 0, sizeof(*p));
}

const char *
rai_project_get(
    const struct rai_project *p, const char *section, const char *key, const char **folder)
{
	const char *v;
	int i;

	for (i = 2; i >= 0; i--) {
		v = rai_ini_get(&p->ini[i], section, key);
		if (v != NULL && folder != NULL)
			*folder = p->folder[i];
		if (v != NULL)
			return v;
	}
	return NULL;
}
