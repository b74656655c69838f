#include "oci/manifest.h"

#include <stdio.h>
#include <string.h>

#include "json/json.h"

#define REF_NAME "org.opencontainers.image.ref.name"
#define EPOCH "1970-01-01T00:00:00Z"

static int
read_descriptor(
    const struct cJSON *j, struct rai_oci_descriptor *out, const char **type, struct rai_err *err)
{
	const char *digest;

	if (rai_json_str(j, "mediaType", type, err) != 0 ||
	    rai_json_str(j, "digest", &digest, err) != 0 ||
	    rai_json_int(j, "size", &out->size, err) != 0)
		return -1;
	if (!rai_hash_is_digest(digest))
		return rai_fail(err, RAI_EINPUT, "\"digest\" is not sha256: and 64 hex digits");
	if (out->size < 0)
		return rai_fail(err, RAI_EINPUT, "\"size\" is negative");
	snprintf(out->digest, sizeof(out->digest), "%s", digest);
	return 0;
}

static int
read_layers(const struct cJSON *layers, struct rai_oci_manifest *out, struct rai_err *err)
{
	const struct cJSON *j;
	const char *type;

	for (j = rai_json_first(layers); j != NULL; j = rai_json_next(j)) {
		if (out->n == RAI_OCI_LAYERS)
			return rai_fail(err, RAI_EINPUT, "more than %d layers", RAI_OCI_LAYERS);
		if (read_descriptor(j, &out->layer[out->n], &type, err) != 0)
			return rai_wrap(err, "layers[%zu]", out->n);
		if (strcmp(type, RAI_OCI_LAYER) != 0 && strcmp(type, RAI_OCI_LAYER_GZIP) != 0)
			return rai_fail(err, RAI_EINPUT,
			    "layers[%zu]: \"%.100s\" is not read (tar and tar+gzip are)", out->n,
			    type);
		out->n++;
	}
	return 0;
}

int
rai_oci_manifest_read(
    const char *text, size_t len, struct rai_oci_manifest *out, struct rai_err *err)
{
	const struct cJSON *config, *layers;
	struct cJSON *doc = rai_json_parse(text, len, err);
	const char *type = RAI_OCI_MANIFEST;
	int64_t version;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (doc == NULL)
		return rai_wrap(err, "image manifest");
	if (rai_json_int(doc, "schemaVersion", &version, err) != 0 ||
	    rai_json_opt_str(doc, "mediaType", &type, err) != 0 ||
	    rai_json_object(doc, "config", &config, err) != 0 ||
	    rai_json_array(doc, "layers", &layers, err) != 0)
		goto out;
	if (version != 2 || strcmp(type, RAI_OCI_MANIFEST) != 0) {
		rai_fail(err, RAI_EINPUT, "\"%.100s\" of schema version %lld is not read", type,
		    (long long)version);
		goto out;
	}
	if (read_descriptor(config, &out->config, &type, err) != 0 ||
	    read_layers(layers, out, err) != 0)
		goto out;
	rc = 0;
out:
	rai_json_free(doc);
	return rc == 0 ? 0 : rai_wrap(err, "image manifest");
}

int
rai_oci_config_read(const char *text, size_t len, char diff_id[][RAI_HASH_DIGEST], size_t max,
    size_t *n, struct rai_err *err)
{
	struct cJSON *doc = rai_json_parse(text, len, err);
	const struct cJSON *rootfs, *ids, *j;
	int rc = -1;

	*n = 0;
	if (doc == NULL)
		return rai_wrap(err, "image config");
	if (rai_json_object(doc, "rootfs", &rootfs, err) != 0 ||
	    rai_json_array(rootfs, "diff_ids", &ids, err) != 0)
		goto out;
	for (j = rai_json_first(ids); j != NULL; j = rai_json_next(j)) {
		if (*n == max || rai_json_kind(j) != RAI_JSON_STR ||
		    !rai_hash_is_digest(rai_json_as_str(j))) {
			rai_fail(err, RAI_EINPUT, "diff_ids[%zu] is no sha256 digest", *n);
			goto out;
		}
		snprintf(diff_id[(*n)++], RAI_HASH_DIGEST, "%s", rai_json_as_str(j));
	}
	rc = 0;
out:
	rai_json_free(doc);
	return rc == 0 ? 0 : rai_wrap(err, "image config");
}

static void
annotate(struct rai_jw *w, const char *key, const char *model, const char *version)
{
	rai_jw_object(w, key);
	rai_jw_str(w, "org.opencontainers.image.title", model);
	rai_jw_str(w, "org.opencontainers.image.version", version);
	rai_jw_end(w);
}

