#ifndef RAI_OCI_MANIFEST_H
#define RAI_OCI_MANIFEST_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

/* OCI image manifests and configs (image-spec v1.1), as far as a model image needs them. */
#define RAI_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define RAI_OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define RAI_OCI_CONFIG "application/vnd.oci.image.config.v1+json"
#define RAI_OCI_LAYER "application/vnd.oci.image.layer.v1.tar"
#define RAI_OCI_LAYER_GZIP "application/vnd.oci.image.layer.v1.tar+gzip"

enum { RAI_OCI_LAYERS = 127, RAI_OCI_MANIFEST_MAX = 4 << 20 };

struct rai_oci_descriptor {
	char digest[RAI_HASH_DIGEST];
	int64_t size; /* bytes */
};

struct rai_oci_manifest {
	struct rai_oci_descriptor config;
	struct rai_oci_descriptor layer[RAI_OCI_LAYERS]; /* n, base first */
	size_t n;
};

/* Trusts nothing; layers of other types than tar and tar+gzip are refused. */
int rai_oci_manifest_read(
    const char *text, size_t len, struct rai_oci_manifest *out, struct rai_err *err);

/* The digests of a config's uncompressed layers, in order. */
int rai_oci_config_read(const char *text, size_t len, char diff_id[][RAI_HASH_DIGEST], size_t max,
    size_t *n, struct rai_err *err);

/* One layer of a model; the same arguments give the same bytes. */
void rai_oci_config_write(
    struct rai_buf *out, const char *diff_id, const char *model, const char *version);
void rai_oci_manifest_write(struct rai_buf *out, const struct rai_oci_descriptor *config,
    const struct rai_oci_descriptor *layer, const char *model, const char *version);

/*
 * index.json: old (empty text: none yet) with tag pointing to the manifest and other entries as
 * they were.  The second finds a tag: 1 when there is none.
 */
int rai_oci_index_put(struct rai_buf *out, const char *old, size_t len, const char *tag,
    const struct rai_oci_descriptor *manifest, struct rai_err *err);
int rai_oci_index_find(const char *text, size_t len, const char *tag,
    struct rai_oci_descriptor *out, struct rai_err *err);

#endif
