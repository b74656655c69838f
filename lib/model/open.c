#include "model/model.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "model/import.h"
#include "model/model_priv.h"

#define FOREIGN_MAX ((size_t)1 << 30) /* bytes of another library's file */

/* The digest of the whole file, which is the one that was asked for. */
static int
take_digest(struct rai_model *m, const void *p, size_t n, struct rai_err *err)
{
	if (rai_hash_bytes(p, n, m->digest, err) != 0)
		return -1;
	if (m->want != NULL && strcmp(m->want, m->digest) != 0)
		return rai_fail(
		    err, RAI_EINPUT, "the file is %s, and it must be %.80s", m->digest, m->want);
	m->proven = m->want != NULL;
	m->want = NULL;
	return 0;
}

/* A file of XGBoost or LightGBM, by its first bytes.  1: it is none. */
static int
open_foreign(struct rai_model *m, const char *path, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(FOREIGN_MAX);
	const char *slash = strrchr(path, '/');
	enum rai_import format;
	char head[64] = "";
	/* a pipe would wait for its writer; it is no model, as who opens it next says */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n;
	int rc = -1;

	if (fd < 0)
		return 1;
	n = read(fd, head, sizeof(head));
	close(fd);
	format = n > 0 ? rai_import_sniff(head, (size_t)n) : RAI_IMPORT_NOT;
	if (format == RAI_IMPORT_NOT)
		return 1;
	m->own_name = strdup(slash == NULL ? path : slash + 1);
	m->name = m->own_name;
	if (m->own_name == NULL)
		rai_fail_memory(err);
	else if (rai_file_read_regular(path, &text, err) == 0 &&
		 take_digest(m, text.ptr, text.len, err) == 0)
		rc = rai_import_read(format, text.ptr, text.len, &m->schema, &m->pipeline, err);
	rai_buf_free(&text);
	return rc == 0 ? 0 : rai_wrap(err, "%s", path);
}

/* The bytes of the file at path in memory of their own, after a look at the digest asked for. */
static int
copy(struct rai_model *m, const char *path, struct rai_err *err)
{
	size_t bytes;
	void *map;

	if (rai_safetensors_copy(path, &map, &bytes, err) != 0)
		return -1;
	if ((m->want != NULL && take_digest(m, map, bytes, err) != 0) ||
	    rai_safetensors_parse(map, bytes, &m->file, err) != 0) {
		munmap(map, bytes);
		return rai_wrap(err, "%s", path);
	}
	m->file.map = map;
	m->file.map_bytes = bytes;
	return 0;
}

enum memory { MAPPED, COPIED };

/* Whose file it is, its first bytes say; the model begins as start is. */
static int
open_file(const struct rai_model *start, const char *path, enum memory memory,
    struct rai_model **out, struct rai_err *err)
{
	struct rai_model *m = malloc(sizeof(*m));
	int rc;

	if (m == NULL)
		return rai_fail_memory(err);
	*m = *start;
	rc = open_foreign(m, path, err);
	if (rc == 1) {
		rc = memory == COPIED ? copy(m, path, err)
				      : rai_safetensors_open(path, &m->file, err);
		if (rc == 0 && rai_model_load(m, m->file.map, m->file.map_bytes, err) != 0)
			rc = rai_wrap(err, "%s", path);
	}
	if (rc == 0)
		*out = m;
	else
		rai_model_free(m);
	return rc;
}

int
rai_model_open(const char *path, struct rai_model **out, struct rai_err *err)
{
	return rai_model_open_asking(path, NULL, 0, out, err);
}

int
rai_model_open_asking(const char *path, const char *const *command, size_t ncommand,
    struct rai_model **out, struct rai_err *err)
{
	const struct rai_model start = {.command = command, .ncommand = ncommand};

	return open_file(&start, path, MAPPED, out, err);
}

int
rai_model_open_copy(const char *path, const char *digest, const struct rai_model_also *also,
    struct rai_model **out, struct rai_err *err)
{
	const struct rai_model start = {.want = digest, .also = also};

	return open_file(&start, path, COPIED, out, err);
}

int
rai_model_parse(const void *p, size_t n, struct rai_model **out, struct rai_err *err)
{
	struct rai_model *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return rai_fail_memory(err);
	if (rai_safetensors_parse(p, n, &m->file, err) != 0 || rai_model_load(m, p, n, err) != 0) {
		rai_model_free(m);
		return -1;
	}
	*out = m;
	return 0;
}
