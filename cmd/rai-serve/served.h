#ifndef RAI_SERVE_SERVED_H
#define RAI_SERVE_SERVED_H

#include "base/err.h"
#include "serve/app.h"

/*
 * Opens the model file at path, with the bins of its reference profile, as what lib/serve serves.
 * Its version is release when that is not NULL, else that of release.json in the same folder,
 * else "unreleased".  A release.json that names another artefact is an error.
 * out is released by calling its release().
 */
int served_open(
    const char *path, const char *release, struct rai_serve_model *out, struct rai_err *err);

#endif
