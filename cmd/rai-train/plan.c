#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/par.h"
#include "tool.h"

static const struct {
	const char *name;
	enum rai_encode encode;
} encodes[] = {
    {"one-hot", RAI_ENCODE_ONE_HOT},
    {"label", RAI_ENCODE_LABEL},
    {"target", RAI_ENCODE_TARGET},
};

/* A path in rai.yaml starts at its folder, a URL does not. */
char *
plan_path(const struct plan *p, const char *path)
{
	const struct rai_loop *loop = &p->loop;

	if (path[0] == '/' || strcmp(path, "-") == 0 || rai_origin_is_url(path) ||
	    strcmp(loop->folder, ".") == 0 || loop->folder[0] == '\0')
		return strdup(path);
	return rai_file_join(loop->folder, path);
}

/* What is read, as it may be shown. */
static int
show_sources(struct plan *p, struct rai_err *err)
{
	struct rai_buf b = RAI_BUF_INIT((size_t)1 << 24);
	size_t i;
	int rc;

	for (i = 0; i < p->nfrom; i++) {
		char *name = rai_origin_name(p->from[i]);

		if (name == NULL)
			break;
		rai_buf_printf(&b, "%s%s", i > 0 ? ", " : "", name);
		free(name);
	}
	rc = i < p->nfrom ? rai_fail_memory(err) : rai_buf_check(&b, "the names of the data", err);
	p->source = rc == 0 ? strdup(b.ptr) : NULL;
	rai_buf_free(&b);
	return rc == 0 && p->source == NULL ? rai_fail_memory(err) : rc;
}

/* The operands, or else what rai.yaml says; nothing at all is stdin. */
static int
plan_sources(const struct options *o, struct plan *p, struct rai_err *err)
{
	size_t n = o->noperand, i, stdins = 0;

	if (n == 0 && p->model != NULL)
		n = p->model->data.source.n > 0 ? p->model->data.source.n : 1;
	p->from = calloc(n + 1, sizeof(*p->from));
	if (p->from == NULL)
		return rai_fail_memory(err);
	p->nfrom = n > 0 ? n : 1;
	for (i = 0; i < p->nfrom; i++) {
		if (o->noperand > 0)
			p->from[i] = strdup(o->operand[i]);
		else if (p->model == NULL)
			p->from[i] = strdup("-");
		else if (p->model->data.source.n > 0)
			p->from[i] = plan_path(p, p->model->data.source.word[i]);
		else
			p->from[i] = strdup(p->model->data.command.word[0]);
		if (p->from[i] == NULL)
			return rai_fail_memory(err);
		stdins += strcmp(p->from[i], "-") == 0;
	}
	if (stdins > 1)
		return rai_fail(err, RAI_EINPUT, "-: stdin can be read once");
	return show_sources(p, err);
}

static int
plan_paths(const struct options *o, struct plan *p, struct rai_err *err)
{
	char relative[128];

	if (o->data == NULL && p->model->data.source.n == 0 && p->model->data.command.n == 0)
		return rai_fail(err, RAI_EINPUT,
		    "%s: models.%s.data: neither source nor command, and no data file given",
		    p->loop.file, p->model->name);
	if (plan_sources(o, p, err) != 0)
		return -1;
	if (o->data == NULL && p->model->data.source.n == 0) {
		p->table.command = p->model->data.command.word;
		p->table.ncommand = p->model->data.command.n;
	}
	snprintf(relative, sizeof(relative), "models/%s/model.safetensors", p->model->name);
	p->output = o->output != NULL ? strdup(o->output) : plan_path(p, relative);
	return p->output == NULL ? rai_fail_memory(err) : 0;
}

static void
plan_quarantine(const struct options *o, struct plan *p)
{
	rai_buf_init(&p->refused.rows, RAI_REFUSED_BYTES);
	p->refused.at_most = p->model != NULL ? p->model->data.refused_at_most : 0.01;
	p->table.refused = o->quarantine != NULL ? &p->refused : NULL;
}

static int
plan_separator(const struct options *o, struct plan *p, struct rai_err *err)
{
	if (o->separator != NULL)
		return data_separator(o->separator, &p->table.separator, err);
	if (data_separator(p->model->data.separator, &p->table.separator, err) == 0)
		return 0;
	return rai_wrap(err, "%s: models.%s.data", p->loop.file, p->model->name);
}

