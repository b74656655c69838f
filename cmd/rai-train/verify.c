/*
 * --verify: a model file is a function of the data, the configuration, the program's version and
 * the seed, all of which it names; so anybody who has them can make it again and compare.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "model/safetensors.h"
#include "released.h"
#include "tool.h"

struct verifying {
	const char *what; /* as it was asked for */
	struct released released;
	struct rai_safetensors file;
	struct plan plan;
	struct start start;
	char digest[RAI_HASH_DIGEST], again[RAI_HASH_DIGEST];
	char difference[200]; /* "" : the same bytes */
};

static int
open_file(struct verifying *v, const struct options *o, struct rai_err *err)
{
	const char *path = v->what;

	if (access(path, F_OK) != 0) {
		if (released_find(v->what, o->model, &v->released, err) != 0)
			return -1;
		path = v->released.file;
	}
	if (rai_safetensors_open(path, &v->file, err) != 0 ||
	    rai_hash_bytes(v->file.map, v->file.map_bytes, v->digest, err) != 0)
		return rai_wrap(err, "%s", v->what);
	return 0;
}

/* What the file says of itself must be what is here; a difference says what to do. */
static int
must_be(struct verifying *v, const char *key, const char *here, const char *what,
    const char *advice, struct rai_err *err)
{
	const char *there = rai_safetensors_meta(&v->file, key);

	if (there == NULL)
		return rai_fail(
		    err, RAI_EINPUT, "%s: not a model of ours: no metadata \"%s\"", v->what, key);
	if (strcmp(there, here) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "%s: made from %s %.71s, and here it is %.71s (%s)", v->what, what, there, here,
		    advice);
	return 0;
}

static int
open_plan(struct verifying *v, const struct options *o, struct rai_err *err)
{
	const char *name = rai_safetensors_meta(&v->file, "rai.name");
	const char *seed = rai_safetensors_meta(&v->file, "rai.seed");
	struct options with = *o;
	int64_t value;
	int rc;

	if (name == NULL || seed == NULL ||
	    rai_num_int(seed, strlen(seed), 0, INT64_MAX, &value) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "%s: not a model of ours: no metadata \"rai.name\" and \"rai.seed\"", v->what);
	with.model = name;
	with.seed = value;
	rc = v->released.config != NULL
		 ? plan_parse(&with, v->released.config, v->released.yaml.ptr, v->released.yaml.len,
		       &v->plan, err)
		 : plan_read(&with, NEED_MODEL, &v->plan, err);
	if (rc != 0)
		return -1;
	if (start_open(&with, &v->plan, &v->start, err) != 0)
		return -1;
	if (rai_safetensors_meta(&v->file, "rai.from_digest") != NULL &&
	    (v->start.model == NULL ||
		must_be(v, "rai.from_digest", rai_model_digest(v->start.model), "model",
		    "name the very model with --from or --import", err) != 0))
		return v->start.model != NULL
			   ? -1
			   : rai_fail(err, RAI_EINPUT,
				 "%s: was made from another model, %.71s: name it with --from or "
				 "--import",
				 v->what, rai_safetensors_meta(&v->file, "rai.from_digest"));
	if (must_be(v, "rai.code_version", RAI_VERSION, "version", "run that version of rai-train",
		err) != 0)
		return -1;
	return must_be(v, "rai.config_digest", v->plan.loop.digest, v->plan.loop.file,
	    "check out the commit that the model was trained on", err);
}

/* The first tensor or metadata that the two files do not share, and where in it. */
static void
find_difference(struct verifying *v, const struct rai_safetensors *again)
{
	size_t i, k;

	snprintf(v->difference, sizeof(v->difference), "header");
	for (i = 0; i < v->file.nmeta; i++) {
		const char *there = rai_safetensors_meta(again, v->file.meta[i].key);

		if (strcmp(v->file.meta[i].key, "rai.content_digest") == 0 ||
		    (there != NULL && strcmp(there, v->file.meta[i].value) == 0))
			continue;
		snprintf(
		    v->difference, sizeof(v->difference), "metadata %.60s", v->file.meta[i].key);
		return;
	}
	for (i = 0; i < v->file.ntensor; i++) {
		const struct rai_tensor *a = &v->file.tensor[i];
		const struct rai_tensor *b = rai_safetensors_find(again, a->name);

		if (b == NULL || a->dtype != b->dtype || a->bytes != b->bytes) {
			snprintf(v->difference, sizeof(v->difference),
			    "tensor %.60s: another shape or type", a->name);
			return;
		}
		for (k = 0; k < a->bytes; k++)
			if (((const char *)a->data)[k] != ((const char *)b->data)[k]) {
				snprintf(v->difference, sizeof(v->difference),
				    "tensor %.60s: from byte %zu of %zu on", a->name, k, a->bytes);
				return;
			}
	}
}

