#include "model/impact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "base/rng.h"
#include "base/tap.h"
#include "model/model.h"
#include "model/save.h"

/*
 * The price is 1000 size, give or take 5 % where kind is "calm" and 30 % where it is "wild": so
 * much is lost where the model knows no better, and no other column says anything about it.
 * size and area hang together.
 */
static void
write_rows(struct rai_buf *text, size_t rows)
{
	struct rai_rng r = rai_rng_new(3, 0);
	size_t i;

	rai_buf_str(text, "size,area,kind,when,price\n");
	for (i = 0; i < rows; i++) {
		double size = 50 + 100 * rai_rng_unit(&r), noise = 2 * rai_rng_unit(&r) - 1;
		double area = size * (3 + 0.2 * rai_rng_unit(&r));
		int wild = rai_rng_unit(&r) < 0.5;

		rai_buf_printf(text, "%.6f,%.6f,%s,2017-%02d-01,%.6f\n", size, area,
		    wild ? "wild" : "calm", 1 + (int)rai_rng_below(&r, 12),
		    1000 * size * (1 + noise * (wild ? 0.3 : 0.05)));
	}
}

static struct rai_table *
make_table(size_t rows)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 20);
	struct rai_table_options opt = {.target = "price"};
	struct rai_source *source = NULL;
	struct rai_table *t = NULL;
	struct rai_err err = RAI_ERR_INIT;

	write_rows(&text, rows);
	if (rai_source_memory("test", text.ptr, text.len, &source, &err) != 0 ||
	    rai_table_from(source, &opt, &t, &err) != 0)
		printf("# %s\n", err.msg);
	rai_buf_free(&text);
	return t;
}

static int
train(const struct rai_table *t, struct rai_candidate *c, struct rai_trained *out)
{
	const struct rai_train_options o = {.split = {RAI_SPLIT_RANDOM, NULL, 0.5, NULL},
	    .validation = {RAI_SPLIT_RANDOM, NULL, 0.2, NULL},
	    .seed = 1,
	    .metric = RAI_METRIC_R2,
	    .threads = 2,
	    .candidate = c,
	    .ncandidate = 1};

	rai_fitted_init(&c->spec, rai_kind_find("linear"));
	return rai_train(t, &o, out, NULL);
}

/* size, area, kind (calm 0, wild 1), when */
static struct rai_impact_row
ask(const struct rai_impact *m, double size, double area, int kind)
{
	struct rai_cell cells[4] = {{size, RAI_CODE_MISSING}, {area, RAI_CODE_MISSING}, {NAN, kind},
	    {17500, RAI_CODE_MISSING}};
	struct rai_impact_row row;

	rai_impact_row(m, cells, 1000 * size, &row);
	return row;
}

/* The mean of |a - p| / a, a = p (1 + u), u uniform in -w .. w: (1/2w) int |u| / (1 + u) du =
 * (ln((1 + w)(1 - w))) / -2w. */
static double
expected_loss(double w)
{
	return -rai_log((1 + w) * (1 - w)) / (2 * w);
}

static void
test_losses(const struct rai_impact *m)
{
	ok(m->metric == RAI_METRIC_ACCURACY, "relative losses of a target above 0");
	ok_rel(ask(m, 100, 310, 0).loss, expected_loss(0.05), 0.2,
	    "a calm row"); /* drawn to the mean */
	ok_rel(ask(m, 100, 310, 1).loss, expected_loss(0.3), 0.1, "a wild row");
	ok_rel(m->reference, (expected_loss(0.05) + expected_loss(0.3)) / 2, 0.05,
	    "the mean of the hold-out");
	ok(m->own > 0 && m->own < 0.1, "the estimate of a mean is good to some percent");
	ok(m->spread > 0.3 && m->spread < 1, "one row says little");
}

/* A wild row loses 0.3 / 0.7 at most, which is 2.73 times its mean: there the tail ends. */
static void
test_tail(const struct rai_impact *m)
{
	ok_rel(m->tail_share, floor(sqrt((double)m->rows)) / (double)m->rows, 1e-12,
	    "the root of all rows are the tail");
	printf("# tail %g, index %g\n", m->tail, m->tail_index);
	ok(m->tail > 2.2 && m->tail < 2.73, "where it begins");
	ok(m->tail_index > 0 && m->tail_index < 0.2, "and how fast it falls");
}

static void
test_support(const struct rai_impact *m)
{
	ok(!ask(m, 100, 310, 0).outside && !ask(m, 60, 186, 1).outside, "rows as there were");
	ok(m->outside >= 0.05 && m->outside < 0.07, "one hold-out row of twenty is outside");
	ok(ask(m, 100000, 310, 0).outside, "another unit");
	ok(ask(m, 60, 450, 0).outside, "both in their range, but not together");
	ok(ask(m, 100, NAN, 0).outside, "a number that was never missing");
	ok(ask(m, 100, 310, RAI_CODE_UNSEEN).outside, "a category that was never there");
}

/* The file's bytes with what is expected of losses. */
static int
render(const struct rai_table *t, const struct rai_trained *r, const struct rai_impact *m,
    struct rai_buf *out, struct rai_err *err)
{
	struct rai_cell golden[4];
	struct rai_model_parts parts = {.name = "m",
	    .schema = &t->schema,
	    .pipeline = &r->pipeline,
	    .impact = m,
	    .metrics = "{}",
	    .profile = "{}",
	    .data_digest = "",
	    .config_digest = "",
	    .code_version = "",
	    .golden = golden,
	    .ngolden = 1};

	rai_table_cells(t, r->split.test[0], golden);
	return rai_model_render(&parts, out, err);
}

/* Where text stands in the file, or NULL. */
static char *
find(const struct rai_buf *b, const char *text)
{
	return memmem(b->ptr, b->len, text, strlen(text));
}

