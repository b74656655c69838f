#include "oci/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "base/hash.h"
#include "oci/blob.h"
#include "oci/image.h"
#include "oci/manifest.h"
#include "oci/tar.h"

enum { MAX_ENTRIES = 100000, CHUNK = 1 << 16 };
static const uint64_t max_bytes = (uint64_t)16 << 30;

/* One layer being read: the uncompressed bytes pass through the hash. */
struct layer {
	gzFile gz;
	struct rai_hash *hash;
	uint64_t left; /* bytes that may still come: against bombs */
	struct rai_err *err;
};

static int
pull(struct layer *l, void *p, unsigned n)
{
	int got, code;

	if (n > l->left)
		return rai_fail(l->err, RAI_EINPUT, "layer: larger than %llu GiB unpacked",
		    (unsigned long long)(max_bytes >> 30));
	got = gzread(l->gz, p, n);
	if (got < 0 || (unsigned)got != n)
		return rai_fail(l->err, RAI_EINPUT, "layer: %s",
		    got < 0 ? gzerror(l->gz, &code) : "is cut off");
	l->left -= n;
	rai_hash_add(l->hash, p, n);
	return 0;
}

/* The rest of a layer after its end mark; then the digest of all of it. */
static int
finish(struct layer *l, const char *diff_id)
{
	char rest[4096], got[RAI_HASH_DIGEST] = "sha256:";
	int n, code;

	while ((n = gzread(l->gz, rest, sizeof(rest))) > 0) {
		if ((uint64_t)n > l->left)
			return rai_fail(l->err, RAI_EINPUT, "layer: too large");
		l->left -= (uint64_t)n;
		rai_hash_add(l->hash, rest, (size_t)n);
	}
	if (n < 0)
		return rai_fail(l->err, RAI_EINPUT, "layer: %s", gzerror(l->gz, &code));
	rai_hash_end(l->hash, got + 7);
	l->hash = NULL;
	if (strcmp(got, diff_id) != 0)
		return rai_fail(l->err, RAI_EINPUT,
		    "layer: its content is %s, where the config names %s", got, diff_id);
	return 0;
}

