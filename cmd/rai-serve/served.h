#ifndef RAI_SERVE_SERVED_H
#define RAI_SERVE_SERVED_H

#include "base/err.h"
#include "serve/app.h"

/*
 * Opens the model file at path, with the bins of its reference profile, as what lib/serve serves.
 * It is called name when that is not NULL, else as the file says.  Its version is release when that
 * is not NULL, else that of release.json in the same folder, else "unreleased".  digest: what the
 * file must have, or NULL; a release.json that names another artefact is an error, too.  Both are
 * seen to before the file is looked into.
 * out is released by calling its release().
 */
int served_open(const char *path, const char *name, const char *release, const char *digest,
    struct rai_serve_model *out, struct rai_err *err);

/* Where release.json of the model file at path is; the caller frees it.  NULL: no memory. */
char *served_release_path(const char *path);

#endif
