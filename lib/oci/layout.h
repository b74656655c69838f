#ifndef RAI_OCI_LAYOUT_H
#define RAI_OCI_LAYOUT_H

#include "base/buf.h"
#include "base/err.h"

/*
 * OCI image layout directories (image-spec v1.1, image-layout.md) and image references as skopeo
 * writes them: "oci:DIR:TAG", here also with a digest: "oci:DIR:TAG@sha256:...".  With both,
 * the digest decides.
 */
struct rai_oci_ref {
	char *dir;    /* relative ones start at the folder the caller says */
	char *tag;    /* or NULL */
	char *digest; /* "sha256:..." of the manifest, or NULL */
};

int rai_oci_ref_parse(const char *text, struct rai_oci_ref *out, struct rai_err *err);
void rai_oci_ref_release(struct rai_oci_ref *ref);

/*
 * Unpacks the image's layers below into (made if absent; complete or not at all: unpacked beside
 * and renamed).  Every blob's size and digest is checked first; entries with "..", absolute names
 * or links that leave the folder are refused.  root is where relative dirs start.
 * Already unpacked: nothing is done.
 */
int rai_oci_unpack(
    const char *root, const struct rai_oci_ref *ref, const char *into, struct rai_err *err);

#endif