static int
write_file(struct layer *l, const struct rai_tar_entry *e, const char *path)
{
	char chunk[CHUNK];
	uint64_t left = e->size;
	unsigned n, done;
	ssize_t w;
	int fd, rc = -1;

	if (unlink(path) != 0 && errno != ENOENT)
		return rai_fail_errno(l->err, "%s", path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return rai_fail_errno(l->err, "%s", path);
	while (left > 0) {
		n = left < CHUNK ? (unsigned)left : CHUNK;
		if (pull(l, chunk, n) != 0)
			goto out;
		for (done = 0; done < n; done += (unsigned)w)
			if ((w = write(fd, chunk + done, n - done)) < 0) {
				rai_fail_errno(l->err, "%s: write", path);
				goto out;
			}
		left -= n;
	}
	if (fchmod(fd, e->mode) != 0 || fsync(fd) != 0)
		rai_fail_errno(l->err, "%s", path);
	else
		rc = pull(l, chunk, rai_tar_padding(e->size));
out:
	close(fd);
	return rc;
}

static int
place(struct layer *l, const struct rai_tar_entry *e, const char *path)
{
	if (strstr(e->name, "/.wh.") != NULL || strncmp(e->name, ".wh.", 4) == 0)
		return rai_fail(l->err, RAI_EINPUT,
		    "layer: \"%.100s\": files that hide lower ones are not read", e->name);
	if (rai_file_mkdirs_for(path, l->err) != 0)
		return -1;
	switch (e->type) {
	case RAI_TAR_FOLDER:
		return rai_file_mkdirs(path, l->err);
	case RAI_TAR_LINK:
		if ((unlink(path) != 0 && errno != ENOENT) || symlink(e->target, path) != 0)
			return rai_fail_errno(l->err, "%s", path);
		return 0;
	default:
		return write_file(l, e, path);
	}
}

static int
read_entries(struct layer *l, const char *into)
{
	unsigned char block[RAI_TAR_BLOCK];
	struct rai_tar_entry e;
	char *path;
	int n, rc;

	for (n = 0; n < MAX_ENTRIES; n++) {
		if (pull(l, block, sizeof(block)) != 0)
			return -1;
		rc = rai_tar_read_header(block, &e, l->err);
		if (rc != 0)
			return rc == 1 ? 0 : -1;
		path = rai_file_join(into, e.name);
		rc = path == NULL ? rai_fail_memory(l->err) : place(l, &e, path);
		free(path);
		if (rc != 0)
			return -1;
	}
	return rai_fail(l->err, RAI_EINPUT, "layer: more than %d entries", MAX_ENTRIES);
}

static int
unpack_layer(const char *dir, const struct rai_oci_descriptor *d, const char *diff_id,
    const char *into, struct rai_err *err)
{
	struct layer l = {NULL, NULL, max_bytes, err};
	char *path = NULL, lost[RAI_HASH_HEX];
	int rc = -1;

	if (rai_blob_check(dir, d->digest, d->size, err) != 0)
		return -1;
	path = rai_blob_path(dir, d->digest);
	l.hash = rai_hash_new();
	if (path == NULL || l.hash == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	l.gz = gzopen(path, "rb");
	if (l.gz == NULL) {
		rai_fail_errno(err, "%s", path);
		goto out;
	}
	if (read_entries(&l, into) == 0)
		rc = finish(&l, diff_id);
out:
	if (l.gz != NULL)
		gzclose_r(l.gz);
	rai_hash_end(l.hash, lost);
	free(path);
	return rc;
}

static int
unpack_all(const char *dir, const struct rai_oci_manifest *m, const char *into, struct rai_err *err)
{
	struct rai_buf config = RAI_BUF_INIT(RAI_OCI_MANIFEST_MAX);
	char(*ids)[RAI_HASH_DIGEST] = calloc(RAI_OCI_LAYERS, sizeof(*ids));
	size_t i, n = 0;
	int rc = -1;

	if (ids == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (rai_blob_read(dir, m->config.digest, m->config.size, &config, err) != 0 ||
	    rai_oci_config_read(config.ptr, config.len, ids, RAI_OCI_LAYERS, &n, err) != 0)
		goto out;
	if (n != m->n) {
		rai_fail(err, RAI_EINPUT, "image: %zu layers, but its config names %zu", m->n, n);
		goto out;
	}
	for (i = 0, rc = 0; rc == 0 && i < n; i++)
		rc = unpack_layer(dir, &m->layer[i], ids[i], into, err);
out:
	rai_buf_free(&config);
	free(ids);
	return rc;
}

int
rai_oci_unpack(
    const char *root, const struct rai_oci_ref *ref, const char *into, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RAI_OCI_MANIFEST_MAX), tmp = RAI_BUF_INIT(8192);
	struct rai_oci_manifest *m = NULL;
	struct rai_err lost = RAI_ERR_INIT;
	char digest[RAI_HASH_DIGEST], *dir = NULL;
	struct stat st;
	int rc = -1;

	if (stat(into, &st) == 0)
		return 0;
	rai_buf_printf(&tmp, "%s.tmp.XXXXXX", into);
	dir = rai_oci_dir(root, ref->dir);
	m = malloc(sizeof(*m));
	if (dir == NULL || m == NULL || tmp.bad) {
		rai_fail_memory(err);
		goto out;
	}
	if (rai_oci_find(root, ref, digest, err) != 0 ||
	    rai_blob_read(dir, digest, -1, &text, err) != 0 ||
	    rai_oci_manifest_read(text.ptr, text.len, m, err) != 0 ||
	    rai_file_mkdirs_for(into, err) != 0)
		goto out;
	if (mkdtemp(tmp.ptr) == NULL || chmod(tmp.ptr, 0755) != 0) {
		rai_fail_errno(err, "%s", tmp.ptr);
		goto out;
	}
	rc = unpack_all(dir, m, tmp.ptr, err);
	if (rc == 0 && rename(tmp.ptr, into) != 0 && errno != ENOTEMPTY && errno != EEXIST)
		rc = rai_fail_errno(err, "%s", into);
	rai_file_remove_tree(tmp.ptr, &lost); /* gone when the rename went well */
out:
	free(m);
	free(dir);
	rai_buf_free(&tmp);
	rai_buf_free(&text);
	return rc;
}
