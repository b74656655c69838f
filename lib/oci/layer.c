#include "oci/layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "oci/blob.h"
#include "oci/tar.h"

enum { BLOCK = 65535 };

struct rai_layer {
	FILE *f;
	char *dir, *tmp; /* tmp: the blob until its digest is known */
	struct rai_hash *packed, *plain;
	unsigned long crc;
	uint64_t total, written; /* bytes before and after packing */
	size_t n;                /* in block */
	struct rai_err err;      /* the first failure */
	unsigned char block[BLOCK];
};

static void
out(struct rai_layer *l, const void *p, size_t n)
{
	if (l->err.code != RAI_OK)
		return;
	if (fwrite(p, 1, n, l->f) != n) {
		rai_fail_errno(&l->err, "%s: write", l->tmp);
		return;
	}
	rai_hash_add(l->packed, p, n);
	l->written += n;
}

static void
flush(struct rai_layer *l, int last)
{
	unsigned n = (unsigned)l->n;
	unsigned char head[5] = {(unsigned char)last, (unsigned char)n, (unsigned char)(n >> 8),
	    (unsigned char)~n, (unsigned char)(~n >> 8)};

	out(l, head, sizeof(head));
	out(l, l->block, l->n);
	l->n = 0;
}

static void
add(struct rai_layer *l, const void *p, size_t n)
{
	const unsigned char *from = p;
	size_t part;

	rai_hash_add(l->plain, p, n);
	l->crc = crc32_z(l->crc, p, n);
	l->total += n;
	while (n > 0) {
		if (l->n == BLOCK)
			flush(l, 0);
		part = BLOCK - l->n < n ? BLOCK - l->n : n;
		memcpy(l->block + l->n, from, part);
		l->n += part;
		from += part;
		n -= part;
	}
}

int
rai_layer_begin(const char *dir, struct rai_layer **result, struct rai_err *err)
{
	static const unsigned char head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
	struct rai_layer *l = calloc(1, sizeof(*l));
	int fd = -1;

	if (l == NULL)
		return rai_fail_memory(err);
	l->dir = strdup(dir);
	l->tmp = rai_file_join(dir, "blobs/sha256/layer.tmp.XXXXXX");
	l->packed = rai_hash_new();
	l->plain = rai_hash_new();
	l->crc = crc32(0, NULL, 0);
	if (l->dir == NULL || l->tmp == NULL || l->packed == NULL || l->plain == NULL)
		rai_fail_memory(&l->err);
	else if (rai_file_mkdirs_for(l->tmp, &l->err) == 0) {
		fd = mkstemp(l->tmp);
		l->f = fd >= 0 ? fdopen(fd, "wb") : NULL;
		if (l->f == NULL)
			rai_fail_errno(&l->err, "%s", l->tmp);
	}
	if (l->f == NULL)
		return rai_layer_end(l, NULL, NULL, err);
	out(l, head, sizeof(head));
	*result = l;
	return 0;
}

static void
header(struct rai_layer *l, enum rai_tar_type type, const char *name, uint64_t size)
{
	struct rai_tar_entry e = {.type = type, .size = size};
	unsigned char block[RAI_TAR_BLOCK];

	e.mode = type == RAI_TAR_FOLDER ? 0755 : 0644;
	snprintf(e.name, sizeof(e.name), "%s", name);
	if (l->err.code == RAI_OK && rai_tar_write_header(&e, block, &l->err) == 0)
		add(l, block, sizeof(block));
}

static void
pad(struct rai_layer *l, uint64_t size)
{
	static const unsigned char zeros[RAI_TAR_BLOCK];

	add(l, zeros, rai_tar_padding(size));
}

void
rai_layer_folder(struct rai_layer *l, const char *name)
{
	header(l, RAI_TAR_FOLDER, name, 0);
}

void
rai_layer_bytes(struct rai_layer *l, const char *name, const void *p, size_t n)
{
	header(l, RAI_TAR_FILE, name, n);
	add(l, p, n);
	pad(l, n);
}

