#ifndef RAI_OCI_IMAGE_H
#define RAI_OCI_IMAGE_H

#include "base/hash.h"
#include "oci/layout.h"

/*
 * Model images in a layout directory: one layer with model/model.safetensors and
 * model/release.json.  The image's digest is a function of the model file, the model's name and
 * the version alone: no time, no machine, no compressor's version (stored deflate blocks).
 */
#define RAI_OCI_MODEL_FILE "model/model.safetensors"
#define RAI_OCI_RELEASE_FILE "model/release.json"

struct rai_oci_model {
	const char *name, *version;
	const char *file;   /* the model file to put in */
	const char *digest; /* what it must be: "sha256:..." */
};

/* dir, or root/dir where dir is relative; caller frees; NULL: no memory. */
char *rai_oci_dir(const char *root, const char *dir);

/*
 * Writes the blobs of the image (those that are there stay) and gives the manifest's digest.
 * A model file that is not what it must be is RAI_EINPUT, and nothing is left of it.
 */
int rai_oci_image_write(const char *dir, const struct rai_oci_model *m,
    char digest[RAI_HASH_DIGEST], struct rai_err *err);

/* Points a tag at a manifest that is there; writers of one layout directory wait for each other. */
int rai_oci_tag(const char *dir, const char *tag, const char *digest, struct rai_err *err);

/* The manifest that ref means: its digest, or what its tag (none: latest) points to. */
int rai_oci_find(const char *root, const struct rai_oci_ref *ref, char digest[RAI_HASH_DIGEST],
    struct rai_err *err);

/* Checks every blob of the image. */
int rai_oci_check(const char *root, const struct rai_oci_ref *ref, struct rai_err *err);

/* Writes the image's model file to path, whole or not at all; it must have that digest. */
int rai_oci_extract(const char *root, const struct rai_oci_ref *ref, const char *digest,
    const char *path, struct rai_err *err);

#endif
