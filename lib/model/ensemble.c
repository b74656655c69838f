#include "model/ensemble.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "model/explain_game.h"

#define NODES_MAX (INT32_MAX / 2)

_Static_assert(sizeof(struct rai_ensemble_node) == 32, "nodes are stored as they lie in memory");

static int
in_set(const struct rai_ensemble *e, const struct rai_ensemble_node *p, double v)
{
	int32_t c;

	if (!(v >= 0 && v < 2147483648.0))
		return 0;
	c = (int32_t)v;
	return c / 32 < p->nset && (e->set[p->set + c / 32] >> c % 32 & 1) != 0;
}

static int
goes_left(const struct rai_ensemble *e, const struct rai_ensemble_node *p, double v)
{
	if (isnan(v) || ((p->flags & RAI_ENSEMBLE_ZERO_MISSING) != 0 && fabs(v) <= 1e-35))
		return (p->flags & RAI_ENSEMBLE_DEFAULT_LEFT) != 0;
	if ((p->flags & RAI_ENSEMBLE_CATEGORY) == 0)
		return v <= p->value;
	return in_set(e, p, v) == ((p->flags & RAI_ENSEMBLE_IN_LEFT) != 0);
}

enum precision { SINGLE, DOUBLE };

static double
leaf_of(const struct rai_ensemble *e, size_t tree, const double *x, enum precision precision)
{
	const struct rai_ensemble_node *p = e->node + e->root[tree];
	double v;

	while ((p->flags & RAI_ENSEMBLE_LEAF) == 0) {
		v = precision == SINGLE ? (double)(float)x[p->feature] : x[p->feature];
		p = e->node + (goes_left(e, p, v) ? p->left : p->right);
	}
	return p->value;
}

static double
sigmoid(double v)
{
	return 1 / (1 + rai_exp(-v));
}

static void
softmax(double *v, size_t n)
{
	double most = v[0], sum = 0;
	size_t k;

	for (k = 1; k < n; k++)
		most = v[k] > most ? v[k] : most;
	for (k = 0; k < n; k++)
		sum += v[k] = rai_exp(v[k] - most);
	for (k = 0; k < n; k++)
		v[k] /= sum;
}

/* From the sums of the groups to the prediction, in place. */
static void
finish(const struct rai_fitted *f, size_t ngroup, double *out)
{
	size_t k;

	switch ((enum rai_ensemble_link)f->param[RAI_ENSEMBLE_LINK]) {
	case RAI_LINK_IDENTITY:
		break;
	case RAI_LINK_SIGMOID:
		for (k = 0; k < ngroup; k++)
			out[k] = sigmoid(f->param[RAI_ENSEMBLE_SCALE] * out[k]);
		break;
	case RAI_LINK_SOFTMAX:
		softmax(out, ngroup);
		break;
	case RAI_LINK_EXP:
		out[0] = rai_exp(out[0]);
		break;
	case RAI_LINK_SQUARE:
		out[0] = out[0] < 0 ? -out[0] * out[0] : out[0] * out[0];
		break;
	}
	if (f->nclass == 2 && ngroup == 1) { /* the probability of the second class */
		out[1] = out[0];
		out[0] = 1 - out[1];
	}
}

/* XGBoost works in single precision: the row, each leaf, and the sum after each tree. */
static void
predict_xgboost(const struct rai_fitted *f, const double *x, double *out)
{
	const struct rai_ensemble *e = f->state;
	float sum[RAI_CLASSES];
	size_t t, k;

	for (k = 0; k < e->ngroup; k++)
		sum[k] = (float)e->base[k];
	for (t = 0; t < e->ntree; t++)
		sum[e->node[e->root[t]].group] += (float)leaf_of(e, t, x, SINGLE);
	for (k = 0; k < e->ngroup; k++)
		out[k] = sum[k];
	finish(f, e->ngroup, out);
}

static void
predict_lightgbm(const struct rai_fitted *f, const double *x, double *out)
{
	const struct rai_ensemble *e = f->state;
	double sum[RAI_CLASSES];
	size_t t, k;

	for (k = 0; k < e->ngroup; k++)
		sum[k] = e->base[k];
	for (t = 0; t < e->ntree; t++)
		sum[e->node[e->root[t]].group] += leaf_of(e, t, x, DOUBLE);
	for (k = 0; k < e->ngroup; k++)
		out[k] = sum[k] / f->param[RAI_ENSEMBLE_DIVIDE];
	finish(f, e->ngroup, out);
}

/* One node as the row and the baseline see it; f is the fit. */
static void
ask(const void *f, const struct rai_explain_game *g, struct rai_explain_at at,
    struct rai_explain_step *out)
{
	const struct rai_ensemble *e = ((const struct rai_fitted *)f)->state;
	const struct rai_ensemble_node *p = e->node + at.node;
	int single = ((const struct rai_fitted *)f)->kind == &rai_kind_xgboost;
	double x, z;

