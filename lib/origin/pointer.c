#include "origin/pointer.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "conf/yaml.h"
#include "json/json.h"

enum { POINTER_MAX = 1 << 20, NAMED = 5 };

static int
is_md5(const char *text)
{
	return strlen(text) == RAI_POINTER_MD5 - 1 &&
	       strspn(text, "0123456789abcdef") == RAI_POINTER_MD5 - 1;
}

/* A scalar of the output; *out is NULL where there is none. */
static int
get_text(const char *file, const struct rai_yaml *map, const char *key, const char **out,
    struct rai_err *err)
{
	const struct rai_yaml *node = rai_yaml_get(map, key);

	*out = NULL;
	if (rai_yaml_is_null(node))
		return 0;
	if (node->kind != RAI_YAML_SCALAR)
		return rai_yaml_fail(err, file, node, "outs.%s: must be one word", key);
	*out = node->text;
	return 0;
}

static int
read_md5(
    const char *file, const struct rai_yaml *item, struct rai_pointer *out, struct rai_err *err)
{
	const char *md5, *hash;
	size_t n;

	if (get_text(file, item, "md5", &md5, err) != 0 ||
	    get_text(file, item, "hash", &hash, err) != 0)
		return -1;
	if (md5 == NULL || (hash != NULL && strcmp(hash, "md5") != 0))
		return rai_yaml_fail(err, file, item,
		    "outs: no md5: what is kept outside DVC's cache cannot be read through it");
	n = strlen(md5);
	out->folder = n == RAI_POINTER_MD5 + 3 && strcmp(md5 + n - 4, ".dir") == 0;
	if (out->folder)
		n -= 4;
	if (n != RAI_POINTER_MD5 - 1)
		n = 0;
	memcpy(out->md5, md5, n);
	out->md5[n] = '\0';
	if (!is_md5(out->md5))
		return rai_yaml_fail(err, file, rai_yaml_get(item, "md5"),
		    "outs.md5: must be 32 digits 0-9a-f, and .dir for a folder");
	out->legacy = hash == NULL;
	return 0;
}

static int
read_out(
    const char *file, const struct rai_yaml *root, struct rai_pointer *out, struct rai_err *err)
{
	const struct rai_yaml *outs = rai_yaml_get(root, "outs"), *item, *size;
	const char *path, *remote;

	if (outs == NULL || outs->kind != RAI_YAML_LIST || outs->n != 1 ||
	    outs->item[0]->kind != RAI_YAML_MAP)
		return rai_yaml_fail(err, file, outs != NULL ? outs : root,
		    "outs: must be a list of one output, as dvc add writes it");
	item = outs->item[0];
	if (read_md5(file, item, out, err) != 0 || get_text(file, item, "path", &path, err) != 0 ||
	    get_text(file, item, "remote", &remote, err) != 0)
		return -1;
	if (path == NULL)
		return rai_yaml_fail(err, file, item, "outs.path: is missing");
	size = rai_yaml_get(item, "size");
	out->size = -1;
	if (!rai_yaml_is_null(size) && rai_yaml_int(size, 0, INT64_MAX, &out->size) != 0)
		return rai_yaml_fail(err, file, size, "outs.size: must be a number of bytes");
	out->path = strdup(path);
	out->remote = remote != NULL ? strdup(remote) : NULL;
	if (out->path == NULL || (remote != NULL && out->remote == NULL))
		return rai_fail_memory(err);
	return 0;
}

int
rai_pointer_parse(
    const char *file, const char *text, size_t len, struct rai_pointer *out, struct rai_err *err)
{
	struct rai_yaml_docs docs = {NULL, 0};
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (rai_yaml_parse(file, text, len, &docs, err) != 0)
		return -1;
	if (docs.n == 1)
		rc = read_out(file, docs.doc[0], out, err);
	else
		rai_fail(err, RAI_EINPUT, "%s: must be one YAML document, as of dvc add", file);
	rai_yaml_free(&docs);
	return rc;
}

int
rai_pointer_read(const char *path, struct rai_pointer *out, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(POINTER_MAX);
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (rai_file_read(path, &text, err) == 0)
		rc = rai_pointer_parse(path, text.ptr, text.len, out, err);
	rai_buf_free(&text);
	return rc;
}

void
rai_pointer_release(struct rai_pointer *p)
{
	free(p->path);
	free(p->remote);
	memset(p, 0, sizeof(*p));
}

/* err: the folder, and the first files in it. */
static int
say_files(const char *what, const struct cJSON *list, const char *inside, struct rai_err *err)
{
	struct rai_buf names = RAI_BUF_INIT(300);
	const struct cJSON *f;
	const char *name;
	size_t n = 0;

	for (f = rai_json_first(list); f != NULL && n < NAMED; f = rai_json_next(f), n++)
		if (rai_json_str(f, "relpath", &name, NULL) == 0)
			rai_buf_printf(&names, "%s%.40s", n > 0 ? ", " : "", name);
	if (inside != NULL)
		rai_fail(err, RAI_EINPUT, "%s: no file \"%.100s\" in this folder, but %s%s", what,
		    inside, n > 0 ? names.ptr : "nothing", f != NULL ? ", ..." : "");
	else
		rai_fail(err, RAI_EINPUT,
		    "%s: stands for a folder of %zu files: name one of them below it (%s%s)", what,
		    rai_json_count(list), names.ptr, f != NULL ? ", ..." : "");
	rai_buf_free(&names);
	return -1;
}

int
rai_pointer_find(const char *what, const char *list, size_t len, const char *inside,
    char md5[RAI_POINTER_MD5], struct rai_err *err)
{
	struct cJSON *root = rai_json_parse(list, len, err);
	const struct cJSON *f;
	const char *name, *hash;
	int rc = -1;

	if (root == NULL)
		return rai_wrap(err, "%s: its list of files", what);
	if (rai_json_kind(root) != RAI_JSON_ARRAY) {
		rai_fail(err, RAI_EINPUT, "%s: its list of files is no list", what);
		goto out;
	}
	for (f = rai_json_first(root); f != NULL && inside != NULL; f = rai_json_next(f)) {
		if (rai_json_str(f, "relpath", &name, err) != 0 ||
		    rai_json_str(f, "md5", &hash, err) != 0) {
			rai_wrap(err, "%s: its list of files", what);
			goto out;
		}
		if (strcmp(name, inside) != 0)
			continue;
		if (!is_md5(hash)) {
			rai_fail(err, RAI_EINPUT, "%s: its list of files: no md5 for %.100s", what,
			    inside);
			goto out;
		}
		memcpy(md5, hash, RAI_POINTER_MD5);
		rc = 0;
		goto out;
	}
	say_files(what, root, inside, err);
out:
	rai_json_free(root);
	return rc;
}
