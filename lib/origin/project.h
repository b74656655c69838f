#ifndef RAI_ORIGIN_PROJECT_H
#define RAI_ORIGIN_PROJECT_H

#include "base/err.h"
#include "conf/ini.h"

/* A DVC project: its folder .dvc and what is set there and for the user. */
struct rai_project {
	char *dvc;             /* the folder .dvc, absolute */
	struct rai_ini ini[3]; /* later ones win: the user's, config, config.local */
	char *folder[3];       /* of each: where relative paths in it start */
};

/* Looks upwards from the folder of path; rai_project_release() also after a failure. */
int rai_project_find(const char *path, struct rai_project *out, struct rai_err *err);
void rai_project_release(struct rai_project *p);

/* A setting, or NULL; *folder (may be NULL) is where a relative path in it starts. */
const char *rai_project_get(
    const struct rai_project *p, const char *section, const char *key, const char **folder);

/* The folder that a path in the settings means; caller frees; NULL: out of memory. */
char *rai_project_path(const char *folder, const char *path);

#endif
