#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oci/layout.h"
#include "tag.h"

enum { FILE_MAX = 4 << 20, PAGE_MAX = 64 << 20 };

static int
is_yaml(const char *path)
{
	size_t n = strlen(path);

	return (n > 5 && strcmp(path + n - 5, ".yaml") == 0) ||
	       (n > 4 && strcmp(path + n - 4, ".yml") == 0);
}

struct reading {
	struct desk *d;
	const char *revision;
	struct sheets *out;
	struct rai_err *err;
};

static int
keep_sheet(struct reading *q, const char *path, struct rai_buf *text, struct rai_image_uses *uses)
{
	struct sheets *s = q->out;
	struct sheet *p = realloc(s->sheet, (s->n + 1) * sizeof(*p));

	if (p == NULL)
		return rai_fail_memory(q->err);
	s->sheet = p;
	p += s->n;
	memset(p, 0, sizeof(*p));
	p->path = strdup(path);
	p->len = text->len;
	p->text = rai_buf_take(text);
	p->uses = *uses;
	*uses = (struct rai_image_uses){NULL, 0};
	s->n++;
	return p->path != NULL && p->text != NULL ? 0 : rai_fail_memory(q->err);
}

static int
read_sheet(const char *path, void *payload)
{
	struct reading *q = payload;
	struct rai_buf text = RAI_BUF_INIT(FILE_MAX);
	struct rai_image_uses uses = {NULL, 0};
	int rc = 0;

	if (is_yaml(path)) {
		rc = rai_repo_read(q->d->repo, q->revision, path, &text, q->err);
		if (rc == 0)
			rc = rai_edit_find_images(
			    path, text.ptr, text.len, q->d->model->deploy.image, &uses, q->err);
		if (rc == 0 && uses.n > 0)
			rc = keep_sheet(q, path, &text, &uses);
	}
	rai_image_uses_free(&uses);
	rai_buf_free(&text);
	return rc;
}

int
sheets_read(struct desk *d, const char *revision, struct sheets *out, struct rai_err *err)
{
	struct reading q = {d, revision, out, err};

	*out = (struct sheets){NULL, 0};
	if (rai_repo_list(d->repo, revision, d->folder, read_sheet, &q, err) != 0) {
		sheets_free(out);
		return -1;
	}
	if (out->n == 0)
		return rai_fail(err, RAI_EINPUT,
		    "%s at %.12s: no container's image is %s (write image: %s:none and commit it)",
		    d->folder, revision, d->model->deploy.image, d->model->deploy.image);
	return 0;
}

void
sheets_free(struct sheets *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->sheet[i].path);
		free(s->sheet[i].text);
		rai_image_uses_free(&s->sheet[i].uses);
	}
	free(s->sheet);
	*s = (struct sheets){NULL, 0};
}

int
image_version(const char *reference, char *out, size_t size)
{
	struct rai_err lost = RAI_ERR_INIT;
	struct rai_oci_ref ref;
	int rc = 1;

	if (rai_oci_ref_parse(reference, &ref, &lost) != 0)
		return 1;
	if (ref.tag != NULL && rai_version_valid(ref.tag)) {
		snprintf(out, size, "%s", ref.tag);
		rc = 0;
	}
	rai_oci_ref_release(&ref);
	return rc;
}

int
draft_add(struct draft *f, const char *path, struct rai_buf *content, struct rai_err *err)
{
	struct rai_change *c = &f->change[f->n];

	if (rai_buf_check(content, path, err) != 0)
		return -1;
	if (f->n == DRAFT_MAX)
		return rai_fail(err, RAI_EINPUT, "more than %d files to change", DRAFT_MAX);
	c->path = strdup(path);
	c->len = content->len;
	c->bytes = rai_buf_take(content);
	f->n++;
	return c->path != NULL && c->bytes != NULL ? 0 : rai_fail_memory(err);
}

int
draft_manifests(struct draft *f, const struct sheets *s, const char *repository,
    const char *reference, struct rai_err *err)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		struct rai_buf text = RAI_BUF_INIT(FILE_MAX);
		const struct sheet *p = &s->sheet[i];
		int rc =
		    rai_edit_set_image(p->path, p->text, p->len, repository, reference, &text, err);

		if (rc == 0)
			rc = draft_add(f, p->path, &text, err);
		rai_buf_free(&text);
		if (rc != 0)
			return -1;
	}
	return 0;
}

void
draft_free(struct draft *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		free((char *)f->change[i].path);
		free((char *)f->change[i].bytes);
	}
	f->n = 0;
}

/* All image references of all manifests, as they will be after the draft. */
struct gather {
	struct desk *d;
	const char *base;
	const struct draft *f;
	struct rai_image_uses all;
	struct rai_err *err;
};

static int
gather_text(struct gather *g, const char *path, const char *text, size_t len)
{
	struct rai_image_uses uses, *a = &g->all;
	struct rai_image_use *p;
	size_t i;

	if (rai_edit_find_images(path, text, len, NULL, &uses, g->err) != 0)
		return -1;
	if (uses.n == 0)
		return 0;
	p = realloc(a->use, (a->n + uses.n) * sizeof(*p));
	if (p == NULL) {
		rai_image_uses_free(&uses);
		return rai_fail_memory(g->err);
	}
	a->use = p;
	for (i = 0; i < uses.n; i++)
		a->use[a->n++] = uses.use[i];
	free(uses.use);
	return 0;
}

static int
gather_file(const char *path, void *payload)
{
	struct gather *g = payload;
	struct rai_buf text = RAI_BUF_INIT(FILE_MAX);
	size_t i;
	int rc;

	if (!is_yaml(path))
		return 0;
	for (i = 0; i < g->f->n; i++)
		if (strcmp(g->f->change[i].path, path) == 0)
			return gather_text(g, path, g->f->change[i].bytes, g->f->change[i].len);
	rc = rai_repo_read(g->d->repo, g->base, path, &text, g->err);
	if (rc == 0)
		rc = gather_text(g, path, text.ptr, text.len);
	rai_buf_free(&text);
	return rc;
}

static int
gather_all(struct gather *g)
{
	size_t i;

	for (i = 0; i < g->d->loop.n; i++)
		if (rai_repo_list(g->d->repo, g->base, g->d->loop.model[i].deploy.manifests,
			gather_file, g, g->err) != 0)
			return -1;
	return 0;
}

int
draft_pages(struct desk *d, const char *base, const struct rai_history *h, struct draft *f,
    struct rai_err *err)
{
	struct gather g = {d, base, f, {NULL, 0}, err};
	struct rai_buf page = RAI_BUF_INIT(PAGE_MAX);
	struct rai_running now = {NULL, 0};
	const char **image = NULL;
	char path[160];
	size_t i;
	int rc = gather_all(&g);

	if (rc == 0 && (image = calloc(g.all.n + 1, sizeof(*image))) == NULL)
		rc = rai_fail_memory(err);
	if (rc == 0) {
		for (i = 0; i < g.all.n; i++)
			image[i] = g.all.use[i].text;
		now = (struct rai_running){image, g.all.n};
		rai_page_registry(&page, h, &now);
		rc = draft_add(f, "MODEL_REGISTRY.md", &page, err);
	}
	if (rc == 0) {
		snprintf(path, sizeof(path), "models/%s/CHANGELOG.md", d->model->name);
		rai_page_changelog(&page, h, d->model->name);
		rc = draft_add(f, path, &page, err);
	}
	free(image);
	rai_image_uses_free(&g.all);
	rai_buf_free(&page);
	return rc;
}
