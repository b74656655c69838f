#include "oci/blob.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

char *
rai_blob_path(const char *dir, const char *digest)
{
	struct rai_buf b = RAI_BUF_INIT(8192);

	rai_buf_printf(&b, "%s/blobs/sha256/%s", dir, digest + 7);
	if (b.bad) {
		rai_buf_free(&b);
		return NULL;
	}
	return rai_buf_take(&b);
}

static int
check_size(const char *path, int64_t size, struct rai_err *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno == ENOENT
			   ? rai_fail(err, RAI_EINPUT, "%s: the blob is not there", path)
			   : rai_fail_errno(err, "%s", path);
	if (size >= 0 && (int64_t)st.st_size != size)
		return rai_fail(err, RAI_EINPUT, "%s: is %lld bytes, where %lld are named", path,
		    (long long)st.st_size, (long long)size);
	return 0;
}

static int
check_digest(const char *path, const char *got, const char *want, struct rai_err *err)
{
	if (strcmp(got, want) == 0)
		return 0;
	return rai_fail(err, RAI_EINPUT, "%s: its content is %s (damaged or altered)", path, got);
}

int
rai_blob_write(
    const char *dir, const void *p, size_t n, char digest[RAI_HASH_DIGEST], struct rai_err *err)
{
	char *path = NULL;
	int rc = -1;

	if (rai_hash_bytes(p, n, digest, err) != 0)
		return -1;
	path = rai_blob_path(dir, digest);
	if (path == NULL)
		return rai_fail_memory(err);
	if (rai_blob_check(dir, digest, (int64_t)n, NULL) == 0)
		rc = 0;
	else if (rai_file_mkdirs_for(path, err) == 0)
		rc = rai_file_write(path, p, n, 0644, err);
	free(path);
	return rc;
}

int
rai_blob_read(
    const char *dir, const char *digest, int64_t size, struct rai_buf *out, struct rai_err *err)
{
	char *path = rai_blob_path(dir, digest), got[RAI_HASH_DIGEST];
	size_t mark = out->len;
	int rc = -1;

	if (path == NULL)
		return rai_fail_memory(err);
	if (check_size(path, size, err) == 0 && rai_file_read(path, out, err) == 0 &&
	    rai_hash_bytes(out->ptr + mark, out->len - mark, got, err) == 0)
		rc = check_digest(path, got, digest, err);
	free(path);
	return rc;
}

int
rai_blob_check(const char *dir, const char *digest, int64_t size, struct rai_err *err)
{
	char *path = rai_blob_path(dir, digest), got[RAI_HASH_DIGEST];
	int rc = -1;

	if (path == NULL)
		return rai_fail_memory(err);
	if (check_size(path, size, err) == 0 && rai_hash_file(path, got, err) == 0)
		rc = check_digest(path, got, digest, err);
	free(path);
	return rc;
}
