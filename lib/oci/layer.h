#ifndef RAI_OCI_LAYER_H
#define RAI_OCI_LAYER_H

#include <stddef.h>

#include "base/err.h"
#include "base/hash.h"
#include "oci/manifest.h"

/*
 * Writing a layer as it streams by: ustar (oci/tar.h) in gzip with stored blocks of 65535 bytes
 * (RFC 1951, 3.2.4), which are the same bytes everywhere.  Entries must come in bytewise order.
 * Errors stick: rai_layer_end() reports the first one.
 */
struct rai_layer;

int rai_layer_begin(const char *dir, struct rai_layer **out, struct rai_err *err);
void rai_layer_folder(struct rai_layer *l, const char *name);
void rai_layer_bytes(struct rai_layer *l, const char *name, const void *p, size_t n);

/* digest is what the file must be. */
void rai_layer_file(struct rai_layer *l, const char *name, const char *path, const char *digest);

/* Puts the layer among dir's blobs and frees l, also on failure. */
int rai_layer_end(struct rai_layer *l, struct rai_oci_descriptor *out,
    char diff_id[RAI_HASH_DIGEST], struct rai_err *err);

#endif
