#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define KEY "train.search"

struct keys {
	const struct rai_yaml *model, *draws, *space;
	const char *metric;
	int64_t folds, halving, seed;
	int grid;
};

static const struct rai_key search_keys[] = {
    {"model", RAI_KEY_NODE, offsetof(struct keys, model), NULL, NULL},
    {"draws", RAI_KEY_NODE, offsetof(struct keys, draws), NULL, NULL},
    {"grid", RAI_KEY_BOOL, offsetof(struct keys, grid), NULL, NULL},
    {"folds", RAI_KEY_INT, offsetof(struct keys, folds), NULL, NULL},
    {"halving", RAI_KEY_INT, offsetof(struct keys, halving), NULL, NULL},
    {"seed", RAI_KEY_INT, offsetof(struct keys, seed), NULL, NULL},
    {"metric", RAI_KEY_STR, offsetof(struct keys, metric), NULL, NULL},
    {"space", RAI_KEY_NODE, offsetof(struct keys, space), NULL, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};

struct range {
	double from, to;
	int log, whole;
};

static const struct rai_key range_keys[] = {
    {"from", RAI_KEY_NUM, offsetof(struct range, from), NULL, NULL},
    {"to", RAI_KEY_NUM, offsetof(struct range, to), NULL, NULL},
    {"log", RAI_KEY_BOOL, offsetof(struct range, log), NULL, NULL},
    {"whole", RAI_KEY_BOOL, offsetof(struct range, whole), NULL, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};

/* "1" is a whole number, "1.0" a number. */
static int
written_whole(const struct rai_yaml *node)
{
	return node != NULL && node->text != NULL && strpbrk(node->text, ".eE") == NULL;
}

static int
read_range(const struct plan *p, const struct rai_yaml *map, struct rai_search_param *out,
    struct rai_err *err)
{
	struct range r = {NAN, NAN, 0, -1};

	if (rai_keys_read(p->loop.file, KEY ".space", map, range_keys, &r, err) != 0)
		return -1;
	if (isnan(r.from) || isnan(r.to))
		return rai_yaml_fail(err, p->loop.file, map,
		    "models.%s." KEY ".space.%s: a range needs from and to", p->model->name,
		    out->name);
	out->from = r.from;
	out->to = r.to;
	out->log = r.log;
	out->whole = r.whole >= 0 ? r.whole
				  : written_whole(rai_yaml_get(map, "from")) &&
					written_whole(rai_yaml_get(map, "to"));
	return 0;
}

/* The values to choose from: a list, or one alone. */
static int
read_values(const struct plan *p, const struct rai_search *s, const struct rai_yaml *node,
    struct rai_search_param *out, struct rai_err *err)
{
	const struct rai_yaml *const *item = (const struct rai_yaml *const *)node->item;
	const char **word;
	size_t n = node->n, i;
	struct rai_fitted scratch = s->base;

	if (node->kind == RAI_YAML_SCALAR) {
		item = &node;
		n = 1;
	}
	word = calloc(n + 1, sizeof(*word));
	out->word = word;
	if (word == NULL)
		return rai_fail_memory(err);
	if (n == 0)
		return rai_yaml_fail(err, p->loop.file, node,
		    "models.%s." KEY ".space.%s: the list is empty", p->model->name, out->name);
	for (i = 0; i < n; i++) {
		if (item[i]->kind != RAI_YAML_SCALAR)
			return rai_yaml_fail(err, p->loop.file, item[i],
			    "models.%s." KEY ".space.%s: must be values", p->model->name,
			    out->name);
		if (rai_fitted_set_text(&scratch, out->name, item[i]->text, err) != 0)
			return rai_wrap(err, "%s:%zu:%zu: models.%s." KEY ".space", p->loop.file,
			    item[i]->line, item[i]->column, p->model->name);
		word[out->nword++] = item[i]->text;
	}
	return 0;
}

static int
read_space(
    const struct plan *p, const struct rai_yaml *space, struct rai_search *s, struct rai_err *err)
{
	struct rai_search_param *param;
	size_t i;

	if (space == NULL || space->kind != RAI_YAML_MAP || space->n == 0)
		return rai_fail(err, RAI_EINPUT,
		    "space: must be a map from a parameter to values or { from: .., to: .. }");
	param = calloc(space->n, sizeof(*param));
	s->param = param;
	if (param == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < space->n; i++) {
		param[i].name = space->key[i]->text;
		s->nparam++;
		if ((space->item[i]->kind == RAI_YAML_MAP
			    ? read_range(p, space->item[i], &param[i], err)
			    : read_values(p, s, space->item[i], &param[i], err)) != 0)
			return -1;
	}
	return 0;
}

/* How many draws: a number, or all combinations. */
static int
read_draws(const struct keys *k, struct rai_search *s, struct rai_err *err)
{
	int64_t n = 50;

	if (k->draws != NULL && k->draws->text != NULL && strcmp(k->draws->text, "all") == 0)
		n = 0;
	else if (k->draws != NULL &&
		 (k->grid || rai_yaml_int(k->draws, 1, RAI_SEARCH_DRAWS, &n) != 0))
		return rai_fail(err, RAI_EINPUT,
		    "draws: must be a whole number from 1 to %d, or all (as grid: true)",
		    RAI_SEARCH_DRAWS);
	s->draws = k->grid ? 0 : (size_t)n;
	if (k->folds < 2 || k->folds > RAI_SPLIT_FOLDS)
		return rai_fail(err, RAI_EINPUT, "folds: must be from 2 to %d", RAI_SPLIT_FOLDS);
	s->folds = (size_t)k->folds;
	if (k->halving == 1 || k->halving > 100)
		return rai_fail(err, RAI_EINPUT, "halving: must be from 2 to 100, or 0 for none");
	s->halving = (size_t)k->halving;
	return 0;
}

static int
read_metric(const struct plan *p, const char *name, struct rai_search *s, struct rai_err *err)
{
	int metric = name == NULL ? (int)p->train.metric : rai_metric_find(name);
	size_t nclass = p->model->task == RAI_TASK_CLASSIFICATION ? 2 : 0;
	struct rai_buf names = RAI_BUF_INIT(1024);

	if (metric >= 0 && rai_metric_fits((enum rai_metric)metric, nclass)) {
		s->metric = (enum rai_metric)metric;
		return 0;
	}
	rai_metric_list(nclass, &names);
	rai_fail(err, RAI_EINPUT, "metric: \"%.40s\" is not one of: %s", name, names.ptr);
	rai_buf_free(&names);
	return -1;
}

int
plan_search(
    const struct plan *p, const struct rai_yaml *map, struct rai_search *s, struct rai_err *err)
{
	struct keys k = {.folds = RAI_SEARCH_FOLDS, .seed = (int64_t)p->train.seed};
	char path[128];

	snprintf(path, sizeof(path), "models.%s." KEY, p->model->name);
	if (map->kind != RAI_YAML_MAP)
		return rai_yaml_fail(err, p->loop.file, map,
		    "%s: must be a map with model and space, or a list of them", path);
	if (rai_keys_read(p->loop.file, path, map, search_keys, &k, err) != 0)
		return -1;
	if (k.model == NULL)
		return rai_yaml_fail(err, p->loop.file, map, "%s.model: is missing", path);
	if (p->train.folds > 0 && rai_yaml_get(map, "folds") != NULL &&
	    (size_t)k.folds != p->train.folds)
		return rai_yaml_fail(err, p->loop.file, rai_yaml_get(map, "folds"),
		    "%s.folds: train.validation has %zu, which the search shares", path,
		    p->train.folds);
	s->seed = (uint64_t)k.seed;
	if (plan_spec(p, KEY ".model", k.model, &s->base, err) != 0)
		return -1;
	if (read_draws(&k, s, err) == 0 && read_metric(p, k.metric, s, err) == 0 &&
	    read_space(p, k.space, s, err) == 0 && rai_search_check(s, err) == 0)
		return 0;
	return strncmp(err->msg, p->loop.file, strlen(p->loop.file)) == 0
		   ? -1
		   : rai_wrap(err, "%s:%zu:%zu: %s", p->loop.file, map->line, map->column, path);
}
