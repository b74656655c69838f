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

/*
 * A column that only splits is read in spite of features.drop and features.use, and set aside
 * after reading.
 */
static int
read_aside(struct plan *p, const char *column, enum rai_split_rule rule, struct rai_err *err)
{
	size_t i, n = 0;
	int hidden = rule == RAI_SPLIT_DECLARED, used = p->table.nuse == 0;

	p->drop = calloc(p->table.ndrop + 1, sizeof(*p->drop));
	p->use = calloc(p->table.nuse + 1, sizeof(*p->use));
	if (p->drop == NULL || p->use == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < p->table.ndrop; i++)
		if (strcmp(p->table.drop[i], column) != 0)
			p->drop[n++] = p->table.drop[i];
		else
			hidden = 1;
	for (i = 0; i < p->table.nuse; i++) {
		p->use[i] = p->table.use[i];
		used |= strcmp(p->use[i], column) == 0;
	}
	if (!used)
		p->use[p->table.nuse++] = column;
	p->table.drop = p->drop;
	p->table.ndrop = n;
	p->table.use = p->use;
	p->aside = hidden || !used ? column : NULL;
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
	p->train.validation = *by;
	p->train.validation.before = NULL;
	if (by->rule == RAI_SPLIT_DECLARED)
		p->train.validation.rule = RAI_SPLIT_RANDOM;
	return by->column != NULL ? read_aside(p, by->column, by->rule, err) : 0;
}

int
split_table(const struct plan *p, struct rai_table *t, struct rai_err *err)
{
	const struct rai_yaml *at =
	    p->model->split.before != NULL ? p->model->split.before : p->model->split.by;

	if (p->aside != NULL && rai_table_set_aside(t, p->aside, err) != 0)
		return -1;
	if (rai_split_check(t, &p->train.split, err) == 0)
		return 0;
	return at == NULL ? -1
			  : rai_wrap(err, "%s:%zu:%zu: models.%s.split", p->loop.file, at->line,
				at->column, p->model->name);
}

const char *
split_name(const struct rai_split_by *by)
{
	return by->rule == RAI_SPLIT_RANDOM       ? "random"
	       : by->rule == RAI_SPLIT_STRATIFIED ? "stratified"
						  : by->column;
}