	out->leaf = (p->flags & RAI_ENSEMBLE_LEAF) != 0;
	out->value = p->value;
	if (out->leaf)
		return;
	x = single ? (double)(float)g->x[p->feature] : g->x[p->feature];
	z = single ? (double)(float)g->z[p->feature] : g->z[p->feature];
	out->feature = (size_t)p->feature;
	out->row.node = (size_t)(goes_left(e, p, x) ? p->left : p->right);
	out->baseline.node = (size_t)(goes_left(e, p, z) ? p->left : p->right);
}

static enum rai_explain_scale
scale_of(const struct rai_fitted *f)
{
	switch ((enum rai_ensemble_link)f->param[RAI_ENSEMBLE_LINK]) {
	case RAI_LINK_SIGMOID:
		return RAI_SCALE_LOG_ODDS;
	case RAI_LINK_SOFTMAX:
		return RAI_SCALE_SOFTMAX;
	case RAI_LINK_EXP:
		return RAI_SCALE_LOG;
	case RAI_LINK_SQUARE:
		return RAI_SCALE_ROOT;
	case RAI_LINK_IDENTITY:
		break;
	}
	return f->nclass > 0 ? RAI_SCALE_PROBABILITY : RAI_SCALE_VALUE;
}

/* In double precision, also where the library's own sum is in single. */
static int
explain(const struct rai_fitted *f, struct rai_explain_game *g)
{
	const struct rai_ensemble *e = f->state;
	size_t t, group = e->ngroup == 1 ? 0 : g->output;

	g->scale = scale_of(f);
	g->factor = f->kind == &rai_kind_lightgbm ? 1 / f->param[RAI_ENSEMBLE_DIVIDE] : 1;
	if (g->scale == RAI_SCALE_LOG_ODDS)
		g->factor *= f->param[RAI_ENSEMBLE_SCALE];
	if (e->ngroup == 1 && f->nclass == 2 && g->output == 0)
		g->factor = -g->factor;
	rai_explain_constant(g, e->base[group]);
	for (t = 0; t < e->ntree; t++)
		if (e->node[e->root[t]].group == group &&
		    rai_explain_tree(g, ask, f, (struct rai_explain_at){(size_t)e->root[t], 0}) !=
			0)
			return -1;
	return 0;
}

static const char *
check_node(const struct rai_ensemble *e, size_t i, size_t end, size_t width)
{
	const struct rai_ensemble_node *p = &e->node[i];

	if (!isfinite(p->value))
		return "a number that is not finite";
	if (p->group >= e->ngroup)
		return "an output that is not there";
	if (p->flags & RAI_ENSEMBLE_LEAF)
		return NULL;
	/* children stand behind their parent, so every walk ends */
	if (p->left <= 0 || (size_t)p->left <= i || (size_t)p->left >= end || p->right <= 0 ||
	    (size_t)p->right <= i || (size_t)p->right >= end)
		return "a child that is not behind its parent in the tree";
	if (p->feature < 0 || (size_t)p->feature >= width)
		return "a feature that is not there";
	if ((p->flags & RAI_ENSEMBLE_CATEGORY) != 0 &&
	    (p->set < 0 || p->nset < 0 || (size_t)p->set + (size_t)p->nset > e->nset))
		return "a set of categories that is not there";
	return NULL;
}

int
rai_ensemble_check(const struct rai_ensemble *e, size_t width, struct rai_err *err)
{
	const char *why;
	size_t t, i, k;

	for (k = 0; k < e->ngroup; k++)
		if (!isfinite(e->base[k]))
			return rai_fail(err, RAI_EINPUT, "a base score is not finite");
	for (t = 0; t < e->ntree; t++) {
		if (e->root[t] < 0 || e->root[t + 1] <= e->root[t] ||
		    (uint64_t)e->root[t + 1] > e->nnode)
			return rai_fail(err, RAI_EINPUT, "tree %zu: its nodes are not there", t);
		for (i = (size_t)e->root[t]; i < (size_t)e->root[t + 1]; i++)
			if ((why = check_node(e, i, (size_t)e->root[t + 1], width)) != NULL)
				return rai_fail(err, RAI_EINPUT, "tree %zu, node %zu: %s", t,
				    i - (size_t)e->root[t], why);
	}
	return 0;
}

