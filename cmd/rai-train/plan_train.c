#include <stdlib.h>
#include <string.h>

#include "model/external.h"
#include "model/kind.h"
#include "tool.h"

/* Can this kind be fitted for the task? */
static int
suits(const struct plan *p, const struct rai_kind *kind)
{
	unsigned can =
	    p->model->task == RAI_TASK_CLASSIFICATION ? RAI_CAN_CLASSES : RAI_CAN_REGRESSION;

	return kind->fit != NULL && (kind->can & can) != 0;
}

static int
unknown_kind(
    const struct plan *p, const char *key, const struct rai_yaml *name, struct rai_err *err)
{
	struct rai_buf list = RAI_BUF_INIT(1024);
	size_t i;

	for (i = 0; rai_kinds[i] != NULL; i++)
		if (suits(p, rai_kinds[i]))
			rai_buf_printf(&list, "%s%s", list.len > 0 ? ", " : "", rai_kinds[i]->name);
	rai_yaml_fail(err, p->loop.file, name,
	    "models.%s.%s: must be one of %s, or one of them with its parameters: { tree: { "
	    "max_depth: 5 } }",
	    p->model->name, key, list.ptr);
	rai_buf_free(&list);
	return -1;
}

int
plan_spec(const struct plan *p, const char *key, const struct rai_yaml *item, struct rai_fitted *f,
    struct rai_err *err)
{
	const struct rai_yaml *params = NULL, *name = item;
	size_t i;

	if (item->kind == RAI_YAML_MAP && item->n == 1) {
		name = item->key[0];
		params = item->item[0];
	}
	if (name->kind != RAI_YAML_SCALAR || rai_kind_find(name->text) == NULL ||
	    !suits(p, rai_kind_find(name->text)))
		return unknown_kind(p, key, name, err);
	rai_fitted_init(f, rai_kind_find(name->text));
	f->command = p->external;
	f->ncommand = p->nexternal;
	if (f->kind == &rai_kind_external && p->nexternal == 0)
		return rai_yaml_fail(err, p->loop.file, name,
		    "models.%s.%s: external needs its program: train: { external: [program, "
		    "argument] }, or --external",
		    p->model->name, key);
	if (params == NULL || rai_yaml_is_null(params))
		return 0;
	if (params->kind != RAI_YAML_MAP)
		return rai_yaml_fail(err, p->loop.file, params,
		    "models.%s.%s: parameters must be a map", p->model->name, key);
	for (i = 0; i < params->n; i++) {
		const struct rai_yaml *value = params->item[i];

		if (value->kind != RAI_YAML_SCALAR)
			return rai_yaml_fail(err, p->loop.file, value,
			    "models.%s.%s: %s.%s must be one value", p->model->name, key,
			    name->text, params->key[i]->text);
		if (rai_fitted_set_text(f, params->key[i]->text, value->text, err) != 0)
			return rai_wrap(err, "%s:%zu:%zu: models.%s.%s", p->loop.file, value->line,
			    value->column, p->model->name, key);
	}
	return 0;
}

size_t
external_words(const struct options *o, const char *shell[3])
{
	if (o->external == NULL)
		return 0;
	shell[0] = "sh";
	shell[1] = "-c";
	shell[2] = o->external;
	return 3;
}

/* The program behind the kind external: the command line goes before rai.yaml. */
static void
find_external(const struct options *o, struct plan *p)
{
	p->nexternal = external_words(o, p->shell);
	p->external = p->nexternal > 0 ? p->shell : p->model->external.word;
	if (p->nexternal == 0)
		p->nexternal = p->model->external.n;
}

/* Without a list, and without a search, these are tried as they are by default. */
static const struct rai_kind *const by_default[][6] = {
    [RAI_TASK_REGRESSION] = {&rai_kind_linear, &rai_kind_ridge, &rai_kind_tree, &rai_kind_forest,
	&rai_kind_boost, NULL},
    [RAI_TASK_CLASSIFICATION] = {&rai_kind_logistic, &rai_kind_boost, NULL},
};

static int
room(struct plan *p, size_t ncandidate, size_t nsearch, struct rai_err *err)
{
	p->train.candidate = calloc(ncandidate + nsearch + 1, sizeof(*p->train.candidate));
	p->search = calloc(nsearch + 1, sizeof(*p->search));
	if (p->train.candidate == NULL || p->search == NULL)
		return rai_fail_memory(err);
	return 0;
}

static int
add_searches(struct plan *p, const struct rai_yaml *const *map, size_t n, struct rai_err *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct rai_search *s = &p->search[p->nsearch++];
		struct rai_candidate *c = &p->train.candidate[p->train.ncandidate++];

		if (plan_search(p, map[i], s, err) != 0)
			return -1;
		c->search = s;
		c->spec = s->base;
	}
	return 0;
}

int
plan_candidates(const struct options *o, struct plan *p, struct rai_err *err)
{
	const struct rai_yaml *list = p->model->candidates, *search = p->model->search;
	const struct rai_yaml *const *map = &search;
	static const struct rai_kind *const outside[] = {&rai_kind_external, NULL};
	const struct rai_kind *const *kinds = by_default[p->model->task];
	size_t i, n = 0, nsearch;

	find_external(o, p);
	if (o->external != NULL || (list == NULL && p->nexternal > 0)) {
		kinds = outside;
		list = NULL;
		search = NULL;
	}
	nsearch = search != NULL;
	if (list != NULL && (list->kind != RAI_YAML_LIST || list->n == 0))
		return rai_yaml_fail(err, p->loop.file, list,
		    "models.%s.train.candidates: must be a list such as [linear, forest]",
		    p->model->name);
	if (search != NULL && search->kind == RAI_YAML_LIST) {
		map = (const struct rai_yaml *const *)search->item;
		nsearch = search->n;
	}
	while (list != NULL ? n < list->n : nsearch == 0 && kinds[n] != NULL)
		n++;
	if (room(p, n, nsearch, err) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		struct rai_fitted *spec = &p->train.candidate[p->train.ncandidate].spec;

		p->train.ncandidate++;
		if (list == NULL) {
			rai_fitted_init(spec, kinds[i]);
			spec->command = p->external;
			spec->ncommand = p->nexternal;
		} else if (plan_spec(p, "train.candidates", list->item[i], spec, err) != 0)
			return -1;
	}
	return add_searches(p, map, nsearch, err);
}

void
plan_candidates_release(struct plan *p)
{
	size_t i, k;

	for (i = 0; i < p->nsearch; i++) {
		struct rai_search *s = &p->search[i];

		rai_search_release(s);
		for (k = 0; k < s->nparam; k++)
			free((void *)(uintptr_t)s->param[k].word);
		free((void *)(uintptr_t)s->param);
	}
	free(p->search);
	free(p->train.candidate);
}
