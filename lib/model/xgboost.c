#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "base/num.h"
#include "json/json.h"
#include "model/ensemble_build.h"
#include "model/import.h"

/*
 * XGBoost's JSON model ("Introduction to Model IO" and doc/model.schema of the project).  Numbers
 * in *_param objects are strings.  A row goes left where (float)x < split_condition, or x is
 * missing and default_left is set; of a category split those of the set go right.
 */
#define NODES ((size_t)1 << 24)    /* of one tree */
#define FEATURES ((size_t)1 << 16) /* names are read up to this many */

struct reading {
	struct rai_ensemble_build build;
	struct rai_imported *out;
	int64_t nclass;           /* num_class of the file: 0 where there is one output */
	const struct cJSON *tree; /* the one that is read */
};

/* The arrays of one tree, n nodes each. */
struct arrays {
	double *left, *right, *feature, *condition, *dfault, *type;
	double *category, *cat_node, *cat_at, *cat_n;
	size_t n, ncategory, ncat;
	size_t at; /* the next of cat_node: nodes are read in their order */
};

/* A number that stands in a string. */
static int
param(const struct cJSON *obj, const char *key, int64_t *out, struct rai_err *err)
{
	const char *text;

	if (rai_json_str(obj, key, &text, err) != 0)
		return -1;
	return rai_num_int(text, strlen(text), 0, INT32_MAX, out) == 0
		   ? 0
		   : rai_fail(err, RAI_EINPUT, "\"%s\" must be a whole number in a string", key);
}

/* Numbers, or true and false, as older versions write default_left. */
static int
flags(const struct cJSON *obj, const char *key, size_t n, double **out, struct rai_err *err)
{
	const struct cJSON *array, *j;
	size_t i = 0;

	if (rai_json_array(obj, key, &array, err) != 0)
		return -1;
	*out = calloc(n + 1, sizeof(**out));
	if (*out == NULL)
		return rai_fail_memory(err);
	for (j = rai_json_first(array); j != NULL && i < n; j = rai_json_next(j), i++)
		if (rai_json_kind(j) == RAI_JSON_BOOL)
			(*out)[i] = rai_json_as_bool(j);
		else if (rai_json_kind(j) == RAI_JSON_NUM)
			(*out)[i] = rai_json_as_num(j);
		else
			return rai_fail(err, RAI_EINPUT, "\"%s\" must hold 0 and 1", key);
	return j == NULL && i == n
		   ? 0
		   : rai_fail(err, RAI_EINPUT, "\"%s\" must hold %zu values", key, n);
}

static int
exactly(const struct cJSON *obj, const char *key, size_t n, double **out, struct rai_err *err)
{
	size_t have;

	if (rai_json_nums(obj, key, NODES, out, &have, err) != 0)
		return -1;
	return have == n ? 0
			 : rai_fail(err, RAI_EINPUT, "\"%s\" must hold %zu numbers, holds %zu", key,
			       n, have);
}

static void
release(struct arrays *a)
{
	free(a->left);
	free(a->right);
	free(a->feature);
	free(a->condition);
	free(a->dfault);
	free(a->type);
	free(a->category);
	free(a->cat_node);
	free(a->cat_at);
	free(a->cat_n);
}

static int
read_categories(const struct cJSON *tree, struct arrays *a, struct rai_err *err)
{
	size_t i, n;
	double end = 0;

	if (rai_json_get(tree, "split_type") == NULL)
		return 0;
	if (flags(tree, "split_type", a->n, &a->type, err) != 0 ||
	    rai_json_nums(tree, "categories", NODES, &a->category, &a->ncategory, err) != 0 ||
	    rai_json_nums(tree, "categories_nodes", NODES, &a->cat_node, &a->ncat, err) != 0 ||
	    exactly(tree, "categories_segments", a->ncat, &a->cat_at, err) != 0 ||
	    exactly(tree, "categories_sizes", a->ncat, &a->cat_n, err) != 0)
		return -1;
	/* one behind the other, so that a file cannot stand for more than it holds */
	for (i = 0, n = a->ncategory; i < a->ncat; i++) {
		if (!(a->cat_at[i] >= end && a->cat_n[i] >= 0 &&
			a->cat_at[i] + a->cat_n[i] <= (double)n))
			return rai_fail(err, RAI_EINPUT,
			    "\"categories_segments\": must lie one behind the other in "
			    "\"categories\"");
		end = a->cat_at[i] + a->cat_n[i];
	}
	for (i = 0; i < n; i++)
		if (!(a->category[i] >= 0 && a->category[i] < 1 << 24))
			return rai_fail(
			    err, RAI_EINPUT, "\"categories\": %g is no category", a->category[i]);
	return 0;
}

