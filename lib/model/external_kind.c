#include <stdlib.h>
#include <string.h>

#include "model/external.h"

/* What f->state is. */
struct outside {
	struct rai_external *program; /* that answers */
	const void *artifact;         /* n bytes */
	size_t n;
	char *own; /* where artifact is not the mapped file's */
};

static struct rai_external_about
about(const struct rai_fitted *f, const struct rai_fit_data *d, uint64_t seed)
{
	return (struct rai_external_about){.command = f->command,
	    .ncommand = f->ncommand,
	    .width = f->width,
	    .nclass = f->nclass,
	    .names = d != NULL ? d->names : NULL,
	    .levels = d != NULL ? d->levels : NULL,
	    .seed = seed};
}

static int
fit(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	struct rai_buf artifact = RAI_BUF_INIT(RAI_EXTERNAL_ARTIFACT);
	struct rai_external_about a;
	struct outside *s = calloc(1, sizeof(*s));
	int rc = -1;

	if (s == NULL)
		return rai_fail_memory(err);
	f->width = d->width;
	f->nclass = d->nclass;
	a = about(f, d, opt->seed);
	if (rai_external_train(&a, d, &artifact, err) != 0 ||
	    rai_external_start(&a, artifact.ptr, artifact.len, &s->program, err) != 0)
		goto out;
	s->n = artifact.len;
	s->artifact = s->own = rai_buf_take(&artifact);
	f->state = s;
	s = NULL;
	if (opt->tick != NULL)
		opt->tick(opt->tick_ctx);
	rc = 0;
out:
	free(s);
	rai_buf_free(&artifact);
	return rc;
}

static void
predict_rows(const struct rai_fitted *f, const double *x, size_t n, double *out)
{
	rai_external_ask(((struct outside *)f->state)->program, x, n, out);
}

static void
predict(const struct rai_fitted *f, const double *x, double *out)
{
	predict_rows(f, x, 1, out);
}

static void
save(const struct rai_fitted *f, struct rai_safetensors_out *out)
{
	const struct outside *s = f->state;

	rai_safetensors_add(out, "artifact", RAI_DTYPE_U8, s->n, 0, s->artifact);
}

static int
load(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	const struct rai_tensor *t = rai_safetensors_find(file, "artifact");
	struct rai_external_about a = about(f, NULL, 0);
	struct outside *s;

	if (f->ncommand == 0)
		return rai_fail(err, RAI_EINPUT,
		    "it is answered by a program of its own, which rai-train alone asks (--predict "
		    "with --external COMMAND)");
	if (t == NULL || t->dtype != RAI_DTYPE_U8 || t->rank != 1 || t->bytes == 0)
		return rai_fail(err, RAI_EINPUT, "tensor \"artifact\" must be bytes");
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return rai_fail_memory(err);
	f->state = s;
	s->artifact = t->data;
	s->n = t->bytes;
	return rai_external_start(&a, s->artifact, s->n, &s->program, err);
}

static void
release(struct rai_fitted *f)
{
	struct outside *s = f->state;

	rai_external_free(s->program);
	free(s->own);
	free(s);
}

int
rai_fitted_check(const struct rai_fitted *f, struct rai_err *err)
{
	if (f->kind != &rai_kind_external || f->state == NULL)
		return 0;
	return rai_external_check(((struct outside *)f->state)->program, err);
}

const struct rai_kind rai_kind_external = {
    .name = "external",
    .param = {{.name = NULL}},
    .view = RAI_VIEW_NATIVE,
    .can = RAI_CAN_REGRESSION | RAI_CAN_CLASSES,
    .fit = fit,
    .predict = predict,
    .predict_rows = predict_rows,
    .save = save,
    .load = load,
    .release = release,
};
