#ifndef RAI_SERVE_SERVED_H
#define RAI_SERVE_SERVED_H

#include "base/err.h"
#include "serve/app.h"

/* What is to be opened, and what it must be; all but path may be NULL. */
struct served_from {
	const char *path;    /* of the model file */
	const char *name;    /* under which it is served; else as the file says */
	const char *release; /* its version; else that in release.json in the same folder */
	const char *digest;  /* that the file must have */
	const char *signers; /* path of allowed signers, one of whom must have signed the file */
};

/*
 * Opens a model file, with the bins of its reference profile, as what lib/serve serves.  Without a
 * release.json its version is "unreleased"; one that names another artefact is an error.  The
 * signature is in a file called as the model file and ".sig", for SERVED_NAMESPACE.  Digest and
 * signature are seen to before the file is looked into.
 * out is released by calling its release().
 */
#define SERVED_NAMESPACE "rai-model"
int served_open(const struct served_from *from, struct rai_serve_model *out, struct rai_err *err);

/* Where the signature of the model file at path is; the caller frees it.  NULL: no memory. */
char *served_signature_path(const char *path);

/* Where release.json of the model file at path is; the caller frees it.  NULL: no memory. */
char *served_release_path(const char *path);

#endif
