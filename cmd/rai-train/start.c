#include <string.h>

#include "tool.h"

/* Of the candidates the one that the model's kind goes on as. */
static int
keep_kind(struct plan *p, const struct rai_model *m, struct rai_err *err)
{
	const struct rai_kind *kind = rai_model_pipeline(m)->fitted.kind;
	size_t i;

	for (i = 0; i < p->train.ncandidate; i++)
		if (p->train.candidate[i].spec.kind == kind) {
			p->train.candidate[0] = p->train.candidate[i];
			p->train.ncandidate = 1;
			return 0;
		}
	return rai_fail(err, RAI_EINPUT,
	    "--from: the model is a %s, and models.%s.train.candidates of %s has none", kind->name,
	    p->model->name, p->loop.file);
}

static int
open_from(const struct options *o, struct plan *p, struct start *s, struct rai_err *err)
{
	const char *target;

	if (rai_model_open(o->from, &s->model, err) != 0)
		return rai_wrap(err, "--from");
	s->schema = *rai_model_schema(s->model);
	target = s->schema.target.name;
	if (target == NULL || strcmp(target, p->model->target) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "--from: %s predicts \"%.64s\", and models.%s predicts \"%.64s\"", o->from,
		    target != NULL ? target : "nothing", p->model->name, p->model->target);
	return keep_kind(p, s->model, err);
}

static int
open_import(const struct options *o, struct plan *p, struct start *s, struct rai_err *err)
{
	if (rai_model_open(o->import, &s->model, err) != 0)
		return rai_wrap(err, "--import");
	if (rai_model_meta(s->model, "rai.format") != NULL)
		return rai_fail(err, RAI_EINPUT,
		    "--import: %s is a model of ours (--from continues it)", o->import);
	s->schema = *rai_model_schema(s->model);
	p->train.ncandidate = 0;
	return 0;
}

int
start_open(const struct options *o, struct plan *p, struct start *s, struct rai_err *err)
{
	memset(s, 0, sizeof(*s));
	if (o->from == NULL && o->import == NULL)
		return 0;
	if ((o->from != NULL ? open_from(o, p, s, err) : open_import(o, p, s, err)) != 0)
		return -1;
	p->train.given = rai_model_pipeline(s->model);
	return 0;
}

int
start_table(const struct options *o, struct plan *p, struct start *s, struct rai_table *table,
    const struct rai_table **t, struct rai_err *err)
{
	*t = table;
	if (s->model == NULL)
		return treat_leaks(o, p, table, err);
	/* an imported model does not know what its target is called */
	if (rai_model_meta(s->model, "rai.format") == NULL)
		s->schema.target = table->schema.target;
	if (rai_table_conform(table, &s->schema, &s->conformed, err) != 0)
		return -1;
	*t = &s->conformed.table;
	return 0;
}

void
start_release(struct start *s)
{
	rai_conformed_release(&s->conformed);
	rai_model_free(s->model);
	memset(s, 0, sizeof(*s));
}