static int
read_arrays(const struct cJSON *tree, struct arrays *a, struct rai_err *err)
{
	if (rai_json_nums(tree, "left_children", NODES, &a->left, &a->n, err) != 0 ||
	    exactly(tree, "right_children", a->n, &a->right, err) != 0 ||
	    exactly(tree, "split_indices", a->n, &a->feature, err) != 0 ||
	    exactly(tree, "split_conditions", a->n, &a->condition, err) != 0 ||
	    flags(tree, "default_left", a->n, &a->dfault, err) != 0)
		return -1;
	return read_categories(tree, a, err);
}

/* The set of node i, whose number stands in categories_nodes. */
static int
read_set(
    struct reading *r, struct arrays *a, size_t i, struct rai_ensemble_node *p, struct rai_err *err)
{
	size_t k, c, first, n;
	double most = -1;

	while (a->at < a->ncat && a->cat_node[a->at] < (double)i)
		a->at++;
	k = a->at;
	if (k == a->ncat || a->cat_node[k] != (double)i)
		return rai_fail(err, RAI_EINPUT, "node %zu: no set of categories", i);
	first = (size_t)a->cat_at[k];
	n = (size_t)a->cat_n[k];
	for (c = first; c < first + n; c++)
		most = a->category[c] > most ? a->category[c] : most;
	p->nset = most < 0 ? 0 : (int32_t)most / 32 + 1;
	if (rai_ensemble_build_set(&r->build, (size_t)p->nset, &p->set, err) != 0)
		return -1;
	for (c = first; c < first + n; c++)
		rai_ensemble_build_put(&r->build, p->set, (uint32_t)a->category[c]);
	p->flags |= RAI_ENSEMBLE_CATEGORY;
	return 0;
}

static int
whole(double v, double max)
{
	return v >= -1 && v <= max && v == floor(v);
}

static int
make_node(
    struct reading *r, struct arrays *a, size_t i, struct rai_ensemble_node *p, struct rai_err *err)
{
	float condition = (float)a->condition[i];

	*p = (struct rai_ensemble_node){.left = -1, .right = -1, .feature = -1};
	if (!whole(a->left[i], (double)a->n) || !whole(a->right[i], (double)a->n) ||
	    !isfinite(condition))
		return rai_fail(
		    err, RAI_EINPUT, "node %zu: a child or a condition is no number", i);
	if (a->left[i] < 0) {
		p->flags = RAI_ENSEMBLE_LEAF;
		p->value = condition;
		return 0;
	}
	if (!whole(a->feature[i], INT32_MAX - 1))
		return rai_fail(err, RAI_EINPUT, "node %zu: split_indices is no feature", i);
	p->left = (int32_t)a->left[i];
	p->right = (int32_t)a->right[i];
	p->feature = (int32_t)a->feature[i];
	p->flags = a->dfault[i] != 0 ? RAI_ENSEMBLE_DEFAULT_LEFT : 0;
	if (a->type != NULL && a->type[i] == 1)
		return read_set(r, a, i, p, err);
	/* x < condition is x <= the float before it */
	p->value = nextafterf(condition, -INFINITY);
	return 0;
}