static void
test_file(const struct rai_table *t, const struct rai_trained *r, const struct rai_impact *m)
{
	struct rai_buf file = RAI_BUF_INIT(1 << 24), plain = RAI_BUF_INIT(1 << 24);
	const struct rai_impact *again;
	struct rai_impact_row a, b;
	struct rai_model *model = NULL;
	struct rai_err err = RAI_ERR_INIT;
	char *at;

	ok(render(t, r, m, &file, &err) == 0 && render(t, r, NULL, &plain, &err) == 0, "rendered");
	ok(file.len - plain.len < 200000, "small");
	if (!ok(rai_model_parse(file.ptr, file.len, &model, &err) == 0,
		err.msg[0] != '\0' ? err.msg : "read"))
		goto out;
	again = rai_model_impact(model);
	a = ask(m, 77, 240, 1);
	b = ask(again, 77, 240, 1);
	ok(a.loss == b.loss && a.spoilt == b.spoilt && a.outside == b.outside &&
		again->reference == m->reference && again->own == m->own &&
		again->rows == m->rows && again->implausible == m->implausible &&
		again->tail == m->tail && again->tail_share == m->tail_share &&
		again->tail_index == m->tail_index,
	    "the same to the bit");
	rai_model_free(model);
	model = NULL;
	ok(rai_model_parse(plain.ptr, plain.len, &model, &err) == 0 &&
		rai_model_impact(model) == NULL,
	    "a file without it");
	rai_model_free(model);
	model = NULL;
	at = find(&file, "\\\"implausible\\\":0.");
	if (ok(at != NULL, "it stands in the file")) {
		at[17]++;
		ok(rai_model_parse(file.ptr, file.len, &model, &err) != 0, err.msg);
	}
out:
	rai_model_free(model);
	rai_buf_free(&file);
	rai_buf_free(&plain);
}

static void
test_read(void)
{
	static const char *const bad[] = {
	    "{\"metric\":\"r2\",\"rows\":300,\"reference\":1,\"spread\":1,\"own\":1,"
	    "\"implausible\":1,\"outside\":1,\"spoilt\":1,\"spoilt_sd\":1}",
	    "{\"metric\":\"mae\",\"rows\":3,\"reference\":1,\"spread\":1,\"own\":1,"
	    "\"implausible\":1,\"outside\":1,\"spoilt\":1,\"spoilt_sd\":1}",
	    "{\"metric\":\"mae\",\"rows\":300,\"reference\":0,\"spread\":1,\"own\":1,"
	    "\"implausible\":1,\"outside\":1,\"spoilt\":1,\"spoilt_sd\":1}",
	    "{\"metric\":\"mae\",\"rows\":300,\"reference\":1,\"spread\":1,\"own\":-1,"
	    "\"implausible\":1,\"outside\":1,\"spoilt\":1,\"spoilt_sd\":1}",
	    "{\"metric\":\"mae\",\"rows\":300,\"reference\":1,\"spread\":1,\"own\":1,"
	    "\"implausible\":2,\"outside\":1,\"spoilt\":1,\"spoilt_sd\":1}",
	    "{\"metric\":\"mae\",\"rows\":300,\"reference\":1,\"spread\":1,\"own\":1,"
	    "\"tail\":3,\"tail_share\":0.1,\"tail_index\":2,"
	    "\"implausible\":1,\"outside\":1,\"spoilt\":1,\"spoilt_sd\":1}",
	    "{\"metric\":\"mae\",\"rows\":300,\"reference\":1,\"spread\":1,\"own\":1,"
	    "\"implausible\":1,\"outside\":1,\"spoilt\":1,\"spoilt_sd\":1}", /* but no tensors */
	};
	const struct rai_safetensors file = {.ntensor = 0};
	const struct rai_schema schema = {.n = 0};
	struct rai_impact *m = NULL;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct rai_err err = RAI_ERR_INIT;
		struct cJSON *j = rai_json_parse(bad[i], strlen(bad[i]), &err);

		ok(j != NULL && rai_impact_read(j, &file, &schema, &m, &err) != 0, err.msg);
		rai_json_free(j);
	}
}

/* Nothing is made up where there is nothing to learn from. */
static void
test_nothing(void)
{
	struct rai_table *t = make_table(300);
	struct rai_candidate c = {.seconds = 0};
	struct rai_impact *m = NULL;
	struct rai_trained r;

	if (!ok(train(t, &c, &r) == 0, "trained on few rows"))
		return;
	ok(rai_impact_fit(t, &r, 1, 1, &m, NULL) == 0 && m == NULL, "too few were held out");
	rai_trained_release(&r);
	rai_table_free(t);
}

int
main(void)
{
	struct rai_table *t = make_table(6000);
	struct rai_candidate c = {.seconds = 0};
	struct rai_impact *one = NULL, *three = NULL;
	struct rai_impact_row a, b;
	struct rai_trained r;

	if (ok(train(t, &c, &r) == 0, "trained") &&
	    ok(rai_impact_fit(t, &r, 1, 1, &one, NULL) == 0 &&
		    rai_impact_fit(t, &r, 1, 3, &three, NULL) == 0,
		"learned from the hold-out")) {
		a = ask(one, 77, 240, 1);
		b = ask(three, 77, 240, 1);
		ok(a.loss == b.loss && a.spoilt == b.spoilt && one->own == three->own,
		    "the same on any number of threads");
		test_losses(one);
		test_tail(one);
		test_support(one);
		test_file(t, &r, one);
		rai_trained_release(&r);
	}
	rai_impact_free(one);
	rai_impact_free(three);
	rai_table_free(t);
	test_nothing();
	test_read();
	return tap_done();
}
