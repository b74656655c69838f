#include "conf/edit.h"

#include <stdlib.h>
#include <string.h>

#include "conf/yaml.h"

/* "oci:DIR:TAG@sha256:..." has the repository "oci:DIR". */
static int
is_image_of(const char *reference, const char *repository)
{
	size_t n = strlen(repository);

	return strncmp(reference, repository, n) == 0 &&
	       (reference[n] == '\0' || reference[n] == ':' || reference[n] == '@') &&
	       strchr(reference + n, '/') == NULL;
}

struct found {
	const struct rai_yaml **node; /* n scalars, in the order of the file */
	size_t n;
	const char *repository;
};

static int
add(struct found *f, const struct rai_yaml *node)
{
	const struct rai_yaml **p = realloc(f->node, (f->n + 1) * sizeof(struct rai_yaml *));

	if (p == NULL)
		return -1;
	f->node = p;
	f->node[f->n++] = node;
	return 0;
}

static int
is_containers(const char *key)
{
	return strcmp(key, "containers") == 0 || strcmp(key, "initContainers") == 0;
}

/* Every "image" of the maps in a list called containers or initContainers, at any depth. */
static int
search(struct found *f, const struct rai_yaml *node, int in_containers)
{
	const struct rai_yaml *image;
	size_t i;

	for (i = 0; i < node->n; i++) {
		const struct rai_yaml *child = node->item[i];
		int lists = node->kind == RAI_YAML_MAP && child->kind == RAI_YAML_LIST &&
			    is_containers(node->key[i]->text);

		image = in_containers ? rai_yaml_get(child, "image") : NULL;
		if (image != NULL && image->kind == RAI_YAML_SCALAR &&
		    (f->repository == NULL || is_image_of(image->text, f->repository)) &&
		    add(f, image) != 0)
			return -1;
		if (search(f, child, lists) != 0)
			return -1;
	}
	return 0;
}

static int
search_all(struct found *f, const struct rai_yaml_docs *docs, struct rai_err *err)
{
	size_t i;

	for (i = 0; i < docs->n; i++)
		if (search(f, docs->doc[i], 0) != 0)
			return rai_fail_memory(err);
	return 0;
}

static int
parse(const char *file, const char *text, size_t len, const char *repository,
    struct rai_yaml_docs *docs, struct found *f, struct rai_err *err)
{
	struct rai_err why = RAI_ERR_INIT;

	*docs = (struct rai_yaml_docs){NULL, 0};
	*f = (struct found){NULL, 0, repository};
	if (rai_yaml_parse(file, text, len, docs, &why) != 0)
		return repository == NULL ||
			       memmem(text, len, repository, strlen(repository)) == NULL
			   ? 0
			   : rai_fail(err, why.code, "%s", why.msg);
	return search_all(f, docs, err);
}

int
rai_edit_find_images(const char *file, const char *text, size_t len, const char *repository,
    struct rai_image_uses *out, struct rai_err *err)
{
	struct rai_yaml_docs docs;
	struct found f;
	size_t i;
	int rc = parse(file, text, len, repository, &docs, &f, err);

	*out = (struct rai_image_uses){NULL, 0};
	if (rc == 0 && f.n > 0) {
		out->use = calloc(f.n, sizeof(*out->use));
		if (out->use == NULL)
			rc = rai_fail_memory(err);
	}
	for (i = 0; rc == 0 && i < f.n; i++) {
		out->use[i].line = f.node[i]->line;
		out->use[i].column = f.node[i]->column;
		out->use[i].text = strdup(f.node[i]->text);
		out->n++;
		if (out->use[i].text == NULL)
			rc = rai_fail_memory(err);
	}
	if (rc != 0)
		rai_image_uses_free(out);
	free(f.node);
	rai_yaml_free(&docs);
	return rc;
}

void
rai_image_uses_free(struct rai_image_uses *u)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		free(u->use[i].text);
	free(u->use);
	*u = (struct rai_image_uses){NULL, 0};
}

/* Where the value itself stands: inside its quotes, when it has them. */
static int
token(const char *file, const char *text, const struct rai_yaml *y, size_t *start, size_t *end,
    struct rai_err *err)
{
	size_t n = strlen(y->text);
	char quote = text[y->start];

	*start = y->start;
	*end = y->end;
	if (!y->plain && (quote == '"' || quote == '\'') && *end - *start == n + 2 &&
	    text[*end - 1] == quote) {
		(*start)++;
		(*end)--;
	}
	if (*end - *start != n || memcmp(text + *start, y->text, n) != 0)
		return rai_yaml_fail(err, file, y,
		    "this image cannot be replaced safely (write it on one line, without escapes)");
	return 0;
}

/* Is b what a was, but for the scalars that stood for the image? */
static int
same_but(const struct rai_yaml *a, const struct rai_yaml *b, const struct found *f, size_t *next,
    const char *reference)
{
	size_t i;

	if (a->kind != b->kind || a->n != b->n || a->plain != b->plain)
		return 0;
	if (a->kind == RAI_YAML_SCALAR) {
		if (*next < f->n && f->node[*next] == a) {
			(*next)++;
			return strcmp(b->text, reference) == 0;
		}
		return strcmp(a->text, b->text) == 0;
	}
	for (i = 0; i < a->n; i++) {
		if (a->kind == RAI_YAML_MAP && strcmp(a->key[i]->text, b->key[i]->text) != 0)
			return 0;
		if (!same_but(a->item[i], b->item[i], f, next, reference))
			return 0;
	}
	return 1;
}

static int
verify(const char *file, const struct rai_yaml_docs *before, const struct found *f,
    const struct rai_buf *out, const char *reference, struct rai_err *err)
{
	struct rai_yaml_docs after;
	size_t i, next = 0;
	int same;

	if (rai_yaml_parse(file, out->ptr, out->len, &after, err) != 0)
		return rai_wrap(err, "after the change");
	same = after.n == before->n;
	for (i = 0; same && i < after.n; i++)
		same = same_but(before->doc[i], after.doc[i], f, &next, reference);
	rai_yaml_free(&after);
	if (!same || next != f->n)
		return rai_fail(err, RAI_EINPUT,
		    "%s: \"%.200s\" would be read as something else there: not changed", file,
		    reference);
	return 0;
}

int
rai_edit_set_image(const char *file, const char *text, size_t len, const char *repository,
    const char *reference, struct rai_buf *out, struct rai_err *err)
{
	struct rai_yaml_docs docs;
	struct found f;
	size_t i, start, end, from = 0;
	int rc = parse(file, text, len, repository, &docs, &f, err);

	for (i = 0; rc == 0 && i < f.n; i++) {
		rc = token(file, text, f.node[i], &start, &end, err);
		if (rc != 0)
			break;
		rai_buf_add(out, text + from, start - from);
		rai_buf_str(out, reference);
		from = end;
	}
	if (rc == 0) {
		rai_buf_add(out, text + from, len - from);
		rc = rai_buf_check(out, file, err);
	}
	if (rc == 0 && f.n > 0)
		rc = verify(file, &docs, &f, out, reference, err);
	free(f.node);
	rai_yaml_free(&docs);
	return rc;
}
