#include <libsvm/svm.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "base/par.h"
#include "base/rng.h"
#include "model/matrix.h"
#include "model/svm.h"

/*
 * Training by libsvm (Chang, Lin: "LIBSVM: a Library for Support Vector Machines", 2011).  It is
 * given one problem of two classes, or of numbers, at a time, and asked for support vectors and
 * their coefficients alone.  Its own probabilities draw from the C library; ours come from decision
 * values out of fold, with folds by our generator, so that they are a function of the seed.  The
 * library is opened by who trains such a model alone.
 */
#define LIBRARY "libsvm.so.3" /* whose interface libsvm/svm.h describes */
#define FOLDS 5
#define TASKS (FOLDS + 1) /* of one pair: on all its rows, and without each fold */

/* One trained decision function: sum of coef[i] kernel(row[i], x), + intercept. */
struct machine {
	size_t n;
	size_t *row;
	double *coef;
	double intercept;
};

struct pair {
	size_t a, b; /* numbers among the classes that have rows */
	size_t n;
	size_t *row;  /* n: rows of both, ascending; belongs to the plan's memory */
	char *first;  /* n: it is of class a */
	char *fold;   /* n */
	double *held; /* n: decision values out of fold */
	struct machine machine;
	double sigmoid[2];
};

struct plan {
	const struct rai_fit_data *d;
	size_t width;
	double *x;             /* n x width, row-major */
	struct svm_node **row; /* n */
	struct svm_node *node; /* n x (width + 1) */
	struct svm_parameter param;
	struct rai_svm_kernel kernel;
	struct pair *pair;
	size_t npair;
	struct rai_err *err; /* one per thread */
};

static void
say_nothing(const char *text)
{
	(void)text;
}

static struct {
	__typeof__(svm_set_print_string_function) *set_print_string_function;
	__typeof__(svm_check_parameter) *check_parameter;
	__typeof__(svm_train) *train;
	__typeof__(svm_free_and_destroy_model) *free_and_destroy_model;
} svm;

static int opened; /* as rai_library_open() says */
static struct rai_err why_not = RAI_ERR_INIT;

static void
open_library(void)
{
	static const struct rai_library_call calls[] = {
#define CALL(x) {"svm_" #x, offsetof(__typeof__(svm), x)}
	    CALL(set_print_string_function),
	    CALL(check_parameter),
	    CALL(train),
	    CALL(free_and_destroy_model),
#undef CALL
	};

	opened = rai_library_open(LIBRARY, calls, sizeof(calls) / sizeof(calls[0]), &svm, &why_not);
	if (opened == 0)
		svm.set_print_string_function(say_nothing);
}

static void
machine_release(struct machine *m)
{
	free(m->row);
	free(m->coef);
	memset(m, 0, sizeof(*m));
}

/* Row i of the problem is row[i] of the data, with target y[i]: a number, or 1 and -1. */
static int
train(const struct plan *p, const size_t *row, double *y, size_t n, struct machine *out,
    struct rai_err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct svm_problem problem = {.l = (int)n, .y = y};
	struct svm_model *model = NULL;
	const char *why;
	double sign;
	int rc = -1;
	size_t i;

	pthread_once(&once, open_library);
	if (opened != 0)
		return rai_fail(
		    err, RAI_ESYS, "%s (support vector machines need libsvm)", why_not.msg);
	problem.x = malloc((n + 1) * sizeof(*problem.x));
	if (problem.x == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++)
		problem.x[i] = p->row[row[i]];
	if ((why = svm.check_parameter(&problem, &p->param)) != NULL) {
		rai_fail(err, RAI_EINPUT, "libsvm: %s", why);
		goto out;
	}
	if ((model = svm.train(&problem, &p->param)) == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	out->n = (size_t)model->l;
	out->row = malloc((out->n + 1) * sizeof(*out->row));
	out->coef = malloc((out->n + 1) * sizeof(*out->coef));
	if (out->row == NULL || out->coef == NULL) {
		machine_release(out);
		rai_fail_memory(err);
		goto out;
	}
	sign = model->label != NULL && model->label[0] == -1 ? -1 : 1;
	for (i = 0; i < out->n; i++) {
		out->row[i] = row[model->sv_indices[i] - 1];
		out->coef[i] = sign * model->sv_coef[0][i];
	}
	out->intercept = -sign * model->rho[0];
	rc = 0;
out:
	free(problem.x);
	svm.free_and_destroy_model(&model);
	return rc;
}

static double
decide(const struct plan *p, const struct machine *m, size_t row)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < m->n; i++)
		sum += m->coef[i] * rai_svm_kernel(&p->kernel, p->x + m->row[i] * p->width,
					p->x + row * p->width, p->width);
	return sum + m->intercept;
}