void
rai_oci_config_write(
    struct rai_buf *out, const char *diff_id, const char *model, const char *version)
{
	struct rai_jw w;

	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "architecture", "amd64"); /* nothing in it depends on the machine */
	rai_jw_str(&w, "os", "linux");
	rai_jw_str(&w, "created", EPOCH);
	rai_jw_object(&w, "config");
	annotate(&w, "Labels", model, version);
	rai_jw_end(&w);
	rai_jw_object(&w, "rootfs");
	rai_jw_str(&w, "type", "layers");
	rai_jw_array(&w, "diff_ids");
	rai_jw_str(&w, NULL, diff_id);
	rai_jw_end(&w);
	rai_jw_end(&w);
	rai_jw_array(&w, "history");
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "created", EPOCH);
	rai_jw_str(&w, "created_by", "rai-tag");
	rai_jw_end(&w);
	rai_jw_end(&w);
	rai_jw_end(&w);
}

static void
write_descriptor(
    struct rai_jw *w, const char *key, const char *type, const struct rai_oci_descriptor *d)
{
	rai_jw_object(w, key);
	rai_jw_str(w, "mediaType", type);
	rai_jw_str(w, "digest", d->digest);
	rai_jw_int(w, "size", d->size);
}

void
rai_oci_manifest_write(struct rai_buf *out, const struct rai_oci_descriptor *config,
    const struct rai_oci_descriptor *layer, const char *model, const char *version)
{
	struct rai_jw w;

	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	rai_jw_int(&w, "schemaVersion", 2);
	rai_jw_str(&w, "mediaType", RAI_OCI_MANIFEST);
	write_descriptor(&w, "config", RAI_OCI_CONFIG, config);
	rai_jw_end(&w);
	rai_jw_array(&w, "layers");
	write_descriptor(&w, NULL, RAI_OCI_LAYER_GZIP, layer);
	rai_jw_end(&w);
	rai_jw_end(&w);
	annotate(&w, "annotations", model, version);
	rai_jw_end(&w);
}

static const char *
tag_of(const struct cJSON *entry)
{
	const struct cJSON *name = rai_json_get(rai_json_get(entry, "annotations"), REF_NAME);

	return rai_json_kind(name) == RAI_JSON_STR ? rai_json_as_str(name) : NULL;
}

/* The index's entries, NULL for the empty text; *doc is freed by the caller. */
static int
read_index(const char *text, size_t len, struct cJSON **doc, const struct cJSON **entries,
    struct rai_err *err)
{
	*doc = NULL;
	*entries = NULL;
	if (len == 0)
		return 0;
	*doc = rai_json_parse(text, len, err);
	if (*doc == NULL || rai_json_array(*doc, "manifests", entries, err) != 0)
		return rai_wrap(err, "index.json");
	return 0;
}

int
rai_oci_index_put(struct rai_buf *out, const char *old, size_t len, const char *tag,
    const struct rai_oci_descriptor *manifest, struct rai_err *err)
{
	const struct cJSON *entries, *j;
	struct cJSON *doc;
	struct rai_jw w;
	int rc = read_index(old, len, &doc, &entries, err);

	if (rc == 0) {
		rai_jw_init(&w, out);
		rai_jw_object(&w, NULL);
		rai_jw_int(&w, "schemaVersion", 2);
		rai_jw_str(&w, "mediaType", RAI_OCI_INDEX);
		rai_jw_array(&w, "manifests");
		for (j = rai_json_first(entries); j != NULL; j = rai_json_next(j))
			if (tag_of(j) == NULL || strcmp(tag_of(j), tag) != 0)
				rai_jw_node(&w, NULL, j);
		write_descriptor(&w, NULL, RAI_OCI_MANIFEST, manifest);
		rai_jw_object(&w, "annotations");
		rai_jw_str(&w, REF_NAME, tag);
		rai_jw_end(&w);
		rai_jw_end(&w);
		rai_jw_end(&w);
		rai_jw_end(&w);
		rc = rai_buf_check(out, "index.json", err);
	}
	rai_json_free(doc);
	return rc;
}

int
rai_oci_index_find(const char *text, size_t len, const char *tag, struct rai_oci_descriptor *out,
    struct rai_err *err)
{
	const struct cJSON *entries, *j;
	struct cJSON *doc;
	const char *type;
	int rc = read_index(text, len, &doc, &entries, err);

	if (rc == 0) {
		rc = 1;
		for (j = rai_json_first(entries); rc == 1 && j != NULL; j = rai_json_next(j))
			if (tag_of(j) != NULL && strcmp(tag_of(j), tag) == 0)
				rc = read_descriptor(j, out, &type, err);
		if (rc == -1)
			rai_wrap(err, "index.json");
	}
	rai_json_free(doc);
	return rc;
}
