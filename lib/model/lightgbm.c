#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "model/ensemble_build.h"
#include "model/import.h"

/*
 * LightGBM's text model (version 3 and 4): lines key=value, lists separated by blanks, a header,
 * a block per tree.  A number goes left where it is <= threshold; of a category split those of the
 * set go left, missing and negative ones right.  decision_type holds in bit 0: category, bit 1:
 * missing goes left, bits 2 and 3: what is missing (0 nothing, 1 zero, 2 NaN).
 */
#define VALUES ((size_t)1 << 24) /* of one line */
#define FEATURES ((size_t)1 << 16)

/* The text, line by line; values of the block that is read are found by key. */
struct reading {
	const char *p, *end;
	size_t line;
	struct rai_ensemble_build build;
	struct rai_imported *out;
	int64_t per_iteration, ntree;
	int average;
};

struct pair {
	const char *key, *value;
	size_t keylen, len;
};

#define PAIRS 64

/* The lines of one block, up to an empty line. */
struct block {
	struct pair pair[PAIRS];
	size_t n, line;
};

static const struct pair *
find(const struct block *b, const char *key)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (strlen(key) == b->pair[i].keylen &&
		    memcmp(b->pair[i].key, key, b->pair[i].keylen) == 0)
			return &b->pair[i];
	return NULL;
}

/* One line without its end; 1 at the end of the text. */
static int
next_line(struct reading *r, const char **p, size_t *len)
{
	const char *nl;

	if (r->p == r->end)
		return 1;
	nl = memchr(r->p, '\n', (size_t)(r->end - r->p));
	*p = r->p;
	*len = (size_t)((nl == NULL ? r->end : nl) - r->p);
	r->p = nl == NULL ? r->end : nl + 1;
	r->line++;
	if (*len > 0 && (*p)[*len - 1] == '\r')
		--*len;
	return 0;
}

/* 1: there is no other block. */
static int
next_block(struct reading *r, struct block *b, struct rai_err *err)
{
	const char *p, *eq;
	size_t len;

	b->n = 0;
	while (next_line(r, &p, &len) == 0) {
		if (len == 0 && b->n == 0)
			continue;
		if (len == 0)
			return 0;
		if (b->n == 0)
			b->line = r->line;
		if (b->n == PAIRS)
			return rai_fail(
			    err, RAI_EINPUT, "line %zu: a block of too many lines", r->line);
		eq = memchr(p, '=', len);
		b->pair[b->n++] = eq == NULL ? (struct pair){p, p + len, len, 0}
					     : (struct pair){p, eq + 1, (size_t)(eq - p),
						   len - (size_t)(eq + 1 - p)};
	}
	return b->n == 0;
}

static int
fail(const struct block *b, const char *key, const char *what, struct rai_err *err)
{
	return rai_fail(err, RAI_EINPUT, "block at line %zu: %s: %s", b->line, key, what);
}

static int
whole(const struct block *b, const char *key, int64_t min, int64_t max, int64_t *out,
    struct rai_err *err)
{
	const struct pair *v = find(b, key);

	return v != NULL && rai_num_int(v->value, v->len, min, max, out) == 0
		   ? 0
		   : fail(b, key, "is missing, or no whole number in range", err);
}

/* Exactly n numbers, blank-separated; caller frees *out. */
static int
numbers(const struct block *b, const char *key, size_t n, double **out, struct rai_err *err)
{
	const struct pair *v = find(b, key);
	const char *p, *end, *stop;
	size_t i = 0;

	if (v == NULL)
		return fail(b, key, "is missing", err);
	*out = calloc(n + 1, sizeof(**out));
	if (*out == NULL)
		return rai_fail_memory(err);
	for (p = v->value, end = p + v->len; p < end && i < n; p = stop + (stop < end)) {
		stop = memchr(p, ' ', (size_t)(end - p));
		stop = stop == NULL ? end : stop;
		if (stop > p && rai_num_double(p, (size_t)(stop - p), &(*out)[i++]) != 0)
			return fail(b, key, "must hold numbers", err);
	}
	return p >= end && i == n ? 0 : fail(b, key, "holds another number of values", err);
}

/* The arrays of one tree: nsplit inner nodes, nsplit + 1 leaves. */
struct arrays {
	double *feature, *threshold, *decision, *left, *right, *leaf;
	double *cat_at, *cat_word;
	char *taken; /* ncat: sets that a node has */
	size_t nsplit, ncat, nword;
};