/* The rows of a pair without one fold (FOLDS: all of them): n of them, and both classes or one. */
static size_t
select_rows(const struct pair *pair, size_t without, size_t *row, double *y, size_t *first)
{
	size_t i, n = 0;

	*first = 0;
	for (i = 0; i < pair->n; i++) {
		if ((size_t)pair->fold[i] == without)
			continue;
		row[n] = pair->row[i];
		y[n++] = pair->first[i] ? 1 : -1;
		*first += pair->first[i] != 0;
	}
	return n;
}

/* Decision values of the rows of a fold, by a machine that has not seen them. */
static int
hold_out(const struct plan *p, struct pair *pair, size_t fold, const size_t *row, double *y,
    size_t n, size_t first, struct rai_err *err)
{
	struct machine m = {.n = 0, .intercept = first > 0 ? 1 : n > 0 ? -1 : 0};
	size_t i;

	/* of one class alone: its sign, as libsvm does */
	if (first > 0 && first < n && train(p, row, y, n, &m, err) != 0)
		return -1;
	for (i = 0; i < pair->n; i++)
		if ((size_t)pair->fold[i] == fold)
			pair->held[i] = decide(p, &m, pair->row[i]);
	machine_release(&m);
	return 0;
}

/* Task t: the first of each pair is the machine itself, the others its folds. */
static void
do_task(void *ctx, size_t t, size_t worker)
{
	struct plan *p = ctx;
	struct pair *pair = &p->pair[t / TASKS];
	struct rai_err *err = &p->err[worker];
	size_t fold = (t % TASKS + FOLDS) % TASKS, n, first;
	size_t *row = malloc((pair->n + 1) * sizeof(*row));
	double *y = malloc((pair->n + 1) * sizeof(*y));

	if (row == NULL || y == NULL) {
		rai_fail_memory(err);
	} else {
		n = select_rows(pair, fold, row, y, &first);
		if (fold == FOLDS)
			train(p, row, y, n, &pair->machine, err);
		else
			hold_out(p, pair, fold, row, y, n, first, err);
	}
	free(row);
	free(y);
}

/* The folds of a pair: its rows of each class in random order, dealt out. */
static void
deal(struct pair *pair, size_t number, uint64_t seed, size_t *order)
{
	struct rai_rng rng = rai_rng_new(seed, number);
	size_t i, n, side;

	for (side = 0; side < 2; side++) {
		for (n = i = 0; i < pair->n; i++)
			if ((size_t)pair->first[i] == side)
				order[n++] = i;
		rai_rng_shuffle(&rng, order, n);
		for (i = 0; i < n; i++)
			pair->fold[order[i]] = (char)(i % FOLDS);
	}
}

static int
make_pair(
    struct pair *pair, const struct rai_fit_data *d, const int64_t *class, struct rai_err *err)
{
	double a = (double)class[pair->a], b = (double)class[pair->b];
	size_t i, n = 0;

	for (i = 0; i < d->n; i++)
		n += d->y[i] == a || d->y[i] == b;
	pair->row = malloc((n + 1) * sizeof(*pair->row));
	pair->first = malloc(2 * (n + 1));
	pair->held = calloc(n + 1, sizeof(*pair->held));
	if (pair->row == NULL || pair->first == NULL || pair->held == NULL)
		return rai_fail_memory(err);
	pair->fold = pair->first + n + 1;
	for (i = 0; i < d->n; i++)
		if (d->y[i] == a || d->y[i] == b) {
			pair->row[pair->n] = i;
			pair->first[pair->n++] = d->y[i] == a;
		}
	return 0;
}