static int
plan_dates(struct plan *p, struct rai_err *err)
{
	const struct rai_yaml *map = p->model->features.dates;
	size_t i;

	if (map == NULL)
		return 0;
	if (map->kind != RAI_YAML_MAP)
		return rai_yaml_fail(err, p->loop.file, map,
		    "models.%s.features.dates: must be a map from a column to day-first or iso",
		    p->model->name);
	p->date = calloc(map->n + 1, sizeof(*p->date));
	if (p->date == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < map->n; i++) {
		const char *how = map->item[i]->text;

		if (how == NULL || (strcmp(how, "day-first") != 0 && strcmp(how, "iso") != 0))
			return rai_yaml_fail(err, p->loop.file, map->item[i],
			    "models.%s.features.dates.%s: must be day-first or iso", p->model->name,
			    map->key[i]->text);
		p->date[i] =
		    (struct rai_table_date){map->key[i]->text, strcmp(how, "day-first") == 0};
	}
	p->table.date = p->date;
	p->table.ndate = map->n;
	return 0;
}

static int
find_encode(const struct plan *p, const struct rai_yaml *node, const char *column,
    enum rai_encode *out, struct rai_err *err)
{
	size_t i;

	for (i = 0; i < sizeof(encodes) / sizeof(encodes[0]); i++)
		if (node->text != NULL && strcmp(node->text, encodes[i].name) == 0) {
			*out = encodes[i].encode;
			return 0;
		}
	return rai_yaml_fail(err, p->loop.file, node,
	    "models.%s.features.encode.%s: must be one-hot, label or target", p->model->name,
	    column);
}

/* A column named here is a category, whatever it looks like (a postcode, say). */
static int
plan_encode(struct plan *p, struct rai_err *err)
{
	const struct rai_yaml *map = p->model->features.encode;
	enum rai_encode encode = RAI_ENCODE_AUTO;
	size_t i, n = 0;

	if (map == NULL)
		return 0;
	if (map->kind != RAI_YAML_MAP)
		return rai_yaml_fail(err, p->loop.file, map,
		    "models.%s.features.encode: must be a map from a column to one-hot, label or "
		    "target",
		    p->model->name);
	p->encode = calloc(map->n + 1, sizeof(*p->encode));
	p->category = calloc(map->n + 1, sizeof(*p->category));
	if (p->encode == NULL || p->category == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < map->n; i++) {
		const char *column = map->key[i]->text;

		if (find_encode(p, map->item[i], column, &encode, err) != 0)
			return -1;
		if (strcmp(column, "default") == 0) {
			p->train.prep.encode = encode;
			continue;
		}
		p->category[n] = column;
		p->encode[n++] = (struct rai_prep_encode){column, encode};
	}
	p->table.category = p->category;
	p->table.ncategory = n;
	p->train.prep.column = p->encode;
	p->train.prep.ncolumn = n;
	return 0;
}

static int
plan_metric(struct plan *p, struct rai_err *err)
{
	size_t nclass = p->model->task == RAI_TASK_CLASSIFICATION ? 2 : 0;
	const char *usual = nclass > 0 ? "log_loss" : "r2";
	const char *name = p->model->gate.metric != NULL ? p->model->gate.metric : usual;
	int metric = rai_metric_find(name);
	struct rai_buf names = RAI_BUF_INIT(1024);

	if (metric < 0 || !rai_metric_fits((enum rai_metric)metric, nclass)) {
		rai_metric_list(nclass, &names);
		rai_fail(err, RAI_EINPUT,
		    "%s: models.%s.gate.metric: \"%.40s\" is not one of those of %s: %s",
		    p->loop.file, p->model->name, name,
		    nclass > 0 ? "classification" : "regression", names.ptr);
		rai_buf_free(&names);
		return -1;
	}
	p->train.metric = (enum rai_metric)metric;
	return 0;
}

