#include "model/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "model/safetensors.h"
#include "model/save.h"

#define BYTES ((size_t)4 << 30) /* of one file, at most */

struct rai_checkpoint {
	char *path;
	const char *binding;
	char *key;
	struct rai_safetensors file; /* what is resumed; its arrays are used in place */
	int open;
	struct rai_fitted part;
};

/* What a file of ours holds; digest: of all this. */
static int
describe(const struct rai_checkpoint *p, struct rai_safetensors_out *o,
    char digest[RAI_HASH_DIGEST], struct rai_err *err)
{
	rai_safetensors_add_meta(o, "checkpoint.binding", p->binding);
	rai_safetensors_add_meta(o, "checkpoint.key", p->key);
	rai_safetensors_sort(o);
	return rai_model_content_digest(o->meta, o->nmeta, o->tensor, o->ntensor, digest, err);
}

/* From the fit; what cannot be written costs only time later. */
static int
write_part(void *ctx, const struct rai_fitted *so_far, size_t units_done)
{
	struct rai_checkpoint *p = ctx;
	struct rai_safetensors_out o = {.ntensor = 0};
	struct rai_buf bytes = RAI_BUF_INIT(BYTES);
	char digest[RAI_HASH_DIGEST];

	(void)units_done;
	so_far->kind->save(so_far, &o);
	if (describe(p, &o, digest, NULL) == 0) {
		rai_safetensors_add_meta(&o, "rai.content_digest", digest);
		rai_safetensors_render(&o, &bytes);
		if (!bytes.bad)
			rai_file_write(p->path, bytes.ptr, bytes.len, 0644, NULL);
	}
	rai_buf_free(&bytes);
	return 0;
}

/* 1: a file of this fit, unaltered. */
static int
is_ours(const struct rai_checkpoint *p)
{
	const struct rai_safetensors *f = &p->file;
	const char *binding = rai_safetensors_meta(f, "checkpoint.binding");
	const char *key = rai_safetensors_meta(f, "checkpoint.key");
	const char *seal = rai_safetensors_meta(f, "rai.content_digest");
	char digest[RAI_HASH_DIGEST];

	return binding != NULL && key != NULL && seal != NULL && strcmp(binding, p->binding) == 0 &&
	       strcmp(key, p->key) == 0 &&
	       rai_model_content_digest(f->meta, f->nmeta, f->tensor, f->ntensor, digest, NULL) ==
		   0 &&
	       strcmp(seal, digest) == 0;
}

static const struct rai_fitted *
read_part(struct rai_checkpoint *p, const struct rai_fitted *spec, size_t width, size_t nclass)
{
	if (access(p->path, F_OK) != 0 || rai_safetensors_open(p->path, &p->file, NULL) != 0)
		return NULL;
	p->open = 1;
	p->part = *spec;
	p->part.width = width;
	p->part.nclass = nclass;
	if (is_ours(p) && spec->kind->load(&p->part, &p->file, NULL) == 0)
		return &p->part;
	return NULL;
}

static void
release(struct rai_checkpoint *p)
{
	rai_fitted_release(&p->part);
	if (p->open)
		rai_safetensors_release(&p->file);
	free(p->path);
	free(p->key);
	free(p);
}

struct rai_checkpoint *
rai_checkpoint_begin(const struct rai_checkpoints *c, const char *key,
    const struct rai_fitted *spec, size_t width, size_t nclass, struct rai_fit_options *opt)
{
	struct rai_checkpoint *p;
	struct rai_buf path = RAI_BUF_INIT(8192);

	if (c == NULL || !(spec->kind->can & RAI_CAN_RESUME))
		return NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	rai_buf_printf(&path, "%s.%s", c->path, key);
	p->binding = c->binding;
	p->key = strdup(key);
	if (rai_buf_check(&path, "checkpoint", NULL) == 0)
		p->path = rai_buf_take(&path);
	rai_buf_free(&path);
	if (p->key == NULL || p->path == NULL) {
		release(p);
		return NULL;
	}
	opt->resume = c->fresh ? NULL : read_part(p, spec, width, nclass);
	opt->checkpoint = write_part;
	opt->checkpoint_ctx = p;
	opt->checkpoint_ms = c->every_ms;
	return p;
}

void
rai_checkpoint_end(struct rai_checkpoint *p)
{
	if (p == NULL)
		return;
	unlink(p->path);
	release(p);
}