/* Copies the file, whose size was told in the header, and hashes what is copied. */
static void
copy_in(struct rai_layer *l, FILE *f, uint64_t size, const char *path, const char *digest)
{
	struct rai_hash *h = rai_hash_new();
	char got[RAI_HASH_DIGEST] = "sha256:", chunk[1 << 16];
	uint64_t copied = 0;
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0 && copied + n <= size) {
		rai_hash_add(h, chunk, n);
		add(l, chunk, n);
		copied += n;
	}
	rai_hash_end(h, got + 7);
	if (l->err.code != RAI_OK)
		return;
	if (ferror(f))
		rai_fail_errno(&l->err, "%s: read", path);
	else if (n > 0 || copied != size)
		rai_fail(&l->err, RAI_EINPUT, "%s: changed while it was read", path);
	else if (strcmp(got, digest) != 0)
		rai_fail(&l->err, RAI_EINPUT,
		    "%s: is %s, but the event names %s (damaged, or trained again since)", path,
		    got, digest);
}

void
rai_layer_file(struct rai_layer *l, const char *name, const char *path, const char *digest)
{
	struct stat st;
	FILE *f;

	if (l->err.code != RAI_OK)
		return;
	f = fopen(path, "rb");
	if (f == NULL || fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode)) {
		if (f != NULL)
			rai_fail(&l->err, RAI_EINPUT, "%s: is no file", path);
		else
			rai_fail_errno(&l->err, "%s", path);
	} else {
		header(l, RAI_TAR_FILE, name, (uint64_t)st.st_size);
		copy_in(l, f, (uint64_t)st.st_size, path, digest);
		pad(l, (uint64_t)st.st_size);
	}
	if (f != NULL)
		fclose(f);
}

static void
put_le32(unsigned char *p, unsigned long v)
{
	int i;

	for (i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static void
close_archive(struct rai_layer *l)
{
	static const unsigned char end[2 * RAI_TAR_BLOCK];
	unsigned char tail[8];

	add(l, end, sizeof(end));
	flush(l, 1);
	put_le32(tail, l->crc);
	put_le32(tail + 4, (unsigned long)(l->total & 0xffffffff));
	out(l, tail, sizeof(tail));
	if (l->err.code == RAI_OK &&
	    (fflush(l->f) != 0 || fchmod(fileno(l->f), 0644) != 0 || fsync(fileno(l->f)) != 0))
		rai_fail_errno(&l->err, "%s: write", l->tmp);
}

static void
keep(struct rai_layer *l, struct rai_oci_descriptor *d)
{
	char *path = rai_blob_path(l->dir, d->digest);

	if (path == NULL)
		rai_fail_memory(&l->err);
	else if (rename(l->tmp, path) != 0)
		rai_fail_errno(&l->err, "%s", path);
	free(path);
}

int
rai_layer_end(struct rai_layer *l, struct rai_oci_descriptor *d, char diff_id[RAI_HASH_DIGEST],
    struct rai_err *err)
{
	char packed[RAI_HASH_DIGEST] = "sha256:", plain[RAI_HASH_DIGEST] = "sha256:";
	int rc;

	if (l->f != NULL)
		close_archive(l);
	rai_hash_end(l->packed, packed + 7);
	rai_hash_end(l->plain, plain + 7);
	if (l->err.code == RAI_OK) {
		memcpy(d->digest, packed, sizeof(packed));
		memcpy(diff_id, plain, sizeof(plain));
		d->size = (int64_t)l->written;
		keep(l, d);
	}
	if (l->f != NULL) {
		fclose(l->f);
		if (l->err.code != RAI_OK)
			unlink(l->tmp);
	}
	rc = l->err.code == RAI_OK ? 0 : rai_fail(err, l->err.code, "%s", l->err.msg);
	free(l->dir);
	free(l->tmp);
	free(l);
	return rc;
}
