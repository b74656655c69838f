#include "oci/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "json/json.h"
#include "oci/blob.h"
#include "oci/layer.h"
#include "oci/manifest.h"

enum { INDEX_MAX = 64 << 20 };

char *
rai_oci_dir(const char *root, const char *dir)
{
	return dir[0] == '/' ? strdup(dir) : rai_file_join(root, dir);
}

static void
write_release(struct rai_buf *out, const struct rai_oci_model *m)
{
	struct rai_jw w;

	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "model", m->name);
	rai_jw_str(&w, "version", m->version);
	rai_jw_str(&w, "artifact_digest", m->digest);
	rai_jw_end(&w);
	rai_buf_char(out, '\n');
}

static int
write_layer(const char *dir, const struct rai_oci_model *m, struct rai_oci_descriptor *layer,
    char diff_id[RAI_HASH_DIGEST], struct rai_err *err)
{
	struct rai_buf release = RAI_BUF_INIT(4096);
	struct rai_layer *l = NULL;
	int rc = -1;

	write_release(&release, m);
	if (rai_buf_check(&release, "release.json", err) == 0 &&
	    rai_layer_begin(dir, &l, err) == 0) {
		rai_layer_folder(l, "model");
		rai_layer_file(l, RAI_OCI_MODEL_FILE, m->file, m->digest);
		rai_layer_bytes(l, RAI_OCI_RELEASE_FILE, release.ptr, release.len);
		rc = rai_layer_end(l, layer, diff_id, err);
	}
	rai_buf_free(&release);
	return rc;
}

int
rai_oci_image_write(const char *dir, const struct rai_oci_model *m, char digest[RAI_HASH_DIGEST],
    struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RAI_OCI_MANIFEST_MAX);
	struct rai_oci_descriptor layer, config;
	char diff_id[RAI_HASH_DIGEST];
	int rc = -1;

	if (write_layer(dir, m, &layer, diff_id, err) != 0)
		goto out;
	rai_oci_config_write(&text, diff_id, m->name, m->version);
	if (rai_buf_check(&text, "image config", err) != 0 ||
	    rai_blob_write(dir, text.ptr, text.len, config.digest, err) != 0)
		goto out;
	config.size = (int64_t)text.len;
	rai_buf_clear(&text);
	rai_oci_manifest_write(&text, &config, &layer, m->name, m->version);
	if (rai_buf_check(&text, "image manifest", err) == 0)
		rc = rai_blob_write(dir, text.ptr, text.len, digest, err);
out:
	rai_buf_free(&text);
	return rc;
}

static int
read_if_there(const char *path, struct rai_buf *out, struct rai_err *err)
{
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return 0;
	return rai_file_read(path, out, err);
}

static int
update_index(
    const char *dir, const char *tag, const struct rai_oci_descriptor *d, struct rai_err *err)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	struct rai_buf old = RAI_BUF_INIT(INDEX_MAX), new = RAI_BUF_INIT(INDEX_MAX);
	char *index = rai_file_join(dir, "index.json"), *mark = rai_file_join(dir, "oci-layout");
	int rc = -1;

	if (index == NULL || mark == NULL)
		rai_fail_memory(err);
	else if (read_if_there(index, &old, err) == 0 &&
		 rai_oci_index_put(&new, old.ptr, old.len, tag, d, err) == 0 &&
		 (access(mark, F_OK) == 0 ||
		     rai_file_write(mark, layout, sizeof(layout) - 1, 0644, err) == 0)) {
		rc = 0;
		if (new.len != old.len || memcmp(new.ptr, old.ptr, new.len) != 0)
			rc = rai_file_write(index, new.ptr, new.len, 0644, err);
	}
	free(index);
	free(mark);
	rai_buf_free(&old);
	rai_buf_free(&new);
	return rc;
}

