#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "model/matrix.h"
#include "model/svm.h"

static double
squared_distance(const double *a, const double *b, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += (a[i] - b[i]) * (a[i] - b[i]);
	return sum;
}

static double
power(double base, unsigned exponent)
{
	double p = 1;

	for (; exponent > 0; exponent >>= 1, base *= base)
		if (exponent & 1)
			p *= base;
	return p;
}

static double
hyperbolic_tangent(double x)
{
	double e = rai_exp(-2 * fabs(x)), t = (1 - e) / (1 + e);

	return x < 0 ? -t : t;
}

double
rai_svm_kernel(const struct rai_svm_kernel *k, const double *a, const double *b, size_t n)
{
	switch (k->type) {
	case RAI_SVM_RBF:
		return rai_exp(-k->gamma * squared_distance(a, b, n));
	case RAI_SVM_POLY:
		return power(k->gamma * rai_dot(a, b, n) + k->coef0, k->degree);
	case RAI_SVM_SIGMOID:
		return hyperbolic_tangent(k->gamma * rai_dot(a, b, n) + k->coef0);
	case RAI_SVM_LINEAR:
		break;
	}
	return rai_dot(a, b, n);
}

struct rai_svm_kernel
rai_svm_kernel_of(const struct rai_fitted *f, double gamma)
{
	return (struct rai_svm_kernel){(enum rai_svm_kernel_type)f->param[RAI_SVM_P_KERNEL], gamma,
	    f->param[RAI_SVM_P_COEF0], (unsigned)f->param[RAI_SVM_P_DEGREE]};
}

void
rai_svm_release(struct rai_svm *s)
{
	free(s->own);
	free(s->own_class);
	memset(s, 0, sizeof(*s));
}

static void
release(struct rai_fitted *f)
{
	rai_svm_release(f->state);
	free(f->state);
	f->state = NULL;
}

static int
fit(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	struct rai_svm *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return rai_fail_memory(err);
	if (rai_svm_fit(f, d, opt, s, err) != 0) {
		free(s);
		return -1;
	}
	f->state = s;
	f->width = d->width;
	f->nclass = d->nclass;
	if (opt->tick != NULL)
		opt->tick(opt->tick_ctx);
	return 0;
}

static void
predict_number(const struct rai_fitted *f, const double *x, double *out)
{
	const struct rai_svm *s = f->state;
	double sum = 0;
	size_t i;

	for (i = 0; i < s->nvector; i++)
		sum +=
		    s->coef[i] * rai_svm_kernel(&s->kernel, s->vector + i * f->width, x, f->width);
	*out = sum + s->intercept[0];
}

static void
predict_classes(const struct rai_fitted *f, const double *x, double *out)
{
	const struct rai_svm *s = f->state;
	double value[RAI_SVM_CLASSES * (RAI_SVM_CLASSES - 1) / 2], p[RAI_SVM_CLASSES], k;
	size_t i, pair;

	memset(value, 0, s->npair * sizeof(*value));
	for (i = 0; i < s->nvector; i++) {
		k = rai_svm_kernel(&s->kernel, s->vector + i * f->width, x, f->width);
		for (pair = 0; pair < s->npair; pair++)
			value[pair] += s->coef[i * s->npair + pair] * k;
	}
	for (pair = 0; pair < s->npair; pair++)
		value[pair] += s->intercept[pair];
	rai_svm_couple(value, s->sigmoid, s->nclass, p);
	memset(out, 0, f->nclass * sizeof(*out));
	for (i = 0; i < s->nclass; i++)
		out[s->class[i]] = p[i];
}

static void
save(const struct rai_fitted *f, struct rai_safetensors_out *out)
{
	const struct rai_svm *s = f->state;

	rai_safetensors_add(out, "support_vectors", RAI_DTYPE_F64, s->nvector, f->width, s->vector);
	rai_safetensors_add(out, "dual_coefficients", RAI_DTYPE_F64, s->nvector, s->npair, s->coef);
	rai_safetensors_add(out, "intercepts", RAI_DTYPE_F64, s->npair, 0, s->intercept);
	rai_safetensors_add(out, "gamma", RAI_DTYPE_F64, 0, 0, &s->kernel.gamma);
	if (s->class != NULL) {
		rai_safetensors_add(out, "sigmoids", RAI_DTYPE_F64, s->npair, 2, s->sigmoid);
		rai_safetensors_add(out, "classes", RAI_DTYPE_I64, s->nclass, 0, s->class);
	}
}

static int
load_classes(
    struct rai_svm *s, size_t nclass, const struct rai_safetensors *file, struct rai_err *err)
{
	const struct rai_tensor *t = rai_safetensors_find(file, "classes");
	size_t i;