static int
compare(struct verifying *v, const struct rai_buf *model, struct rai_err *err)
{
	struct rai_safetensors again;

	if (rai_hash_bytes(model->ptr, model->len, v->again, err) != 0)
		return -1;
	if (model->len == v->file.map_bytes && memcmp(model->ptr, v->file.map, model->len) == 0)
		return 0;
	if (rai_safetensors_parse(model->ptr, model->len, &again, err) != 0)
		return -1;
	find_difference(v, &again);
	rai_safetensors_release(&again);
	return 0;
}

static int
train_again(struct verifying *v, const struct options *o, struct rai_err *err)
{
	struct rai_buf profile = RAI_BUF_INIT((size_t)64 << 20), model = RAI_BUF_INIT(MODEL_MAX);
	struct rai_buf calibration = RAI_BUF_INIT(1 << 20);
	struct rai_trained trained = {.chosen = 0};
	struct result r = {.plan = &v->plan, .trained = &trained};
	struct rai_table *table = NULL;
	int rc = -1;

	if (data_read(o, &v->plan, &table, err) != 0)
		goto out;
	r.table = table;
	if (must_be(v, "rai.data_digest", table->digest, v->plan.source,
		"name the very data with an operand", err) != 0)
		goto out;
	if (v->start.model != NULL)
		snprintf(r.from, sizeof(r.from), "%s", rai_model_digest(v->start.model));
	if (start_table(o, &v->plan, &v->start, table, &r.table, err) != 0 ||
	    train_table(&v->plan, r.table, &trained, err) != 0 ||
	    profile_text(&r, &profile, err) != 0 ||
	    calibration_text(o->cli, &r, profile.ptr, &calibration, err) != 0 ||
	    render_model(&r, profile.ptr, calibration.ptr, &model, err) != 0)
		goto out;
	rc = compare(v, &model, err);
out:
	rai_buf_free(&profile);
	rai_buf_free(&calibration);
	rai_buf_free(&model);
	rai_trained_release(&trained);
	rai_table_free(table);
	return rc;
}

static int
say(const struct verifying *v, const struct options *o, struct rai_buf *out, struct rai_err *err)
{
	static const char *const from[] = {
	    "rai.data_digest", "rai.config_digest", "rai.code_version"};
	struct rai_event_chain chain = {"", ""};
	struct rai_jw w;
	size_t i;

	if (read_chain(o, &chain, err) != 0)
		return -1;
	rai_event_begin(&w, out, "rai-train",
	    v->difference[0] == '\0' ? "model.verified" : "model.differs", v->plan.model->name,
	    rai_clock_now(&o->cli->clock), NULL, &chain);
	rai_jw_str(&w, "model", v->plan.model->name);
	rai_jw_str(&w, "artifact", v->what);
	rai_jw_str(&w, "artifact_digest", v->digest);
	rai_jw_str(&w, "rebuilt_digest", v->again);
	rai_jw_str(&w, "difference", v->difference[0] != '\0' ? v->difference : NULL);
	for (i = 0; i < sizeof(from) / sizeof(from[0]); i++)
		rai_jw_str(&w, from[i] + strlen("rai."), rai_safetensors_meta(&v->file, from[i]));
	rai_jw_int(&w, "seed", (int64_t)v->plan.train.seed);
	rai_event_end(&w);
	if (v->difference[0] != '\0')
		rai_cli_warn(o->cli, "%s: differs from what its data and rai.yaml give: %s",
		    v->what, v->difference);
	else if (o->report || rai_cli_watched())
		rai_cli_warn(o->cli, "%s: verified, the same %zu bytes (%s)", v->what,
		    v->file.map_bytes, v->digest);
	return rai_buf_check(out, "event", err);
}

int
run_verify(const struct options *o, struct rai_buf *out, struct rai_err *err)
{
	struct verifying v = {.what = o->verify};
	int rc = -1;

	if (open_file(&v, o, err) == 0 && open_plan(&v, o, err) == 0 &&
	    train_again(&v, o, err) == 0 && say(&v, o, out, err) == 0)
		rc = v.difference[0] == '\0' ? RAI_EXIT_YES : RAI_EXIT_NO;
	start_release(&v.start);
	plan_release(&v.plan);
	rai_safetensors_release(&v.file);
	released_release(&v.released);
	return rc;
}
