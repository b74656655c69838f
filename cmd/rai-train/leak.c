#include <stdlib.h>
#include <string.h>

#include "table/leak.h"
#include "tool.h"

/* Judged on the rows that train: the hold-out is not looked at. */
char *
find_leaks(const struct plan *p, const struct rai_table *t, struct rai_err *err)
{
	struct rai_split s;
	char *leak = calloc(t->schema.n + 1, 1);

	if (leak == NULL) {
		rai_fail_memory(err);
		return NULL;
	}
	if (t->target == NULL || t->nrow < RAI_LEAK_ROWS)
		return leak;
	if (rai_split_make(t, &p->train.split, p->train.seed, &s, err) != 0) {
		rai_wrap(err, "%s", p->source);
		free(leak);
		return NULL;
	}
	if (rai_leak_find(t, s.train, s.ntrain, p->train.split.column, leak, err) != 0) {
		free(leak);
		leak = NULL;
	}
	rai_split_release(&s);
	return leak;
}

static int
note(struct plan *p, const char *name, struct rai_err *err)
{
	if ((p->leak[p->nleak] = strdup(name)) == NULL)
		return rai_fail_memory(err);
	p->nleak++;
	return 0;
}

/* A dropped column needs no preparation. */
static void
forget_preparation(struct plan *p, const char *name)
{
	size_t i, kept = 0;

	for (i = 0; i < p->train.prep.ncolumn; i++)
		if (strcmp(p->encode[i].column, name) != 0)
			p->encode[kept++] = p->encode[i];
	p->train.prep.ncolumn = kept;
	for (i = kept = 0; i < p->train.prep.nimpute; i++)
		if (strcmp(p->impute[i].column, name) != 0)
			p->impute[kept++] = p->impute[i];
	p->train.prep.nimpute = kept;
}

static int
refuse(const struct plan *p, const char *why, const char *name, const char *target,
    struct rai_err *err)
{
	return rai_fail(err, RAI_EINPUT,
	    "%s: %s \"%.100s\" is the target \"%.100s\" in another form (features: { drop: [...] "
	    "}, or { leak: keep } when it is known before the target)",
	    p->source, why, name, target);
}

int
treat_leaks(const struct options *o, struct plan *p, struct rai_table *t, struct rai_err *err)
{
	const char *target = t->schema.target.name;
	char *leak = find_leaks(p, t, err);
	int rc = -1;
	size_t j;

	if (leak == NULL)
		return -1;
	p->leak = calloc(t->schema.n + 1, sizeof(*p->leak));
	if (p->leak == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	for (j = 0; j < t->schema.n; j++) {
		const char *name = t->schema.col[j].name;

		if (!leak[j])
			continue;
		if (p->model->features.leak == RAI_LEAK_FAIL) {
			refuse(p, "column", name, target, err);
			goto out;
		}
		if (note(p, name, err) != 0)
			goto out;
		rai_cli_warn(o->cli,
		    "%s: column \"%.100s\" is the target \"%.100s\" in another form: %s", p->source,
		    name, target,
		    p->model->features.leak == RAI_LEAK_KEEP
			? "kept, as features.leak says"
			: "dropped (features: { leak: keep } keeps it)");
	}
	rc = 0;
	if (p->nleak == 0 || p->model->features.leak == RAI_LEAK_KEEP)
		goto out;
	if (p->nleak == t->schema.n) {
		rc = refuse(p, "no other input is there:", p->leak[0], target, err);
		goto out;
	}
	for (j = 0; j < p->nleak; j++) {
		forget_preparation(p, p->leak[j]);
		if (rai_table_set_aside(t, p->leak[j], err) != 0)
			rc = -1;
	}
out:
	free(leak);
	return rc;
}