static void
save(const struct rai_fitted *f, struct rai_safetensors_out *out)
{
	const struct rai_ensemble *e = f->state;

	rai_safetensors_add(out, "base", RAI_DTYPE_F64, e->ngroup, 0, e->base);
	rai_safetensors_add(out, "roots", RAI_DTYPE_I64, e->ntree + 1, 0, e->root);
	rai_safetensors_add(out, "nodes", RAI_DTYPE_U8, e->nnode, sizeof(*e->node), e->node);
	rai_safetensors_add(out, "sets", RAI_DTYPE_I32, e->nset, 0, e->set);
}

/* A tensor of that type and rank; NULL with err. */
static const struct rai_tensor *
need(const struct rai_safetensors *file, const char *name, enum rai_dtype dtype, size_t rank,
    struct rai_err *err)
{
	const struct rai_tensor *t = rai_safetensors_find(file, name);

	if (t != NULL && t->dtype == dtype && t->rank == rank && (uintptr_t)t->data % 8 == 0 &&
	    t->shape[0] <= NODES_MAX)
		return t;
	rai_fail(
	    err, RAI_EINPUT, "tensor \"%s\" is missing, not aligned, or of another type", name);
	return NULL;
}

static int
check_shape(const struct rai_fitted *f, const struct rai_ensemble *e, struct rai_err *err)
{
	if ((e->ngroup != 1 && e->ngroup != f->nclass) || (e->ngroup == 1 && f->nclass > 2) ||
	    e->root[0] != 0 || (uint64_t)e->root[e->ntree] != e->nnode ||
	    !(f->param[RAI_ENSEMBLE_DIVIDE] > 0))
		return rai_fail(err, RAI_EINPUT, "\"base\" and \"roots\" do not fit the model");
	return rai_ensemble_check(e, f->width, err);
}

static int
load(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	const struct rai_tensor *base = need(file, "base", RAI_DTYPE_F64, 1, err);
	const struct rai_tensor *roots = need(file, "roots", RAI_DTYPE_I64, 1, err);
	const struct rai_tensor *nodes = need(file, "nodes", RAI_DTYPE_U8, 2, err);
	const struct rai_tensor *sets = rai_safetensors_find(file, "sets");
	struct rai_ensemble *e;

	if (base == NULL || roots == NULL || nodes == NULL)
		return -1;
	if (sets == NULL || sets->dtype != RAI_DTYPE_I32 || sets->rank != 1 ||
	    (uintptr_t)sets->data % 4 != 0 || sets->shape[0] > NODES_MAX || roots->shape[0] < 1 ||
	    nodes->shape[1] != sizeof(struct rai_ensemble_node))
		return rai_fail(err, RAI_EINPUT,
		    "tensors \"sets\", \"roots\" or \"nodes\" are missing or of another shape");
	f->state = e = calloc(1, sizeof(*e));
	if (e == NULL)
		return rai_fail_memory(err);
	e->base = base->data;
	e->ngroup = base->shape[0];
	e->root = roots->data;
	e->ntree = roots->shape[0] - 1;
	e->node = nodes->data;
	e->nnode = nodes->shape[0];
	e->set = sets->data;
	e->nset = sets->shape[0];
	return check_shape(f, e, err);
}

static void
release(struct rai_fitted *f)
{
	struct rai_ensemble *e = f->state;
	size_t i;

	for (i = 0; i < sizeof(e->own) / sizeof(e->own[0]); i++)
		free(e->own[i]);
	free(e);
}

static const struct rai_param_word links[] = {{"identity", RAI_LINK_IDENTITY},
    {"sigmoid", RAI_LINK_SIGMOID}, {"softmax", RAI_LINK_SOFTMAX}, {"exp", RAI_LINK_EXP},
    {"square", RAI_LINK_SQUARE}, {NULL, 0}};

#define PARAMS                                                                  \
	{                                                                       \
		{"link", RAI_LINK_IDENTITY, 0, 0, RAI_PARAM_WORD, links, NULL}, \
		    {"scale", 1, 0, 1e6, RAI_PARAM_REAL, NULL, NULL},           \
		    {"divide", 1, 1, 1e9, RAI_PARAM_WHOLE, NULL, NULL},         \
		{                                                               \
			.name = NULL                                            \
		}                                                               \
	}

const struct rai_kind rai_kind_xgboost = {
    .name = "xgboost",
    .param = PARAMS,
    .view = RAI_VIEW_NATIVE,
    .can = RAI_CAN_REGRESSION | RAI_CAN_CLASSES,
    .predict = predict_xgboost,
    .explain = explain,
    .save = save,
    .load = load,
    .release = release,
};

const struct rai_kind rai_kind_lightgbm = {
    .name = "lightgbm",
    .param = PARAMS,
    .view = RAI_VIEW_NATIVE,
    .can = RAI_CAN_REGRESSION | RAI_CAN_CLASSES,
    .predict = predict_lightgbm,
    .explain = explain,
    .save = save,
    .load = load,
    .release = release,
};