int
rai_oci_tag(const char *dir, const char *tag, const char *digest, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RAI_OCI_MANIFEST_MAX);
	struct rai_oci_descriptor d;
	int fd = -1, rc = -1;

	if (rai_blob_read(dir, digest, -1, &text, err) != 0)
		goto out;
	snprintf(d.digest, sizeof(d.digest), "%s", digest);
	d.size = (int64_t)text.len;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) != 0) {
		rai_fail_errno(err, "%s: lock", dir);
		goto out;
	}
	rc = update_index(dir, tag, &d, err);
out:
	if (fd >= 0)
		close(fd);
	rai_buf_free(&text);
	return rc;
}

int
rai_oci_find(const char *root, const struct rai_oci_ref *ref, char digest[RAI_HASH_DIGEST],
    struct rai_err *err)
{
	const char *tag = ref->tag != NULL ? ref->tag : "latest";
	struct rai_buf text = RAI_BUF_INIT(INDEX_MAX);
	struct rai_oci_descriptor d;
	char *dir = NULL, *index = NULL;
	int rc = -1;

	if (ref->digest != NULL) {
		snprintf(digest, RAI_HASH_DIGEST, "%s", ref->digest);
		return 0;
	}
	dir = rai_oci_dir(root, ref->dir);
	index = dir != NULL ? rai_file_join(dir, "index.json") : NULL;
	if (index == NULL)
		rai_fail_memory(err);
	else if (rai_file_read(index, &text, err) == 0)
		rc = rai_oci_index_find(text.ptr, text.len, tag, &d, err);
	if (rc == 0)
		memcpy(digest, d.digest, RAI_HASH_DIGEST);
	else if (rc == 1)
		rc = rai_fail(err, RAI_EINPUT, "%s: no image has the tag \"%s\"", dir, tag);
	free(dir);
	free(index);
	rai_buf_free(&text);
	return rc;
}

int
rai_oci_check(const char *root, const struct rai_oci_ref *ref, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RAI_OCI_MANIFEST_MAX);
	struct rai_oci_manifest *m = malloc(sizeof(*m));
	char digest[RAI_HASH_DIGEST], *dir = rai_oci_dir(root, ref->dir);
	size_t i;
	int rc = -1;

	if (m == NULL || dir == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (rai_oci_find(root, ref, digest, err) != 0 ||
	    rai_blob_read(dir, digest, -1, &text, err) != 0 ||
	    rai_oci_manifest_read(text.ptr, text.len, m, err) != 0)
		goto out;
	rc = rai_blob_check(dir, m->config.digest, m->config.size, err);
	for (i = 0; rc == 0 && i < m->n; i++)
		rc = rai_blob_check(dir, m->layer[i].digest, m->layer[i].size, err);
out:
	free(m);
	free(dir);
	rai_buf_free(&text);
	return rc;
}

int
rai_oci_extract(const char *root, const struct rai_oci_ref *ref, const char *digest,
    const char *path, struct rai_err *err)
{
	struct rai_buf tmp = RAI_BUF_INIT(8192);
	struct rai_err lost = RAI_ERR_INIT;
	char got[RAI_HASH_DIGEST], *file = NULL;
	int rc = -1;

	rai_buf_printf(&tmp, "%s.unpack.%ld", path, (long)getpid());
	if (rai_buf_check(&tmp, path, err) != 0)
		goto out;
	file = rai_file_join(tmp.ptr, RAI_OCI_MODEL_FILE);
	if (file == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	rai_file_remove_tree(tmp.ptr, &lost);
	if (rai_oci_unpack(root, ref, tmp.ptr, err) != 0 || rai_hash_file(file, got, err) != 0)
		goto out;
	if (strcmp(got, digest) != 0)
		rai_fail(err, RAI_EINPUT, "%s: the image holds %s, where %s is named", path, got,
		    digest);
	else if (rename(file, path) != 0)
		rai_fail_errno(err, "%s", path);
	else
		rc = 0;
out:
	rai_file_remove_tree(tmp.ptr, &lost);
	free(file);
	rai_buf_free(&tmp);
	return rc;
}
