#include "conf/loop.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/num.h"

static const char *const tasks[] = {"regression", "classification", NULL};
static const char *const transforms[] = {"auto", "none", "log", NULL};
static const char *const duplicates[] = {"drop", "keep", NULL};
static const char *const leaks[] = {"drop", "keep", "fail", NULL};
static const char *const againsts[] = {"nothing", "champion", NULL};
static const char *const retrain_ons[] = {"error", "drift", "either", NULL};
static const char *const oversights[] = {"automatic", "approve", "propose", NULL};

#define AT(member) offsetof(struct rai_loop_model, member)

static const struct rai_key data_keys[] = {
    {"source", RAI_KEY_WORDS, AT(data.source), NULL, NULL},
    {"refused_at_most", RAI_KEY_NUM, AT(data.refused_at_most), NULL, NULL},
    {"separator", RAI_KEY_STR, AT(data.separator), NULL, NULL},
    {"command", RAI_KEY_WORDS, AT(data.command), NULL, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key target_keys[] = {
    {"column", RAI_KEY_STR, AT(target), NULL, NULL},
    {"transform", RAI_KEY_CHOICE, AT(transform), transforms, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key feature_keys[] = {
    {"drop", RAI_KEY_WORDS, AT(features.drop), NULL, NULL},
    {"use", RAI_KEY_WORDS, AT(features.use), NULL, NULL},
    {"dates", RAI_KEY_NODE, AT(features.dates), NULL, NULL},
    {"impute", RAI_KEY_NODE, AT(features.impute), NULL, NULL},
    {"indicator", RAI_KEY_BOOL, AT(features.indicator), NULL, NULL},
    {"encode", RAI_KEY_NODE, AT(features.encode), NULL, NULL},
    {"units", RAI_KEY_NODE, AT(features.units), NULL, NULL},
    {"clip_iqr", RAI_KEY_NUM, AT(features.clip_iqr), NULL, NULL},
    {"rare", RAI_KEY_NUM, AT(features.rare), NULL, NULL},
    {"smooth", RAI_KEY_NUM, AT(features.smooth), NULL, NULL},
    {"duplicates", RAI_KEY_CHOICE, AT(features.duplicates), duplicates, NULL},
    {"leak", RAI_KEY_CHOICE, AT(features.leak), leaks, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key split_keys[] = {
    {"test", RAI_KEY_NUM, AT(split.test), NULL, NULL},
    {"by", RAI_KEY_NODE, AT(split.by), NULL, NULL},
    {"before", RAI_KEY_NODE, AT(split.before), NULL, NULL},
    {"seed", RAI_KEY_INT, AT(split.seed), NULL, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key validation_keys[] = {
    {"share", RAI_KEY_NUM, AT(validation.share), NULL, NULL},
    {"folds", RAI_KEY_INT, AT(validation.folds), NULL, NULL},
    {"by", RAI_KEY_NODE, AT(validation.by), NULL, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key train_keys[] = {
    {"candidates", RAI_KEY_NODE, AT(candidates), NULL, NULL},
    {"external", RAI_KEY_WORDS, AT(external), NULL, NULL},
    {"validation", RAI_KEY_SECTION, 0, NULL, validation_keys},
    {"search", RAI_KEY_NODE, AT(search), NULL, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key slice_keys[] = {
    {"by", RAI_KEY_WORDS, AT(gate.slices), NULL, NULL},
    {"worst_gap", RAI_KEY_NUM, AT(gate.worst_gap), NULL, NULL},
    {"min_rows", RAI_KEY_INT, AT(gate.min_rows), NULL, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key gate_keys[] = {
    {"metric", RAI_KEY_STR, AT(gate.metric), NULL, NULL},
    {"at_least", RAI_KEY_NUM, AT(gate.at_least), NULL, NULL},
    {"against", RAI_KEY_CHOICE, AT(gate.against), againsts, NULL},
    {"risk", RAI_KEY_NUM, AT(gate.risk), NULL, NULL},
    {"cases", RAI_KEY_STR, AT(gate.cases), NULL, NULL},
    {"slices", RAI_KEY_SECTION, 0, NULL, slice_keys},
    {"new_rows_at_most", RAI_KEY_NUM, AT(gate.new_rows), NULL, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key fleet_keys[] = {
    {"prometheus", RAI_KEY_STR, AT(drift.fleet.prometheus), NULL, NULL},
    {"selector", RAI_KEY_STR, AT(drift.fleet.selector), NULL, NULL},
    {"replicas", RAI_KEY_INT, AT(drift.fleet.replicas), NULL, NULL},
    {"token", RAI_KEY_STR, AT(drift.fleet.token), NULL, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key drift_keys[] = {
    {"window", RAI_KEY_STR, AT(drift.window), NULL, NULL},
    {"slide", RAI_KEY_STR, AT(drift.slide), NULL, NULL},
    {"sustain", RAI_KEY_INT, AT(drift.sustain), NULL, NULL},
    {"false_alarm_every", RAI_KEY_DURATION, AT(drift.false_alarm_every_ms), NULL, NULL},
    {"traffic", RAI_KEY_STR, AT(drift.traffic), NULL, NULL},
    {"coverage", RAI_KEY_NUM, AT(drift.coverage), NULL, NULL},
    {"alpha", RAI_KEY_NUM, AT(drift.alpha), NULL, NULL},
    {"psi_above", RAI_KEY_NUM, AT(drift.psi_above), NULL, NULL},
    {"ks_p_below", RAI_KEY_NUM, AT(drift.ks_p_below), NULL, NULL},
    {"quorum", RAI_KEY_NUM, AT(drift.quorum), NULL, NULL},
    {"accuracy_below", RAI_KEY_NUM, AT(drift.accuracy_below), NULL, NULL},
    {"coverage_least", RAI_KEY_NUM, AT(drift.coverage_least), NULL, NULL},
    {"ask_after", RAI_KEY_DURATION, AT(drift.ask_after_ms), NULL, NULL},
    {"detector", RAI_KEY_STR, AT(drift.detector), NULL, NULL},
    {"retrain_on", RAI_KEY_CHOICE, AT(drift.retrain_on), retrain_ons, NULL},
    {"impact", RAI_KEY_BOOL, AT(drift.impact), NULL, NULL},
    {"fleet", RAI_KEY_SECTION, 0, NULL, fleet_keys},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key deploy_keys[] = {
    {"image", RAI_KEY_STR, AT(deploy.image), NULL, NULL},
    {"manifests", RAI_KEY_STR, AT(deploy.manifests), NULL, NULL},
    {"version", RAI_KEY_STR, AT(deploy.version), NULL, NULL},
    {"environments", RAI_KEY_WORDS, AT(deploy.environments), NULL, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key to_keys[] = {
    {"github", RAI_KEY_STR, AT(dispatch.github), NULL, NULL},
    {"github_api", RAI_KEY_STR, AT(dispatch.github_api), NULL, NULL},
    {"github_token", RAI_KEY_STR, AT(dispatch.github_token), NULL, NULL},
    {"command", RAI_KEY_WORDS, AT(dispatch.command), NULL, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key dispatch_keys[] = {
    {"cooldown", RAI_KEY_DURATION, AT(dispatch.cooldown_ms), NULL, NULL},
    {"budget", RAI_KEY_RATE, AT(dispatch.budget), NULL, NULL},
    {"stop_after_unhelpful", RAI_KEY_INT, AT(dispatch.stop_after_unhelpful), NULL, NULL},
    {"to", RAI_KEY_SECTION, 0, NULL, to_keys},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};
static const struct rai_key model_keys[] = {
    {"data", RAI_KEY_SECTION, 0, NULL, data_keys},
    {"target", RAI_KEY_SECTION, 0, NULL, target_keys},
    {"task", RAI_KEY_CHOICE, AT(task), tasks, NULL},
    {"features", RAI_KEY_SECTION, 0, NULL, feature_keys},
    {"split", RAI_KEY_SECTION, 0, NULL, split_keys},
    {"train", RAI_KEY_SECTION, 0, NULL, train_keys},
    {"gate", RAI_KEY_SECTION, 0, NULL, gate_keys},
    {"drift", RAI_KEY_SECTION, 0, NULL, drift_keys},
    {"deploy", RAI_KEY_SECTION, 0, NULL, deploy_keys},
    {"oversight", RAI_KEY_CHOICE, AT(oversight), oversights, NULL},
    {"dispatch", RAI_KEY_SECTION, 0, NULL, dispatch_keys},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};

struct top {
	int64_t version;
	const struct rai_yaml *models, *tools;
};

static const struct rai_key top_keys[] = {
    {"version", RAI_KEY_INT, offsetof(struct top, version), NULL, NULL},
    {"models", RAI_KEY_NODE, offsetof(struct top, models), NULL, NULL},
    {"tools", RAI_KEY_NODE, offsetof(struct top, tools), NULL, NULL},
    {NULL, RAI_KEY_END, 0, NULL, NULL},
};

static const struct rai_loop_model defaults = {
    .data = {.refused_at_most = 0.01},
    .features = {.rare = NAN, .smooth = NAN},
    .split = {.test = NAN, .seed = 42},
    .validation = {.share = NAN},
    .gate = {.metric = NULL,
	.at_least = NAN,
	.against = RAI_AGAINST_CHAMPION,
	.risk = 0.05,
	.worst_gap = NAN,
	.min_rows = 30,
	.new_rows = NAN},
    .drift = {.window = "500",
	.sustain = 2,
	.coverage_least = 0.1,
	.coverage = 1,
	.ask_after_ms = INT64_C(14) * 86400000,
	.alpha = 0.01,
	.psi_above = NAN,
	.accuracy_below = NAN,
	.impact = 1},
    .deploy = {.manifests = "manifests", .version = "model-v{date}-{n}"},
    .dispatch = {.cooldown_ms = 6 * 3600000,
	.budget = {3, 86400000},
	.stop_after_unhelpful = 2,
	.github_api = "https://api.github.com",
	.github_token = "env:GITHUB_TOKEN"},
};

/* A model's name becomes a folder, an image, a Git ref: lower-case letters, digits, dashes. */
static int
check_name(const char *file, const struct rai_yaml *key, struct rai_err *err)
{
	const char *p = key->text;

	if (strlen(p) > 63 || !isalnum((unsigned char)*p))
		return rai_yaml_fail(
		    err, file, key, "\"%.70s\" is no model name (a-z, 0-9, -; at most 63)", p);
	for (; *p != '\0'; p++)
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-')
			return rai_yaml_fail(err, file, key,
			    "\"%.70s\" is no model name (a-z, 0-9, -; at most 63)", key->text);
	return 0;
}

/* Rows or a time. */
static int
is_span(const char *text)
{
	size_t len = strlen(text);
	int64_t v;

	return (rai_num_int(text, len, 0, INT64_MAX, &v) == 0 ||
		   rai_num_duration(text, len, &v) == 0) &&
	       v > 0;
}

/* Where it is, how to be let in, and that a window is a time, which replicas share. */
static int
check_fleet(const char *file, const struct rai_yaml *map, const struct rai_loop_model *m,
    struct rai_err *err)
{
	const struct rai_yaml *drift = rai_yaml_get(map, "drift"), *fleet;
	const struct rai_loop_fleet *f = &m->drift.fleet;

	fleet = rai_yaml_get(drift, "fleet");
	if (rai_yaml_is_null(fleet))
		return 0;
	if (f->prometheus == NULL)
		return rai_yaml_fail(err, file, fleet,
		    "models.%s.drift.fleet: prometheus is missing, the URL of the one that scrapes "
		    "the replicas",
		    m->name);
	if (strncmp(f->prometheus, "http://", 7) != 0 && strncmp(f->prometheus, "https://", 8) != 0)
		return rai_yaml_fail(err, file, rai_yaml_get(fleet, "prometheus"),
		    "models.%s.drift.fleet.prometheus: \"%.60s\" is no http:// or https:// URL",
		    m->name, f->prometheus);
	if (f->token != NULL && strncmp(f->token, "env:", 4) != 0 &&
	    strncmp(f->token, "file:", 5) != 0)
		return rai_yaml_fail(err, file, rai_yaml_get(fleet, "token"),
		    "models.%s.drift.fleet.token: must be where it is, env:NAME or file:PATH, and "
		    "not the token itself",
		    m->name);
	if (strspn(m->drift.window, "0123456789") == strlen(m->drift.window))
		return rai_yaml_fail(err, file,
		    rai_yaml_get(drift, "window") != NULL ? rai_yaml_get(drift, "window") : fleet,
		    "models.%s.drift.window: of a fleet it is a time, such as 1h", m->name);
	return 0;
}

static int
check_traffic(const char *file, const struct rai_yaml *map, const struct rai_loop_model *m,
    struct rai_err *err)
{
	const char *traffic = m->drift.traffic;
	double rate;

	if (traffic != NULL && rai_num_rate(traffic, strlen(traffic), &rate) != 0)
		return rai_yaml_fail(err, file, map,
		    "models.%s.drift.traffic: \"%.40s\" is no rate such as 10/min (s, min, h, d)",
		    m->name, traffic);
	if (!(m->drift.coverage >= 0 && m->drift.coverage <= 1))
		return rai_yaml_fail(err, file, map,
		    "models.%s.drift.coverage: must be a share from 0 to 1", m->name);
	return 0;
}

static int
check_model(const char *file, const struct rai_yaml *map, const struct rai_loop_model *m,
    struct rai_err *err)
{
	if (m->data.source.n > 0 && m->data.command.n > 0)
		return rai_yaml_fail(
		    err, file, map, "models.%s.data: source or command, not both", m->name);
	if (!(m->data.refused_at_most >= 0 && m->data.refused_at_most < 1))
		return rai_yaml_fail(err, file, map,
		    "models.%s.data.refused_at_most: must be a share from 0, below 1", m->name);
	if (m->task == RAI_TASK_CLASSIFICATION && m->transform == RAI_TRANSFORM_LOG)
		return rai_yaml_fail(err, file, map,
		    "models.%s.target.transform: log is for numbers, not for task: "
		    "classification",
		    m->name);
	if (m->features.rare <= 0 || m->features.smooth <= 0)
		return rai_yaml_fail(
		    err, file, map, "models.%s.features: rare and smooth must be above 0", m->name);
	if (!(m->features.clip_iqr >= 0))
		return rai_yaml_fail(
		    err, file, map, "models.%s.features.clip_iqr: must be 0 or more", m->name);
	if (!isnan(m->split.test) && !(m->split.test > 0 && m->split.test < 1))
		return rai_yaml_fail(
		    err, file, map, "models.%s.split.test: must be between 0 and 1", m->name);
	if (!isnan(m->validation.share) &&
	    (!(m->validation.share > 0 && m->validation.share < 1) || m->validation.folds > 0))
		return rai_yaml_fail(err, file, map,
		    "models.%s.train.validation: share must be between 0 and 1, and goes not with "
		    "folds",
		    m->name);
	if (m->validation.folds == 1 || m->validation.folds > 100)
		return rai_yaml_fail(err, file, map,
		    "models.%s.train.validation.folds: must be from 2 to 100, or 0 for one part",
		    m->name);
	if (!(m->gate.risk > 0 && m->gate.risk < 1))
		return rai_yaml_fail(
		    err, file, map, "models.%s.gate.risk: must be between 0 and 1", m->name);
	if ((m->gate.slices.n > 0) != !isnan(m->gate.worst_gap))
		return rai_yaml_fail(err, file, map,
		    "models.%s.gate.slices: needs by (columns) and worst_gap (a number)", m->name);
	if (!(m->drift.alpha > 0 && m->drift.alpha < 1))
		return rai_yaml_fail(
		    err, file, map, "models.%s.drift.alpha: must be between 0 and 1", m->name);
	if (!(m->drift.ks_p_below >= 0 && m->drift.ks_p_below < 1))
		return rai_yaml_fail(
		    err, file, map, "models.%s.drift.ks_p_below: must be between 0 and 1", m->name);
	if (m->drift.sustain < 1)
		return rai_yaml_fail(
		    err, file, map, "models.%s.drift.sustain: must be 1 or more", m->name);
	if (!(m->drift.coverage_least >= 0 && m->drift.coverage_least <= 1))
		return rai_yaml_fail(err, file, map,
		    "models.%s.drift.coverage_least: must be a share from 0 to 1", m->name);
	if (!is_span(m->drift.window) || (m->drift.slide != NULL && !is_span(m->drift.slide)))
		return rai_yaml_fail(err, file, map,
		    "models.%s.drift: window and slide must be a number of rows (500) or a time "
		    "(6h)",
		    m->name);
	if (check_fleet(file, map, m, err) != 0 || check_traffic(file, map, m, err) != 0)
		return -1;
	if (m->dispatch.github != NULL && m->dispatch.command.n > 0)
		return rai_yaml_fail(
		    err, file, map, "models.%s.dispatch.to: github or command, not both", m->name);
	return 0;
}

static int
read_models(struct rai_loop *loop, const struct rai_yaml *models, struct rai_err *err)
{
	char path[128];
	size_t i;

	if (models == NULL || models->kind != RAI_YAML_MAP || models->n == 0)
		return rai_fail(err, RAI_EINPUT,
		    "%s: \"models\" must be a map with at least one model", loop->file);
	loop->model = calloc(models->n, sizeof(*loop->model));
	if (loop->model == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < models->n; i++) {
		struct rai_loop_model *m = &loop->model[loop->n++];

		*m = defaults;
		m->name = models->key[i]->text;
		m->line = models->key[i]->line;
		snprintf(path, sizeof(path), "models.%s", m->name);
		if (check_name(loop->file, models->key[i], err) != 0 ||
		    rai_keys_read(loop->file, path, models->item[i], model_keys, m, err) != 0 ||
		    check_model(loop->file, models->item[i], m, err) != 0)
			return -1;
	}
	return 0;
}

static int
read_top(struct rai_loop *loop, struct rai_err *err)
{
	struct top top = {0, NULL, NULL};

	if (loop->yaml.n != 1)
		return rai_fail(err, RAI_EINPUT, "%s: must be one YAML document", loop->file);
	if (rai_keys_read(loop->file, "rai.yaml", loop->yaml.doc[0], top_keys, &top, err) != 0)
		return -1;
	if (top.version != 1)
		return rai_fail(err, RAI_EINPUT, "%s: \"version: 1\" is missing or another version",
		    loop->file);
	loop->tools = top.tools;
	return read_models(loop, top.models, err);
}

int
rai_loop_parse(
    const char *file, const char *text, size_t len, struct rai_loop *out, struct rai_err *err)
{
	char *slash;

	memset(out, 0, sizeof(*out));
	out->file = strdup(file);
	out->folder = strdup(file);
	if (out->file == NULL || out->folder == NULL) {
		rai_loop_free(out);
		return rai_fail_memory(err);
	}
	slash = strrchr(out->folder, '/');
	if (slash == NULL)
		snprintf(out->folder, strlen(out->folder) + 1, "%s", file[0] ? "." : "");
	else
		slash[slash == out->folder] = '\0';
	if (rai_hash_bytes(text, len, out->digest, err) != 0 ||
	    rai_yaml_parse(file, text, len, &out->yaml, err) != 0 || read_top(out, err) != 0) {
		rai_loop_free(out);
		return -1;
	}
	return 0;
}

int
rai_loop_read(const char *path, struct rai_loop *out, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(4 << 20);
	int rc = rai_file_read(path, &text, err);

	if (rc != 0 && access(path, F_OK) != 0)
		rai_fail(err, RAI_EINPUT,
		    "%s: no such file (-c names another; rai.yaml(5) has an example)", path);
	if (rc == 0)
		rc = rai_loop_parse(path, text.ptr, text.len, out, err);
	rai_buf_free(&text);
	return rc;
}

void
rai_loop_free(struct rai_loop *loop)
{
	size_t i;

	for (i = 0; i < loop->n; i++) {
		rai_words_free(&loop->model[i].data.source);
		rai_words_free(&loop->model[i].data.command);
		rai_words_free(&loop->model[i].features.drop);
		rai_words_free(&loop->model[i].features.use);
		rai_words_free(&loop->model[i].gate.slices);
		rai_words_free(&loop->model[i].external);
		rai_words_free(&loop->model[i].deploy.environments);
		rai_words_free(&loop->model[i].dispatch.command);
	}
	free(loop->model);
	rai_yaml_free(&loop->yaml);
	free(loop->file);
	free(loop->folder);
	memset(loop, 0, sizeof(*loop));
}

const struct rai_loop_model *
rai_loop_find(const struct rai_loop *loop, const char *name, struct rai_err *err)
{
	char list[256];
	size_t i, n = 0;

	if (name == NULL && loop->n == 1)
		return &loop->model[0];
	list[0] = '\0';
	for (i = 0; i < loop->n; i++) {
		if (name != NULL && strcmp(loop->model[i].name, name) == 0)
			return &loop->model[i];
		if (n < sizeof(list))
			n += (size_t)snprintf(
			    list + n, sizeof(list) - n, "%s%s", i ? ", " : "", loop->model[i].name);
	}
	if (name == NULL)
		rai_fail(err, RAI_EINPUT, "%s: holds several models: choose one with --model (%s)",
		    loop->file, list);
	else
		rai_fail(err, RAI_EINPUT, "%s: no model \"%.63s\" (it holds: %s)", loop->file, name,
		    list);
	return NULL;
}

int
rai_loop_options(const struct rai_loop *loop, const char *program,
    int (*set)(void *ctx, const char *name, const char *value, struct rai_err *err), void *ctx,
    struct rai_err *err)
{
	const struct rai_yaml *map = rai_yaml_get(loop->tools, program);
	size_t i;
	int rc;

	if (map == NULL)
		return 0;
	if (map->kind != RAI_YAML_MAP)
		return rai_yaml_fail(
		    err, loop->file, map, "tools.%s: must be a map of options", program);
	for (i = 0; i < map->n; i++) {
		const struct rai_yaml *value = map->item[i];

		if (value->kind != RAI_YAML_SCALAR)
			return rai_yaml_fail(err, loop->file, value,
			    "tools.%s.%s: must be one value", program, map->key[i]->text);
		rc = set(ctx, map->key[i]->text, value->text, err);
		if (rc > 0)
			return rai_yaml_fail(err, loop->file, map->key[i],
			    "tools.%s: no option \"%.40s\" (see %s --help)", program,
			    map->key[i]->text, program);
		if (rc < 0)
			return rai_wrap(err, "%s:%zu:%zu: tools.%s", loop->file, value->line,
			    value->column, program);
	}
	return 0;
}
