#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define SHARE 0.2 /* held out where nothing is said */

/* by: random, stratified, a column whose newest rows are meant, or a map from a rule to it. */
static int
read_by(const struct plan *p, const char *key, const struct rai_yaml *by, struct rai_split_by *out,
    struct rai_err *err)
{
	static const struct {
		const char *name;
		enum rai_split_rule rule;
	} maps[] = {{"newest", RAI_SPLIT_NEWEST}, {"group", RAI_SPLIT_GROUP},
	    {"column", RAI_SPLIT_DECLARED}};
	size_t i;

	if (by == NULL || rai_yaml_is_null(by))
		return 0;
	if (by->kind == RAI_YAML_SCALAR) {
		out->rule = strcmp(by->text, "random") == 0       ? RAI_SPLIT_RANDOM
			    : strcmp(by->text, "stratified") == 0 ? RAI_SPLIT_STRATIFIED
								  : RAI_SPLIT_NEWEST;
		out->column = out->rule == RAI_SPLIT_NEWEST ? by->text : NULL;
		return 0;
	}
	for (i = 0; by->kind == RAI_YAML_MAP && by->n == 1 && i < sizeof(maps) / sizeof(maps[0]);
	     i++)
		if (strcmp(by->key[0]->text, maps[i].name) == 0 &&
		    by->item[0]->kind == RAI_YAML_SCALAR && by->item[0]->text[0] != '\0') {
			out->rule = maps[i].rule;
			out->column = by->item[0]->text;
			return 0;
		}
	return rai_yaml_fail(err, p->loop.file, by,
	    "models.%s.%s: must be random, stratified, a date or number column, { newest: COLUMN "
	    "}, "
	    "{ group: COLUMN } or { column: COLUMN }",
	    p->model->name, key);
}

/* The n words at from, in memory that has room for some more; NULL: no memory. */
static const char **
copy_words(const char *const *from, size_t n)
{
	const char **to = calloc(n + MAX_ASIDE, sizeof(*to));

	if (to != NULL && n > 0)
		memcpy(to, from, n * sizeof(*to));
	return to;
}

/*
 * A column that only splits is read in spite of features.drop and features.use, and set aside
 * after reading.
 */
static void
read_aside(struct plan *p, const struct rai_split_by *by)
{
	size_t i, n = 0;
	int hidden = by->rule == RAI_SPLIT_DECLARED, used = p->table.nuse == 0;

	if (by->column == NULL || (p->naside > 0 && strcmp(p->aside[0], by->column) == 0))
		return;
	for (i = 0; i < p->table.ndrop; i++)
		if (strcmp(p->drop[i], by->column) != 0)
			p->drop[n++] = p->drop[i];
		else
			hidden = 1;
	p->table.ndrop = n;
	for (i = 0; i < p->table.nuse; i++)
		used |= strcmp(p->use[i], by->column) == 0;
	if (!used)
		p->use[p->table.nuse++] = by->column;
	if (hidden || !used)
		p->aside[p->naside++] = by->column;
}

/* Parts of the training rows are cut like the hold-out, where nothing else is said. */
static int
plan_validation(struct plan *p, struct rai_err *err)
{
	const struct rai_loop_validation *v = &p->model->validation;
	struct rai_split_by *by = &p->train.validation;

	*by = p->train.split;
	by->before = NULL;
	if (by->rule == RAI_SPLIT_DECLARED)
		*by = (struct rai_split_by){RAI_SPLIT_RANDOM, NULL, SHARE, NULL};
	if (!isnan(v->share))
		by->share = v->share;
	p->train.folds = (size_t)v->folds;
	if (read_by(p, "train.validation.by", v->by, by, err) != 0)
		return -1;
	if (by->rule == RAI_SPLIT_DECLARED)
		return rai_yaml_fail(err, p->loop.file, v->by,
		    "models.%s.train.validation.by: a column says only what the hold-out is",
		    p->model->name);
	return 0;
}

int
plan_split(struct plan *p, struct rai_err *err)
{
	const struct rai_loop_split *s = &p->model->split;
	struct rai_split_by *by = &p->train.split;

	*by = (struct rai_split_by){RAI_SPLIT_RANDOM, NULL, isnan(s->test) ? SHARE : s->test, NULL};
	if (read_by(p, "split.by", s->by, by, err) != 0)
		return -1;
	if (s->before != NULL &&
	    (s->before->kind != RAI_YAML_SCALAR || !isnan(s->test) || by->rule != RAI_SPLIT_NEWEST))
		return rai_yaml_fail(err, p->loop.file, s->before,
		    "models.%s.split.before: must be a date or number, instead of test, and needs "
		    "a date or number column in split.by",
		    p->model->name);
	by->before = s->before != NULL ? s->before->text : NULL;
	if (by->rule == RAI_SPLIT_DECLARED && !isnan(s->test))
		return rai_yaml_fail(err, p->loop.file, s->by,
		    "models.%s.split: test and by: { column: .. } exclude each other",
		    p->model->name);
	p->drop = copy_words(p->table.drop, p->table.ndrop);
	p->use = copy_words(p->table.use, p->table.nuse);
	if (p->drop == NULL || p->use == NULL)
		return rai_fail_memory(err);
	p->table.drop = p->drop;
	p->table.use = p->use;
	if (plan_validation(p, err) != 0)
		return -1;
	read_aside(p, by);
	read_aside(p, &p->train.validation);
	return 0;
}

static int
check(const struct plan *p, const struct rai_table *t, const struct rai_split_by *by,
    const char *key, const struct rai_yaml *at, struct rai_err *err)
{
	if (rai_split_check(t, by, err) == 0)
		return 0;
	return at == NULL ? -1
			  : rai_wrap(err, "%s:%zu:%zu: models.%s.%s", p->loop.file, at->line,
				at->column, p->model->name, key);
}

int
split_table(const struct plan *p, struct rai_table *t, struct rai_err *err)
{
	const struct rai_loop_split *s = &p->model->split;
	size_t i;

	for (i = 0; i < p->naside; i++)
		if (rai_table_set_aside(t, p->aside[i], err) != 0)
			return -1;
	if (check(p, t, &p->train.split, "split", s->before != NULL ? s->before : s->by, err) != 0)
		return -1;
	return check(
	    p, t, &p->train.validation, "train.validation.by", p->model->validation.by, err);
}

const char *
split_name(const struct rai_split_by *by)
{
	return by->rule == RAI_SPLIT_RANDOM       ? "random"
	       : by->rule == RAI_SPLIT_STRATIFIED ? "stratified"
						  : by->column;
}
