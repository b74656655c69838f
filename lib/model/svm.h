#ifndef RAI_MODEL_SVM_H
#define RAI_MODEL_SVM_H

#include "model/kind.h"

/*
 * Support vector machines: what a fit leaves, and how it answers.  Private to this room.
 * A machine of a number has one decision function; of k classes one for each pair (a, b), a < b,
 * in the order (0, 1), (0, 2) ... (1, 2) ...: above 0 it says a.
 */
enum rai_svm_kernel_type {
	RAI_SVM_LINEAR,  /* a.b */
	RAI_SVM_POLY,    /* (gamma a.b + coef0)^degree */
	RAI_SVM_RBF,     /* exp(-gamma |a - b|^2) */
	RAI_SVM_SIGMOID, /* tanh(gamma a.b + coef0) */
};

struct rai_svm_kernel {
	enum rai_svm_kernel_type type;
	double gamma, coef0;
	unsigned degree;
};

#define RAI_SVM_CLASSES 64 /* at most: a prediction keeps all pairs on the stack */

struct rai_svm {
	struct rai_svm_kernel kernel;
	size_t nvector, npair;
	const double *vector;    /* nvector x width */
	const double *coef;      /* nvector x npair */
	const double *intercept; /* npair */
	const double *sigmoid;   /* npair x 2, of classes: see rai_svm_sigmoid() */
	const int64_t *class;    /* those that had rows, ascending; NULL: a number */
	size_t nclass;
	double *own; /* memory of the arrays; NULL: they lie in a mapped file */
	int64_t *own_class;
};

enum {
	RAI_SVM_P_KERNEL,
	RAI_SVM_P_C,
	RAI_SVM_P_GAMMA,
	RAI_SVM_P_DEGREE,
	RAI_SVM_P_COEF0,
	RAI_SVM_P_TOL,
	RAI_SVM_P_CACHE,
	RAI_SVM_P_EPSILON, /* of numbers */
};

#define RAI_SVM_GAMMA_SCALE (-1.0) /* 1 / (features x variance of all their values) */
#define RAI_SVM_GAMMA_AUTO (-2.0)  /* 1 / features */

struct rai_svm_kernel rai_svm_kernel_of(const struct rai_fitted *f, double gamma);
double rai_svm_kernel(const struct rai_svm_kernel *k, const double *a, const double *b, size_t n);

/* Training by libsvm.  *out: rai_svm_release(). */
int rai_svm_fit(const struct rai_fitted *f, const struct rai_fit_data *d,
    const struct rai_fit_options *opt, struct rai_svm *out, struct rai_err *err);
void rai_svm_release(struct rai_svm *s);

/*
 * The probability of the first class is 1 / (1 + exp(ab[0] value + ab[1])) where the decision
 * function says value: Platt's scaling, fitted to n values and whether each is of the first class.
 */
void rai_svm_sigmoid(const double *value, const char *first, size_t n, double ab[2]);

/* value: of each pair of n classes; probability: n, of sum 1. */
void rai_svm_couple(const double *value, const double *sigmoid, size_t n, double *probability);

#endif