static void
release(struct arrays *a)
{
	free(a->feature);
	free(a->threshold);
	free(a->decision);
	free(a->left);
	free(a->right);
	free(a->leaf);
	free(a->cat_at);
	free(a->cat_word);
	free(a->taken);
}

static int
read_sets(const struct block *b, struct arrays *a, struct rai_err *err)
{
	int64_t ncat;
	size_t i;

	if (whole(b, "num_cat", 0, (int64_t)a->nsplit, &ncat, err) != 0)
		return -1;
	a->ncat = (size_t)ncat;
	if (ncat == 0)
		return 0;
	if (numbers(b, "cat_boundaries", a->ncat + 1, &a->cat_at, err) != 0)
		return -1;
	for (i = 0; i <= a->ncat; i++)
		if (!(a->cat_at[i] >= (i > 0 ? a->cat_at[i - 1] : 0) &&
			a->cat_at[i] <= (double)VALUES && a->cat_at[i] == floor(a->cat_at[i])))
			return fail(b, "cat_boundaries", "must increase", err);
	a->nword = (size_t)a->cat_at[a->ncat];
	a->taken = calloc(a->ncat, 1);
	if (a->taken == NULL)
		return rai_fail_memory(err);
	return numbers(b, "cat_threshold", a->nword, &a->cat_word, err);
}

static int
read_arrays(const struct block *b, struct arrays *a, struct rai_err *err)
{
	int64_t leaves;

	if (whole(b, "num_leaves", 1, (int64_t)VALUES, &leaves, err) != 0)
		return -1;
	a->nsplit = (size_t)leaves - 1;
	if (numbers(b, "leaf_value", (size_t)leaves, &a->leaf, err) != 0)
		return -1;
	if (a->nsplit == 0)
		return 0;
	if (numbers(b, "split_feature", a->nsplit, &a->feature, err) != 0 ||
	    numbers(b, "threshold", a->nsplit, &a->threshold, err) != 0 ||
	    numbers(b, "decision_type", a->nsplit, &a->decision, err) != 0 ||
	    numbers(b, "left_child", a->nsplit, &a->left, err) != 0 ||
	    numbers(b, "right_child", a->nsplit, &a->right, err) != 0)
		return -1;
	return read_sets(b, a, err);
}

/* A child as the node's number: inner nodes first, then the leaves. */
static int32_t
child(const struct arrays *a, double v)
{
	if (!(v == floor(v) && v >= -(double)a->nsplit - 1 && v < (double)a->nsplit))
		return -1;
	return v >= 0 ? (int32_t)v : (int32_t)a->nsplit + (int32_t)(-v) - 1;
}

static int
make_set(struct reading *r, const struct block *b, const struct arrays *a, double which,
    struct rai_ensemble_node *p, struct rai_err *err)
{
	size_t k, bit;

	if (!(which >= 0 && which < (double)a->ncat && which == floor(which)))
		return fail(b, "threshold", "names a set of categories that is not there", err);
	k = (size_t)which;
	/* so that a file cannot stand for more than it holds */
	if (a->taken[k]++)
		return fail(b, "threshold", "names a set of categories that another node has", err);
	p->nset = (int32_t)(a->cat_at[k + 1] - a->cat_at[k]);
	if (rai_ensemble_build_set(&r->build, (size_t)p->nset, &p->set, err) != 0)
		return -1;
	for (bit = 0; bit < (size_t)p->nset * 32; bit++) {
		double word = a->cat_word[(size_t)a->cat_at[k] + bit / 32];

		if (!(word >= 0 && word <= UINT32_MAX))
			return fail(b, "cat_threshold", "must hold words of 32 bits", err);
		if ((uint32_t)word >> bit % 32 & 1)
			rai_ensemble_build_put(&r->build, p->set, (uint32_t)bit);
	}
	p->flags = RAI_ENSEMBLE_CATEGORY | RAI_ENSEMBLE_IN_LEFT;
	return 0;
}

static int
make_node(struct reading *r, const struct block *b, const struct arrays *a, size_t i,
    struct rai_ensemble_node *p, struct rai_err *err)
{
	unsigned decision, missing;