static void
plan_table(struct plan *p)
{
	const struct rai_loop_features *f = &p->model->features;

	p->table.target = p->model->target;
	p->table.target_type =
	    p->model->task == RAI_TASK_CLASSIFICATION ? RAI_TARGET_CATEGORY : RAI_TARGET_NUMBER;
	p->table.drop = f->drop.word;
	p->table.ndrop = f->drop.n;
	p->table.use = f->use.word;
	p->table.nuse = f->use.n;
	p->train.unit = p->model->transform == RAI_TRANSFORM_LOG    ? RAI_UNIT_LOG
			: p->model->transform == RAI_TRANSFORM_NONE ? RAI_UNIT_SAME
								    : RAI_UNIT_AUTO;
	p->table.duplicates =
	    f->duplicates == RAI_LOOP_DUPLICATES_KEEP ? RAI_DUPLICATES_KEEP : RAI_DUPLICATES_DROP;
	p->train.prep.clip_iqr = f->clip_iqr;
	p->train.prep.indicator = f->indicator;
	p->train.prep.rare = isnan(f->rare) ? 0 : f->rare;
	p->train.prep.smooth = isnan(f->smooth) ? 0 : f->smooth;
	p->train.seed = (uint64_t)p->model->split.seed;
}

/* The options that the loop gives, and the model of it that is meant. */
static int
take_model(const struct options *o, struct plan *p, struct rai_err *err)
{
	if (rai_loop_options(&p->loop, "rai-train", rai_cli_set, o->cli, err) != 0)
		return -1;
	p->model = rai_loop_find(&p->loop, o->model, err);
	if (p->model == NULL)
		return -1;
	if (p->model->target == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "%s:%zu: models.%s.target.column: is missing: which column is to be predicted",
		    p->loop.file, p->model->line, p->model->name);
	return 0;
}

static int
read_loop(const struct options *o, enum need need, struct plan *p, struct rai_err *err)
{
	const char *path = o->config != NULL ? o->config : "rai.yaml";

	if (need == NEED_NOTHING && o->config == NULL && access(path, F_OK) != 0)
		return 1;
	if (rai_loop_read(path, &p->loop, err) != 0)
		return -1;
	return take_model(o, p, err);
}

static void
plan_threads(const struct options *o, struct plan *p)
{
	p->train.threads = o->threads > 0 ? (size_t)o->threads : rai_par_cores();
	p->table.threads = p->train.threads;
}

/* rc: what reading the loop has come to. */
static int
finish_plan(const struct options *o, int rc, struct plan *p, struct rai_err *err)
{
	if (rc == 0) {
		plan_table(p);
		plan_quarantine(o, p);
		plan_threads(o, p);
		if (o->seed >= 0)
			p->train.seed = (uint64_t)o->seed;
		p->train.prep.seed = p->train.seed;
		p->train.all_scores = o->all_scores;
		if (plan_separator(o, p, err) != 0 || plan_paths(o, p, err) != 0 ||
		    plan_dates(p, err) != 0 || plan_encode(p, err) != 0 ||
		    plan_impute(p, err) != 0 || plan_split(p, err) != 0 ||
		    plan_metric(p, err) != 0 || plan_candidates(o, p, err) != 0)
			rc = -1;
	}
	if (rc != 0)
		plan_release(p);
	return rc;
}

int
plan_read(const struct options *o, enum need need, struct plan *p, struct rai_err *err)
{
	int rc;

	memset(p, 0, sizeof(*p));
	rc = read_loop(o, need, p, err);
	if (rc > 0) {
		plan_threads(o, p);
		plan_quarantine(o, p);
		if (plan_sources(o, p, err) == 0 &&
		    data_separator(o->separator, &p->table.separator, err) == 0)
			return 0;
		plan_release(p);
		return -1;
	}
	return finish_plan(o, rc, p, err);
}

int
plan_parse(const struct options *o, const char *file, const char *text, size_t len, struct plan *p,
    struct rai_err *err)
{
	int rc;

	memset(p, 0, sizeof(*p));
	rc = rai_loop_parse(file, text, len, &p->loop, err);
	if (rc == 0)
		rc = take_model(o, p, err);
	return finish_plan(o, rc, p, err);
}

void
plan_release(struct plan *p)
{
	size_t i;

	if (p->loop.file != NULL)
		rai_loop_free(&p->loop);
	free(p->date);
	free(p->encode);
	free(p->impute);
	free(p->category);
	free(p->drop);
	free(p->use);
	plan_candidates_release(p);
	for (i = 0; p->from != NULL && i < p->nfrom; i++)
		free(p->from[i]);
	free(p->from);
	free(p->source);
	if (p->refused.rows.ptr != NULL)
		rai_buf_free(&p->refused.rows);
	free(p->output);
	for (i = 0; i < p->nleak; i++)
		free(p->leak[i]);
	free(p->leak);
	memset(p, 0, sizeof(*p));
}
