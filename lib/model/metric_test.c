#include "model/metric.h"

#include "base/rng.h"
#include "base/tap.h"
#include "model/gate.h"

/* The numbers are those of scikit-learn 1.2 (r2_score and its neighbours) on the same six rows. */
static void
test_all__as_scikit_learn(void)
{
	static const double a[] = {3, -0.5, 2, 7, 4.2, 100}, p[] = {2.5, 0, 2, 8, 4, 90};
	double m[RAI_METRICS];

	rai_metric_all(&(struct rai_scored){a, p, 6, 0}, m);
	ok_rel(m[RAI_METRIC_R2], 0.9870630042564847, 1e-12, "r2");
	ok_rel(m[RAI_METRIC_RMSE], 4.113797920818831, 1e-12, "rmse");
	ok_rel(m[RAI_METRIC_MAE], 2.033333333333333, 1e-12, "mae");
	ok_rel(m[RAI_METRIC_MAPE], 0.24285714285714288, 1e-12, "mape");
	ok_rel(m[RAI_METRIC_ACCURACY], 1 - 0.24285714285714288, 1e-12, "accuracy");
}

static void
test_all__edges(void)
{
	static const double same[] = {5, 5}, zero[] = {0, 0}, far[] = {50, 50}, mix[] = {0, 10};
	double m[RAI_METRICS];

	rai_metric_all(&(struct rai_scored){same, far, 2, 0}, m);
	ok(isnan(m[RAI_METRIC_R2]), "no r2 where all actual values are equal");
	ok(m[RAI_METRIC_ACCURACY] == 0, "accuracy is at least 0");
	rai_metric_all(&(struct rai_scored){zero, far, 2, 0}, m);
	ok(isnan(m[RAI_METRIC_MAPE]) && isnan(m[RAI_METRIC_ACCURACY]), "no mape of zeros");
	rai_metric_all(&(struct rai_scored){mix, same, 2, 0}, m);
	ok_rel(m[RAI_METRIC_MAPE], 0.5, 1e-15, "mape leaves out rows whose actual value is 0");
	is_int(rai_metric_find("rmse"), RAI_METRIC_RMSE, "found by name");
	is_int(rai_metric_find("r3"), -1, "or not");
}

struct rows {
	double a[400], good[400], bad[400], alike[400], poor[400];
};

static void
make_rows(struct rows *r)
{
	struct rai_rng rng = rai_rng_new(3, 0);
	int i;

	for (i = 0; i < 400; i++) {
		r->a[i] = 100 + 100 * rai_rng_unit(&rng);
		r->good[i] = r->a[i] + 10 * (rai_rng_unit(&rng) - 0.5);
		r->alike[i] = r->a[i] + 10 * (rai_rng_unit(&rng) - 0.5);
		r->poor[i] = r->a[i] + 60 * (rai_rng_unit(&rng) - 0.5);
		r->bad[i] = r->a[i] + 60 * (rai_rng_unit(&rng) - 0.5);
	}
}

/* The standard error of mae over n rows is sd / sqrt(n); the bootstrap must come near it. */
static void
test_intervals(void)
{
	struct rai_interval m[RAI_METRICS], again[RAI_METRICS];
	struct rows r;
	struct rai_scored scored = {r.a, r.good, 400, 0};
	double sd = 0, mae = 0;
	int i;

	make_rows(&r);
	for (i = 0; i < 400; i++)
		mae += fabs(r.a[i] - r.good[i]) / 400;
	for (i = 0; i < 400; i++)
		sd += (fabs(r.a[i] - r.good[i]) - mae) * (fabs(r.a[i] - r.good[i]) - mae) / 399;
	rai_metric_intervals(&scored, 42, m);
	rai_metric_intervals(&scored, 42, again);
	ok(memcmp(m, again, sizeof(m)) == 0, "a seed gives the same interval");
	ok_rel(m[RAI_METRIC_MAE].value, mae, 1e-12, "around the value");
	ok_rel(m[RAI_METRIC_MAE].high - m[RAI_METRIC_MAE].low, 2 * 1.96 * sqrt(sd / 400), 0.12,
	    "as wide as theory says");
	ok(m[RAI_METRIC_R2].low < m[RAI_METRIC_R2].value &&
		m[RAI_METRIC_R2].value < m[RAI_METRIC_R2].high,
	    "r2 lies inside its own");
}

static void
check_champion(const double *a, const double *p, const double *q, size_t n, enum rai_verdict want,
    const char *text)
{
	struct rai_scored scored = {a, p, n, 0};
	struct rai_gate g = {.n = 0};

	ok(rai_gate_champion(&g, RAI_METRIC_R2, &scored, q, 0.05, 1, NULL) == 0, text);
	is_int(g.check[0].verdict, want, "its verdict");
	if (!ok(strncmp(g.check[0].message, text, strlen(text)) == 0, "and it says so"))
		printf("# %s\n", g.check[0].message);
}

static void
test_gate__champion(void)
{
	struct rows r;
	double worse[400];
	int i;

	make_rows(&r);
	check_champion(r.a, r.good, r.bad, 400, RAI_VERDICT_PASSED, "better than the champion");
	check_champion(r.a, r.bad, r.good, 400, RAI_VERDICT_FAILED, "worse than the champion");
	check_champion(r.a, r.good, r.alike, 400, RAI_VERDICT_PASSED, "as good as the champion");
	check_champion(r.a, r.good, r.good, 400, RAI_VERDICT_PASSED, "as good as the champion");
	for (i = 0; i < 400; i++)
		worse[i] = r.good[i] + 0.03 * (r.good[i] - r.a[i]); /* each error 3 % larger */
	check_champion(r.a, worse, r.good, 400, RAI_VERDICT_FAILED, "worse than the champion");
	check_champion(r.a, r.bad, r.poor, 20, RAI_VERDICT_UNCLEAR, "not enough evidence");
}

static void
test_gate__at_least(void)
{
	struct rai_gate g = {.n = 0};
	struct rai_buf out = RAI_BUF_INIT(4096);
	struct rai_jw w;

	rai_gate_at_least(&g, RAI_METRIC_R2, 0.85, 0.8);
	ok(rai_gate_passed(&g), "r2 above the limit");
	rai_gate_at_least(&g, RAI_METRIC_RMSE, 0.85, 0.8);
	ok(!rai_gate_passed(&g), "an error above the limit");
	is_str(g.check[1].message, "rmse 0.85 is above 0.8", "said in words");
	rai_gate_no_champion(&g);
	rai_gate_at_least(&g, RAI_METRIC_R2, NAN, 0.8);
	is_int(g.check[3].verdict, RAI_VERDICT_FAILED, "what cannot be computed fails");
	g.check[3].verdict = RAI_VERDICT_UNCLEAR;
	rai_jw_init(&w, &out);
	rai_gate_write(&g, &w, NULL);
	ok(strstr(out.ptr, "\"passed\":false,\"checks\":[{\"name\":\"at_least\",\"passed\":true") !=
		NULL,
	    "every check is listed");
	ok(strstr(out.ptr, "\"passed\":null") != NULL, "not enough evidence is null");
	rai_buf_free(&out);
}

int
main(void)
{
	test_all__as_scikit_learn();
	test_all__edges();
	test_intervals();
	test_gate__champion();
	test_gate__at_least();
	return tap_done();
}