	if (!(a->decision[i] >= 0 && a->decision[i] < 16) || !(a->feature[i] >= 0) ||
	    a->feature[i] > (double)FEATURES)
		return fail(b, "decision_type", "or split_feature is out of range", err);
	decision = (unsigned)a->decision[i];
	*p = (struct rai_ensemble_node){.left = child(a, a->left[i]),
	    .right = child(a, a->right[i]),
	    .feature = (int32_t)a->feature[i]};
	if (decision & 1)
		return make_set(r, b, a, a->threshold[i], p, err);
	p->value = a->threshold[i];
	missing = decision >> 2;
	/* where NaN is not the mark of a missing value it counts as 0 */
	if (missing == 0 ? 0 <= p->value : decision & 2)
		p->flags |= RAI_ENSEMBLE_DEFAULT_LEFT;
	if (missing == 1)
		p->flags |= RAI_ENSEMBLE_ZERO_MISSING;
	return missing <= 2 ? 0 : fail(b, "decision_type", "is out of range", err);
}

static int
read_tree(struct reading *r, const struct block *b, struct rai_err *err)
{
	size_t group = (size_t)(r->ntree % r->per_iteration), i;
	const struct pair *linear = find(b, "is_linear");
	struct rai_ensemble_node *node = NULL;
	struct arrays a = {.nsplit = 0};
	int rc = -1;

	if (linear != NULL && !(linear->len == 1 && *linear->value == '0'))
		return fail(b, "is_linear", "linear trees are not handled", err);
	if (read_arrays(b, &a, err) != 0)
		goto out;
	node = calloc(2 * a.nsplit + 1, sizeof(*node));
	if (node == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	for (i = 0; i < a.nsplit; i++)
		if (make_node(r, b, &a, i, &node[i], err) != 0)
			goto out;
	for (i = 0; i <= a.nsplit; i++)
		node[a.nsplit + i] = (struct rai_ensemble_node){
		    .value = a.leaf[i], .flags = RAI_ENSEMBLE_LEAF, .feature = -1};
	rc = rai_ensemble_build_tree(&r->build, node, 2 * a.nsplit + 1, group, err);
	if (rc != 0)
		rai_wrap(err, "block at line %zu", b->line);
	r->ntree++;
out:
	free(node);
	release(&a);
	return rc;
}

static const struct {
	const char *name;
	enum rai_ensemble_link link;
	int classes; /* 2: of a binary classifier, 3: of several classes */
} objectives[] = {
    {"regression", RAI_LINK_IDENTITY, 0},
    {"regression_l1", RAI_LINK_IDENTITY, 0},
    {"huber", RAI_LINK_IDENTITY, 0},
    {"fair", RAI_LINK_IDENTITY, 0},
    {"quantile", RAI_LINK_IDENTITY, 0},
    {"mape", RAI_LINK_IDENTITY, 0},
    {"poisson", RAI_LINK_EXP, 0},
    {"gamma", RAI_LINK_EXP, 0},
    {"tweedie", RAI_LINK_EXP, 0},
    {"binary", RAI_LINK_SIGMOID, 2},
    {"cross_entropy", RAI_LINK_SIGMOID, 0},
    {"multiclass", RAI_LINK_SOFTMAX, 3},
};

static int
is_word(const char *p, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(p, word, n) == 0;
}

/* The words behind the objective's name: "sigmoid:1", "num_class:3", "sqrt". */
static int
read_option(struct reading *r, const struct block *b, const char *p, size_t n, struct rai_err *err)
{
	double *scale = &r->out->fitted.param[RAI_ENSEMBLE_SCALE];

	if (n > 8 && memcmp(p, "sigmoid:", 8) == 0)
		return rai_num_double(p + 8, n - 8, scale) == 0 && *scale > 0 && *scale <= 1e6
			   ? 0
			   : fail(b, "objective", "sigmoid must be a positive number", err);
	if (is_word(p, n, "sqrt"))
		r->out->fitted.param[RAI_ENSEMBLE_LINK] = RAI_LINK_SQUARE;
	return 0;
}

static int
read_objective(struct reading *r, const struct block *b, struct rai_err *err)
{
	const struct pair *v = find(b, "objective");
	struct rai_fitted *f = &r->out->fitted;
	const char *p, *end, *stop;
	int64_t nclass;
	size_t i, n;

	if (v == NULL || whole(b, "num_class", 1, RAI_CLASSES, &nclass, err) != 0)
		return v == NULL ? fail(b, "objective", "is missing", err) : -1;
	p = v->value;
	end = p + v->len;
	stop = memchr(p, ' ', v->len);
	n = (size_t)((stop == NULL ? end : stop) - p);
	for (i = 0; i < sizeof(objectives) / sizeof(objectives[0]); i++)
		if (is_word(p, n, objectives[i].name))
			break;
	if (i == sizeof(objectives) / sizeof(objectives[0]))
		return rai_fail(err, RAI_EINPUT, "objective \"%.*s\" is not handled",
		    (int)(n < 60 ? n : 60), p);
	f->param[RAI_ENSEMBLE_LINK] = objectives[i].link;
	f->nclass = objectives[i].classes == 3 ? (size_t)nclass : (size_t)objectives[i].classes;
	if (r->per_iteration != (objectives[i].classes == 3 ? nclass : 1) ||
	    (objectives[i].classes == 3 && nclass < 2))
		return fail(b, "num_tree_per_iteration", "does not fit the objective", err);
	for (p += n; p < end; p = stop) {
		for (; p < end && *p == ' '; p++)
			;
		for (stop = p; stop < end && *stop != ' '; stop++)
			;
		if (read_option(r, b, p, (size_t)(stop - p), err) != 0)
			return -1;
	}
	return 0;
}

static int
read_names(struct reading *r, const struct block *b, struct rai_err *err)
{
	const struct pair *v = find(b, "feature_names");
	struct rai_imported *o = r->out;
	const char *p, *end, *stop;
	int64_t last;

	if (v == NULL || whole(b, "max_feature_idx", 0, (int64_t)FEATURES - 1, &last, err) != 0)
		return v == NULL ? fail(b, "feature_names", "is missing", err) : -1;
	o->name = calloc((size_t)last + 2, sizeof(*o->name));
	if (o->name == NULL)
		return rai_fail_memory(err);
	for (p = v->value, end = p + v->len; p < end && o->width <= (size_t)last; p = stop + 1) {
		stop = memchr(p, ' ', (size_t)(end - p));
		stop = stop == NULL ? end : stop;
		o->name[o->width] = strndup(p, (size_t)(stop - p));
		if (o->name[o->width++] == NULL)
			return rai_fail_memory(err);
	}
	return o->width == (size_t)last + 1
		   ? 0
		   : fail(b, "feature_names", "holds another number of names", err);
}

static int
read_header(struct reading *r, const struct block *b, struct rai_err *err)
{
	static const double zero;
	int64_t k;

	if (b->n == 0 || !is_word(b->pair[0].key, b->pair[0].keylen, "tree"))
		return rai_fail(err, RAI_EINPUT, "does not begin with the line \"tree\"");
	if (whole(b, "num_tree_per_iteration", 1, RAI_CLASSES, &r->per_iteration, err) != 0 ||
	    read_objective(r, b, err) != 0 || read_names(r, b, err) != 0)
		return -1;
	r->average = find(b, "average_output") != NULL;
	r->out->fitted.width = r->out->width;
	for (k = 0; k < r->per_iteration; k++)
		rai_buf_add(&r->build.base, &zero, sizeof(zero));
	return rai_buf_check(&r->build.base, "outputs", err);
}

static int
read_all(struct reading *r, struct rai_err *err)
{
	struct block b;
	int rc;

	rc = next_block(r, &b, err);
	if (rc != 0)
		return rc < 0 ? -1 : rai_fail(err, RAI_EINPUT, "empty");
	if (read_header(r, &b, err) != 0)
		return -1;
	for (;;) {
		rc = next_block(r, &b, err);
		if (rc < 0)
			return -1;
		if (rc > 0)
			return rai_fail(err, RAI_EINPUT, "cut off: no line \"end of trees\"");
		if (is_word(b.pair[0].key, b.pair[0].keylen, "end of trees"))
			break;
		if (!is_word(b.pair[0].key, b.pair[0].keylen, "Tree"))
			return fail(&b, "Tree", "a block of a tree was expected", err);
		if (read_tree(r, &b, err) != 0)
			return -1;
	}
	if (r->ntree % r->per_iteration != 0)
		return rai_fail(err, RAI_EINPUT, "a tree is missing in the last iteration");
	if (r->average && r->ntree > 0)
		r->out->fitted.param[RAI_ENSEMBLE_DIVIDE] = (double)(r->ntree / r->per_iteration);
	return rai_ensemble_build_finish(&r->build, &r->out->fitted, err);
}

int
rai_lightgbm_read(const char *p, size_t n, struct rai_imported *out, struct rai_err *err)
{
	struct reading r = {.p = p, .end = p + n, .out = out};
	int rc;

	rai_fitted_init(&out->fitted, &rai_kind_lightgbm);
	rai_ensemble_build_init(&r.build);
	rc = read_all(&r, err);
	rai_ensemble_build_release(&r.build);
	return rc;
}