static int
read_tree(struct reading *r, const struct cJSON *tree, int64_t group, struct rai_err *err)
{
	struct rai_ensemble_node *node = NULL;
	const struct cJSON *tree_param;
	struct arrays a = {.n = 0};
	int64_t leaf = 1;
	size_t i;
	int rc = -1;

	if (rai_json_object(tree, "tree_param", &tree_param, err) != 0 ||
	    (rai_json_get(tree_param, "size_leaf_vector") != NULL &&
		param(tree_param, "size_leaf_vector", &leaf, err) != 0))
		return -1;
	if (leaf > 1)
		return rai_fail(err, RAI_EINPUT, "leaves with several outputs are not handled");
	if (read_arrays(tree, &a, err) != 0)
		goto out;
	node = calloc(a.n + 1, sizeof(*node));
	if (node == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	for (i = 0; i < a.n; i++)
		if (make_node(r, &a, i, &node[i], err) != 0)
			goto out;
	rc = rai_ensemble_build_tree(&r->build, node, a.n, (size_t)group, err);
out:
	free(node);
	release(&a);
	return rc;
}

static int
read_trees(struct reading *r, const struct cJSON *model, struct rai_err *err)
{
	size_t ngroup = r->nclass > 0 ? (size_t)r->nclass : 1, t = 0, n;
	const struct cJSON *trees, *j;
	double *group;
	int rc = 0;

	if (rai_json_array(model, "trees", &trees, err) != 0 ||
	    rai_json_nums(model, "tree_info", NODES, &group, &n, err) != 0)
		return -1;
	if (n != rai_json_count(trees))
		rc = rai_fail(err, RAI_EINPUT, "\"tree_info\" must say one output per tree");
	for (j = rai_json_first(trees); j != NULL && rc == 0; j = rai_json_next(j), t++) {
		if (!(group[t] >= 0 && group[t] < (double)ngroup))
			rc = rai_fail(err, RAI_EINPUT, "\"tree_info\": no output %g", group[t]);
		else if (read_tree(r, j, (int64_t)group[t], err) != 0)
			rc = rai_wrap(err, "tree %zu", t);
	}
	free(group);
	return rc;
}

/* "5E-1", or since 3.1 "[3.3E-1,3.3E-1]": one number for all outputs, or one for each. */
static int
base_score(const char *text, size_t ngroup, double *out, struct rai_err *err)
{
	size_t k = 0, n;

	if (*text == '[')
		text++;
	while (*text != '\0' && *text != ']' && k < ngroup) {
		n = strcspn(text, ",]");
		if (rai_num_double(text, n, &out[k++]) != 0)
			return rai_fail(
			    err, RAI_EINPUT, "\"base_score\": \"%.40s\" is no number", text);
		text += n + (text[n] == ',');
	}
	if (k != 1 && k != ngroup)
		return rai_fail(
		    err, RAI_EINPUT, "\"base_score\" must hold 1 or %zu numbers", ngroup);
	for (; k < ngroup; k++)
		out[k] = out[0];
	return 0;
}

enum margin { AS_IS, LOGIT, LOG };

static const struct {
	const char *name;
	enum rai_ensemble_link link;
	enum margin margin; /* how base_score becomes the start of the sum */
	int classes;        /* 2: of a binary classifier, 3: of several classes */
} objectives[] = {
    {"reg:squarederror", RAI_LINK_IDENTITY, AS_IS, 0},
    {"reg:linear", RAI_LINK_IDENTITY, AS_IS, 0},
    {"reg:absoluteerror", RAI_LINK_IDENTITY, AS_IS, 0},
    {"reg:pseudohubererror", RAI_LINK_IDENTITY, AS_IS, 0},
    {"reg:squaredlogerror", RAI_LINK_IDENTITY, AS_IS, 0},
    {"reg:logistic", RAI_LINK_SIGMOID, LOGIT, 0},
    {"count:poisson", RAI_LINK_EXP, LOG, 0},
    {"reg:gamma", RAI_LINK_EXP, LOG, 0},
    {"reg:tweedie", RAI_LINK_EXP, LOG, 0},
    {"binary:logistic", RAI_LINK_SIGMOID, LOGIT, 2},
    {"multi:softprob", RAI_LINK_SOFTMAX, AS_IS, 3},
    {"multi:softmax", RAI_LINK_SOFTMAX, AS_IS, 3},
};

static int
find_objective(const char *name, size_t *out, struct rai_err *err)
{
	for (*out = 0; *out < sizeof(objectives) / sizeof(objectives[0]); ++*out)
		if (strcmp(objectives[*out].name, name) == 0)
			return 0;
	return rai_fail(err, RAI_EINPUT, "objective \"%.60s\" is not handled", name);
}

static int
read_base(struct reading *r, const struct cJSON *params, size_t which, struct rai_err *err)
{
	size_t ngroup = r->nclass > 0 ? (size_t)r->nclass : 1, k;
	double base[RAI_CLASSES];
	const char *text;

	if (rai_json_str(params, "base_score", &text, err) != 0 ||
	    base_score(text, ngroup, base, err) != 0)
		return -1;
	for (k = 0; k < ngroup; k++) {
		double b = (float)base[k];

		if (objectives[which].margin != AS_IS &&
		    !(b > 0 && (objectives[which].margin == LOG || b < 1)))
			return rai_fail(err, RAI_EINPUT, "\"base_score\" %g has no margin", b);
		if (objectives[which].margin == LOGIT)
			b = (float)rai_log(b / (1 - b));
		else if (objectives[which].margin == LOG)
			b = (float)rai_log(b);
		rai_buf_add(&r->build.base, &b, sizeof(b));
	}
	return rai_buf_check(&r->build.base, "base score", err);
}

static int
read_objective(struct reading *r, const struct cJSON *learner, struct rai_err *err)
{
	const struct cJSON *objective, *params;
	struct rai_fitted *f = &r->out->fitted;
	const char *name;
	size_t which;
	int classes;

	if (rai_json_object(learner, "objective", &objective, err) != 0 ||
	    rai_json_str(objective, "name", &name, err) != 0 ||
	    rai_json_object(learner, "learner_model_param", &params, err) != 0 ||
	    param(params, "num_class", &r->nclass, err) != 0 ||
	    find_objective(name, &which, err) != 0)
		return -1;
	classes = objectives[which].classes;
	if (classes == 3 ? r->nclass < 2 || r->nclass > RAI_CLASSES : r->nclass > 1)
		return rai_fail(err, RAI_EINPUT, "\"num_class\" %d does not fit the objective %s",
		    (int)r->nclass, name);
	if (classes != 3)
		r->nclass = 0;
	f->param[RAI_ENSEMBLE_LINK] = objectives[which].link;
	f->nclass = classes == 3 ? (size_t)r->nclass : (size_t)classes;
	return read_base(r, params, which, err);
}

static int
read_names(struct reading *r, const struct cJSON *learner, struct rai_err *err)
{
	const struct cJSON *names = rai_json_get(learner, "feature_names"), *params, *j;
	struct rai_imported *o = r->out;
	int64_t width;

	if (rai_json_object(learner, "learner_model_param", &params, err) != 0 ||
	    param(params, "num_feature", &width, err) != 0)
		return -1;
	if (width < 1 || (size_t)width > FEATURES)
		return rai_fail(err, RAI_EINPUT, "\"num_feature\" must be from 1 to %zu", FEATURES);
	o->name = calloc((size_t)width + 1, sizeof(*o->name));
	if (o->name == NULL)
		return rai_fail_memory(err);
	j = rai_json_first(names);
	for (o->width = 0; o->width < (size_t)width; o->width++) {
		char plain[32];

		snprintf(plain, sizeof(plain), "f%zu", o->width);
		if (j != NULL && rai_json_kind(j) != RAI_JSON_STR)
			return rai_fail(err, RAI_EINPUT, "\"feature_names\" must hold strings");
		o->name[o->width] = strdup(j != NULL ? rai_json_as_str(j) : plain);
		if (o->name[o->width] == NULL)
			return rai_fail_memory(err);
		j = j != NULL ? rai_json_next(j) : NULL;
	}
	return 0;
}

static int
read_learner(struct reading *r, const struct cJSON *doc, struct rai_err *err)
{
	const struct cJSON *learner, *booster, *model, *cats, *enc;
	const char *name;

	if (rai_json_object(doc, "learner", &learner, err) != 0 ||
	    rai_json_object(learner, "gradient_booster", &booster, err) != 0 ||
	    rai_json_str(booster, "name", &name, err) != 0)
		return -1;
	if (strcmp(name, "gbtree") != 0)
		return rai_fail(
		    err, RAI_EINPUT, "booster \"%.40s\" is not handled, gbtree is", name);
	if (rai_json_object(booster, "model", &model, err) != 0 ||
	    read_objective(r, learner, err) != 0 || read_names(r, learner, err) != 0)
		return -1;
	cats = rai_json_get(model, "cats");
	enc = cats == NULL ? NULL : rai_json_get(cats, "enc");
	if (rai_json_count(enc) > 0)
		return rai_fail(err, RAI_EINPUT,
		    "categories were re-coded from a typed data frame: train on their codes");
	r->out->fitted.width = r->out->width;
	return read_trees(r, model, err);
}

int
rai_xgboost_read(const char *p, size_t n, struct rai_imported *out, struct rai_err *err)
{
	struct reading r = {.out = out};
	struct cJSON *doc = rai_json_parse(p, n, err);
	int rc = -1;

	if (doc == NULL)
		return -1;
	rai_fitted_init(&out->fitted, &rai_kind_xgboost);
	rai_ensemble_build_init(&r.build);
	if (read_learner(&r, doc, err) == 0)
		rc = rai_ensemble_build_finish(&r.build, &out->fitted, err);
	rai_ensemble_build_release(&r.build);
	rai_json_free(doc);
	return rc;
}