static int
make_pairs(struct plan *p, const struct rai_svm *s, uint64_t seed, struct rai_err *err)
{
	size_t a, b, number = 0, *order = malloc((p->d->n + 1) * sizeof(*order));
	int rc = -1;

	p->pair = calloc(s->npair, sizeof(*p->pair));
	if (p->pair == NULL || order == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	p->npair = s->npair;
	for (a = 0; a < s->nclass; a++)
		for (b = a + 1; b < s->nclass; b++, number++) {
			p->pair[number].a = a;
			p->pair[number].b = b;
			if (make_pair(&p->pair[number], p->d, s->class, err) != 0)
				goto out;
			deal(&p->pair[number], number, seed, order);
		}
	rc = 0;
out:
	free(order);
	return rc;
}

/* The classes that have rows. */
static int
find_classes(struct rai_svm *s, const struct rai_fit_data *d, struct rai_err *err)
{
	char seen[RAI_CLASSES] = {0};
	size_t i;

	s->own_class = calloc(d->nclass, sizeof(*s->own_class));
	if (s->own_class == NULL)
		return rai_fail_memory(err);
	s->class = s->own_class;
	for (i = 0; i < d->n; i++)
		seen[(size_t)d->y[i]] = 1;
	for (i = 0; i < d->nclass; i++)
		if (seen[i])
			s->own_class[s->nclass++] = (int64_t)i;
	if (s->nclass < 2)
		return rai_fail(err, RAI_EINPUT, "svc needs rows of two classes at least");
	if (s->nclass > RAI_SVM_CLASSES)
		return rai_fail(err, RAI_EINPUT, "svc takes %d classes at most, not %zu",
		    RAI_SVM_CLASSES, s->nclass);
	s->npair = s->nclass * (s->nclass - 1) / 2;
	return 0;
}

/* What the machines of all pairs need, in one set of arrays; without any vector: one of weight 0.
 */
static int
gather(const struct plan *p, struct rai_svm *s, struct rai_err *err)
{
	size_t *at = malloc((p->d->n + 1) * sizeof(*at)), i, k, n = 0;
	double *vector, *coef, *intercept, *sigmoid;

	if (at == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < p->d->n; i++)
		at[i] = SIZE_MAX;
	for (k = 0; k < p->npair; k++)
		for (i = 0; i < p->pair[k].machine.n; i++)
			at[p->pair[k].machine.row[i]] = 0;
	for (i = 0; i < p->d->n; i++)
		if (at[i] == 0)
			at[i] = n++;
	s->nvector = n > 0 ? n : 1;
	s->npair = p->npair;
	s->own = calloc(s->nvector * (p->width + s->npair) + 3 * s->npair, sizeof(double));
	if (s->own == NULL) {
		free(at);
		return rai_fail_memory(err);
	}
	s->vector = vector = s->own;
	s->coef = coef = vector + s->nvector * p->width;
	s->intercept = intercept = coef + s->nvector * s->npair;
	s->sigmoid = sigmoid = intercept + s->npair;
	for (i = 0; i < p->d->n; i++)
		if (at[i] != SIZE_MAX)
			memcpy(vector + at[i] * p->width, p->x + i * p->width,
			    p->width * sizeof(double));
	for (k = 0; k < p->npair; k++) {
		const struct machine *m = &p->pair[k].machine;

		for (i = 0; i < m->n; i++)
			coef[at[m->row[i]] * s->npair + k] = m->coef[i];
		intercept[k] = m->intercept;
		memcpy(sigmoid + 2 * k, p->pair[k].sigmoid, sizeof(p->pair[k].sigmoid));
	}
	free(at);
	return 0;
}

static int
check_finite(const struct plan *p, const struct rai_svm *s, struct rai_err *err)
{
	size_t i, n = s->nvector * (p->width + s->npair) + 3 * s->npair;

	for (i = 0; i < n; i++)
		if (!isfinite(s->own[i]))
			return rai_fail(err, RAI_EINPUT,
			    "the features or the target are too large or not finite");
	return 0;
}

/* One machine on all rows, whose target is a number. */
static int
fit_number(struct plan *p, struct rai_svm *s, struct rai_err *err)
{
	size_t *row = malloc((p->d->n + 1) * sizeof(*row)), i;
	double *y = malloc((p->d->n + 1) * sizeof(*y));
	int rc = -1;

	p->pair = calloc(1, sizeof(*p->pair));
	if (row == NULL || y == NULL || p->pair == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	p->npair = 1;
	for (i = 0; i < p->d->n; i++) {
		row[i] = i;
		y[i] = p->d->y[i];
	}
	if (train(p, row, y, p->d->n, &p->pair[0].machine, err) == 0)
		rc = gather(p, s, err);
out:
	free(row);
	free(y);
	return rc;
}

static int
fit_classes(
    struct plan *p, struct rai_svm *s, const struct rai_fit_options *opt, struct rai_err *err)
{
	size_t i;

	if (find_classes(s, p->d, err) != 0 || make_pairs(p, s, opt->seed, err) != 0)
		return -1;
	p->err = calloc(opt->threads, sizeof(*p->err));
	if (p->err == NULL)
		return rai_fail_memory(err);
	rai_par_for(p->npair * TASKS, opt->threads, do_task, p);
	for (i = 0; i < opt->threads; i++)
		if (p->err[i].code != RAI_OK)
			return rai_fail(err, p->err[i].code, "%s", p->err[i].msg);
	for (i = 0; i < p->npair; i++)
		rai_svm_sigmoid(
		    p->pair[i].held, p->pair[i].first, p->pair[i].n, p->pair[i].sigmoid);
	return gather(p, s, err);
}

static double
gamma_of(double gamma, const struct rai_fit_data *d)
{
	size_t total = d->n * d->width, i;
	double mean, variance = 0;

	if (gamma > 0)
		return gamma;
	if (gamma == RAI_SVM_GAMMA_AUTO)
		return 1 / (double)d->width;
	mean = rai_mean(d->x, total);
	for (i = 0; i < total; i++)
		variance += (d->x[i] - mean) * (d->x[i] - mean) / (double)total;
	return variance > 0 ? 1 / ((double)d->width * variance) : 1;
}

static void
set_parameters(struct plan *p, const struct rai_fitted *f)
{
	static const int types[] = {[RAI_SVM_LINEAR] = LINEAR,
	    [RAI_SVM_POLY] = POLY,
	    [RAI_SVM_RBF] = RBF,
	    [RAI_SVM_SIGMOID] = SIGMOID};

	p->kernel = rai_svm_kernel_of(f, gamma_of(f->param[RAI_SVM_P_GAMMA], p->d));
	p->param = (struct svm_parameter){
	    .svm_type = p->d->nclass > 0 ? C_SVC : EPSILON_SVR,
	    .kernel_type = types[p->kernel.type],
	    .degree = (int)p->kernel.degree,
	    .gamma = p->kernel.gamma,
	    .coef0 = p->kernel.coef0,
	    .cache_size = f->param[RAI_SVM_P_CACHE],
	    .eps = f->param[RAI_SVM_P_TOL],
	    .C = f->param[RAI_SVM_P_C],
	    .p = p->d->nclass > 0 ? 0 : f->param[RAI_SVM_P_EPSILON],
	    .shrinking = 1,
	};
}

/* The rows as libsvm wants them: index and value of each feature that is not 0. */
static int
make_rows(struct plan *p, struct rai_err *err)
{
	const struct rai_fit_data *d = p->d;
	size_t total, i, j;

	if (d->n > INT_MAX || d->width >= INT_MAX ||
	    __builtin_mul_overflow(d->n, d->width + 1, &total) ||
	    total > SIZE_MAX / sizeof(*p->node))
		return rai_fail(
		    err, RAI_EINPUT, "too many rows and features: %zu x %zu", d->n, d->width);
	p->x = malloc((total + 1) * sizeof(*p->x));
	p->row = malloc((d->n + 1) * sizeof(*p->row));
	p->node = malloc((total + 1) * sizeof(*p->node));
	if (p->x == NULL || p->row == NULL || p->node == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < d->n; i++) {
		struct svm_node *node = p->row[i] = p->node + i * (d->width + 1);

		for (j = 0; j < d->width; j++) {
			double v = p->x[i * d->width + j] = d->x[j * d->n + i];

			if (v != 0)
				*node++ = (struct svm_node){(int)j + 1, v};
		}
		node->index = -1;
	}
	return 0;
}

static void
plan_release(struct plan *p)
{
	size_t i;

	for (i = 0; i < p->npair; i++) {
		machine_release(&p->pair[i].machine);
		free(p->pair[i].row);
		free(p->pair[i].first);
		free(p->pair[i].held);
	}
	free(p->pair);
	free(p->x);
	free(p->row);
	free(p->node);
	free(p->err);
}

int
rai_svm_fit(const struct rai_fitted *f, const struct rai_fit_data *d,
    const struct rai_fit_options *opt, struct rai_svm *out, struct rai_err *err)
{
	struct plan p = {.d = d, .width = d->width};
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (make_rows(&p, err) != 0)
		goto out;
	set_parameters(&p, f);
	if ((d->nclass > 0 ? fit_classes(&p, out, opt, err) : fit_number(&p, out, err)) != 0 ||
	    check_finite(&p, out, err) != 0)
		goto out;
	out->kernel = p.kernel;
	rc = 0;
out:
	if (rc != 0)
		rai_svm_release(out);
	plan_release(&p);
	return rc;
}
