#include "model/model.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rng.h"
#include "base/tap.h"
#include "model/save.h"
#include "model/score.h"
#include "model/train.h"

#define ROWS 300

static double
predict(const struct rai_model *m, const struct rai_cell *cells)
{
	double out;

	rai_model_predict(m, cells, &out);
	return out;
}

/* A table from text: a number, a category and a target that is a function of both. */
static struct rai_table *
make_table(void)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 20);
	struct rai_table_options opt = {.target = "y"};
	struct rai_source *source = NULL;
	struct rai_rng r = rai_rng_new(11, 0);
	struct rai_table *t = NULL;
	struct rai_err err = RAI_ERR_INIT;
	int i;

	rai_buf_str(&text, "size,kind,y\n");
	for (i = 0; i < ROWS; i++) {
		double size = (double)i + rai_rng_unit(&r);
		int house = rai_rng_unit(&r) > 0.5;

		rai_buf_printf(&text, "%.6f,%s,%.3f\n", size, house ? "house" : "flat",
		    100 + size * (house ? 2 : 1));
	}
	if (rai_source_memory("test", text.ptr, text.len, &source, &err) != 0 ||
	    rai_table_from(source, &opt, &t, &err) != 0)
		printf("# %s\n", err.msg);
	rai_buf_free(&text);
	return t;
}

static void
train(const struct rai_table *t, struct rai_candidate *c, size_t n, size_t threads,
    enum rai_unit unit, struct rai_trained *out)
{
	struct rai_train_options o = {.unit = unit,
	    .split = {RAI_SPLIT_RANDOM, NULL, 0.2, NULL},
	    .validation = {RAI_SPLIT_RANDOM, NULL, 0.2, NULL},
	    .seed = 1,
	    .metric = RAI_METRIC_R2,
	    .threads = threads,
	    .candidate = c,
	    .ncandidate = n};
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(rai_train(t, &o, out, &err) == 0, "trained"))
		printf("# %s\n", err.msg);
}

static void
render(const struct rai_table *t, const struct rai_trained *r, struct rai_buf *out)
{
	struct rai_model_parts parts = {.name = "m",
	    .schema = &t->schema,
	    .pipeline = &r->pipeline,
	    .metrics = "{}",
	    .profile = "{\"rows\":0}",
	    .data_digest = t->digest,
	    .config_digest = "",
	    .code_version = "test",
	    .seed = 1,
	    .ngolden = 2};
	struct rai_cell golden[4];
	struct rai_err err = RAI_ERR_INIT;

	rai_table_cells(t, 0, golden);
	rai_table_cells(t, 1, golden + 2);
	parts.golden = golden;
	if (!ok(rai_model_render(&parts, out, &err) == 0, "rendered"))
		printf("# %s\n", err.msg);
}

/* Save, open, predict is bit-equal to predict, for every kind and both units. */
/* A copy asks for its digest first, and does not see what becomes of the file. */
static void
check_copy(
    const struct rai_model *m, const char *path, const struct rai_table *t, struct rai_trained *r)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_model *copy = NULL;
	double out[ROWS];
	size_t i, differ = 0;

	is_int(rai_model_open_copy(path, "sha256:0", NULL, &copy, &err), -1, "another digest");
	ok(strstr(err.msg, "it must be sha256:0") != NULL, "is named");
	ok(rai_model_open_copy(path, rai_model_digest(m), NULL, &copy, &err) == 0, "the right one");
	is_int(truncate(path, 0), 0, "the file is emptied");
	ok(rai_score_model(copy, t, r->split.test, r->split.ntest, 2, out, &err) == 0, "scores");
	for (i = 0; i < r->split.ntest; i++)
		differ += out[i] != r->predicted[i];
	is_int(differ, 0, "every prediction is bit-equal");
	rai_model_free(copy);
	is_int(rai_model_open_copy(path, NULL, NULL, &copy, &err), -1, "an empty file");
	ok(strstr(err.msg, "too short") != NULL, "is too short");
}