	if (t == NULL || t->dtype != RAI_DTYPE_I64 || t->rank != 1 || t->shape[0] < 2 ||
	    t->shape[0] > RAI_SVM_CLASSES || (uintptr_t)t->data % 8 != 0)
		return rai_fail(err, RAI_EINPUT,
		    "tensor \"classes\" must be aligned, of dtype I64, with 2 to %d numbers",
		    RAI_SVM_CLASSES);
	s->class = t->data;
	s->nclass = (size_t)t->shape[0];
	s->npair = s->nclass * (s->nclass - 1) / 2;
	for (i = 0; i < s->nclass; i++)
		if (s->class[i] < (i > 0 ? s->class[i - 1] + 1 : 0) ||
		    s->class[i] >= (int64_t)nclass)
			return rai_fail(err, RAI_EINPUT,
			    "tensor \"classes\" must rise, from 0 to %zu at most", nclass - 1);
	return rai_safetensors_f64(file, "sigmoids", s->npair, 2, &s->sigmoid, err);
}

static int
load(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	const struct rai_tensor *v = rai_safetensors_find(file, "support_vectors");
	struct rai_svm *s = calloc(1, sizeof(*s));
	const double *gamma;

	if (s == NULL)
		return rai_fail_memory(err);
	f->state = s;
	s->npair = 1;
	if (f->nclass > 0 && load_classes(s, f->nclass, file, err) != 0)
		return -1;
	s->nvector = v != NULL && v->rank == 2 ? (size_t)v->shape[0] : 1;
	if (rai_safetensors_f64(file, "support_vectors", s->nvector, f->width, &s->vector, err) !=
		0 ||
	    rai_safetensors_f64(file, "dual_coefficients", s->nvector, s->npair, &s->coef, err) !=
		0 ||
	    rai_safetensors_f64(file, "intercepts", s->npair, 0, &s->intercept, err) != 0 ||
	    rai_safetensors_f64(file, "gamma", 0, 0, &gamma, err) != 0)
		return -1;
	s->kernel = rai_svm_kernel_of(f, *gamma);
	return 0;
}

static const struct rai_param_word kernel_words[] = {{"rbf", RAI_SVM_RBF},
    {"linear", RAI_SVM_LINEAR}, {"poly", RAI_SVM_POLY}, {"sigmoid", RAI_SVM_SIGMOID}, {NULL, 0}};
static const struct rai_param_word gamma_words[] = {
    {"scale", RAI_SVM_GAMMA_SCALE}, {"auto", RAI_SVM_GAMMA_AUTO}, {NULL, 0}};

#define SVM_PARAMS                                                                              \
	[RAI_SVM_P_KERNEL] = {"kernel", RAI_SVM_RBF, 0, 0, RAI_PARAM_WORD, kernel_words, NULL}, \
	[RAI_SVM_P_C] = {"C", 1, 1e-12, 1e12, RAI_PARAM_REAL, NULL, NULL},                      \
	[RAI_SVM_P_GAMMA] = {"gamma", RAI_SVM_GAMMA_SCALE, 1e-12, 1e12, RAI_PARAM_REAL,         \
	    gamma_words, NULL},                                                                 \
	[RAI_SVM_P_DEGREE] = {"degree", 3, 0, 100, RAI_PARAM_WHOLE, NULL, NULL},                \
	[RAI_SVM_P_COEF0] = {"coef0", 0, -1e12, 1e12, RAI_PARAM_REAL, NULL, NULL},              \
	[RAI_SVM_P_TOL] = {"tol", 1e-3, 1e-12, 1, RAI_PARAM_REAL, NULL, NULL},                  \
	[RAI_SVM_P_CACHE] = {"cache_size", 200, 1, 1e6, RAI_PARAM_REAL, NULL, NULL}

const struct rai_kind rai_kind_svr = {
    .name = "svr",
    .param =
	{
	    SVM_PARAMS,
	    [RAI_SVM_P_EPSILON] = {"epsilon", 0.1, 0, 1e12, RAI_PARAM_REAL, NULL, NULL},
	    {.name = NULL},
	},
    .view = RAI_VIEW_STANDARD,
    .can = RAI_CAN_REGRESSION,
    .fit = fit,
    .predict = predict_number,
    .save = save,
    .load = load,
    .release = release,
};

const struct rai_kind rai_kind_svc = {
    .name = "svc",
    .param = {SVM_PARAMS, {.name = NULL}},
    .view = RAI_VIEW_STANDARD,
    .can = RAI_CAN_CLASSES,
    .fit = fit,
    .predict = predict_classes,
    .save = save,
    .load = load,
    .release = release,
};
