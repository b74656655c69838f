/* Manifests, configs, indexes and tar headers from anywhere: read or refused, and sane when read.
 */
#include "oci/manifest.h"
#include "oci/tar.h"

#include <string.h>

#include "fuzz.h"

static void
check_header(const uint8_t *data)
{
	struct rai_tar_entry e;

	if (rai_tar_read_header(data, &e, NULL) != 0)
		return;
	if (e.name[0] == '/' || strncmp(e.name, "../", 3) == 0 || strstr(e.name, "/../") != NULL)
		abort();
	if (e.type == RAI_TAR_LINK && (e.target[0] == '/' || strncmp(e.target, "..", 3) == 0))
		abort();
}

/* A tag that was put in is found, and old entries do not hide it. */
static void
check_index(const char *text, size_t size)
{
	struct rai_oci_descriptor in, out;
	struct rai_buf new = RAI_BUF_INIT((size_t)8 << 20);

	memset(&in, 0, sizeof(in));
	memcpy(in.digest, "sha256:", 7);
	memset(in.digest + 7, 'a', 64);
	in.size = 7;
	if (rai_oci_index_put(&new, text, size, "v1", &in, NULL) == 0 &&
	    (rai_oci_index_find(new.ptr, new.len, "v1", &out, NULL) != 0 ||
		strcmp(in.digest, out.digest) != 0 || out.size != 7))
		abort();
	rai_buf_free(&new);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char ids[RAI_OCI_LAYERS][RAI_HASH_DIGEST];
	static struct rai_oci_manifest m;
	size_t i, n;

	if (size >= RAI_TAR_BLOCK)
		check_header(data);
	check_index((const char *)data, size);
	if (rai_oci_manifest_read((const char *)data, size, &m, NULL) == 0)
		for (i = 0; i < m.n; i++)
			if (m.layer[i].size < 0 || strlen(m.layer[i].digest) != 71)
				abort();
	if (rai_oci_config_read((const char *)data, size, ids, RAI_OCI_LAYERS, &n, NULL) == 0 &&
	    n > RAI_OCI_LAYERS)
		abort();
	return 0;
}