static void
test_open__predicts_the_same(const char *kind, enum rai_unit unit)
{
	struct rai_table *t = make_table();
	struct rai_candidate c = {.seconds = 0};
	struct rai_buf bytes = RAI_BUF_INIT((size_t)1 << 24);
	struct rai_trained r;
	struct rai_model *m = NULL;
	struct rai_err err = RAI_ERR_INIT;
	char path[] = "/tmp/rai-model.XXXXXX";
	double out[ROWS];
	int fd = mkstemp(path);
	size_t i, differ = 0;

	rai_fitted_init(&c.spec, rai_kind_find(kind));
	train(t, &c, 1, 2, unit, &r);
	render(t, &r, &bytes);
	ok(rai_file_write(path, bytes.ptr, bytes.len, 0600, &err) == 0, kind);
	if (!ok(rai_model_open(path, &m, &err) == 0, "opens"))
		printf("# %s\n", err.msg);
	ok(rai_score_model(m, t, r.split.test, r.split.ntest, 2, out, &err) == 0, "scores");
	for (i = 0; i < r.split.ntest; i++)
		differ += out[i] != r.predicted[i];
	is_int(differ, 0, "every prediction is bit-equal");
	ok(r.metric[RAI_METRIC_R2].value > 0.9, "and it has learned");
	is_str(rai_model_kind(m), kind, "kind");
	is_str(rai_model_name(m), "m", "name");
	is_str(rai_model_meta(m, "rai.profile"), "{\"rows\":0}", "metadata are kept as they are");
	ok(rai_model_meta(m, "rai.none") == NULL, "or not there");
	is_int(strlen(rai_model_digest(m)), 71, "digest");
	check_copy(m, path, t, &r);
	rai_model_free(m);
	close(fd);
	unlink(path);
	rai_buf_free(&bytes);
	rai_trained_release(&r);
	rai_table_free(t);
}

static void
test_train__chooses_and_ignores_threads(void)
{
	static const char *const kinds[] = {"linear", "tree", "forest"};
	struct rai_table *t = make_table();
	struct rai_candidate c[3] = {{.seconds = 0}};
	struct rai_buf one = RAI_BUF_INIT((size_t)1 << 24), four = RAI_BUF_INIT((size_t)1 << 24);
	struct rai_trained r;
	size_t i, best = 0;

	for (i = 0; i < 3; i++)
		rai_fitted_init(&c[i].spec, rai_kind_find(kinds[i]));
	train(t, c, 3, 1, RAI_UNIT_SAME, &r);
	render(t, &r, &one);
	for (i = 1; i < 3; i++)
		if (c[i].metric[RAI_METRIC_R2] > c[best].metric[RAI_METRIC_R2])
			best = i;
	is_int(r.chosen, best, "the best on the validation part is chosen");
	is_int(r.split.ntest, ROWS / 5, "a fifth is held out");
	rai_trained_release(&r);
	train(t, c, 3, 4, RAI_UNIT_SAME, &r);
	render(t, &r, &four);
	ok(one.len == four.len && memcmp(one.ptr, four.ptr, one.len) == 0,
	    "four threads make the same bytes");
	rai_trained_release(&r);
	rai_buf_free(&one);
	rai_buf_free(&four);
	rai_table_free(t);
}

/* The same columns in another order, with a level the model has not seen and a column less. */
static void
test_score__joins_by_name(void)
{
	static const char text[] = "kind,more,y\nhouse,1,5\ncastle,2,6\n";
	static const size_t rows[] = {0, 1};
	struct rai_table *t = make_table(), *other = NULL;
	struct rai_table_options opt = {.target = "y"};
	struct rai_candidate c = {.seconds = 0};
	struct rai_buf bytes = RAI_BUF_INIT((size_t)1 << 24);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_source *source = NULL;
	struct rai_cell cells[2] = {{NAN, -1}, {NAN, 1}};
	struct rai_trained r;
	struct rai_model *m = NULL;
	double out[2];

	rai_fitted_init(&c.spec, rai_kind_find("tree"));
	train(t, &c, 1, 1, RAI_UNIT_SAME, &r);
	render(t, &r, &bytes);
	ok(rai_model_parse(bytes.ptr, bytes.len, &m, &err) == 0, "from memory");
	ok(rai_source_memory("other", text, strlen(text), &source, &err) == 0 &&
		rai_table_from(source, &opt, &other, &err) == 0,
	    "another table");
	ok(rai_score_model(m, other, rows, 2, 1, out, &err) == 0, "scored");
	is_str(t->schema.col[1].level[1], "house", "the code of a house");
	ok(out[0] == predict(m, cells), "a missing column is missing, a level its code");
	cells[1].code = RAI_CODE_UNSEEN;
	ok(out[1] == predict(m, cells), "a new level is unseen");
	rai_model_free(m);
	rai_table_free(other);
	rai_trained_release(&r);
	rai_buf_free(&bytes);
	rai_table_free(t);
}

int
main(void)
{
	test_open__predicts_the_same("linear", RAI_UNIT_SAME);
	test_open__predicts_the_same("ridge", RAI_UNIT_LOG);
	test_open__predicts_the_same("tree", RAI_UNIT_LOG);
	test_open__predicts_the_same("forest", RAI_UNIT_SAME);
	test_train__chooses_and_ignores_threads();
	test_score__joins_by_name();
	return tap_done();
}
