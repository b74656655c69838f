#include "drift/residual.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/tap.h"
#include "drift/verdict.h"

/* Golden numbers: scripts/peers/residual_golden.py. */
enum { N = 30, M = 40 };

static void
values(double *now, double *was, double shift, double spread)
{
	int i;

	for (i = 0; i < N; i++)
		now[i] = shift + spread * cos(1.7 * (i + 1));
	for (i = 0; i < M; i++)
		was[i] = spread * sin(i + 1);
}

static void
test_residual__ratio(void)
{
	struct rai_profile_col error = {.name = NULL};
	struct rai_drift_residual r;
	double now[N], was[M], prediction[N], actual[N], scratch[N];
	struct rai_err err = RAI_ERR_INIT;
	int i;

	values(now, was, 0.05, 0.1);
	for (i = 0; i < M; i++)
		was[i] = exp(was[i]);
	for (i = 0; i < N; i++) {
		prediction[i] = 100 + i;
		actual[i] = prediction[i] * exp(now[i]);
	}
	rai_drift_residual(&r, &error, prediction, actual, N, 0.99, scratch);
	is_int((int64_t)r.n, 0, "without a hold-out nothing is asked");
	ok(rai_profile_from_num(&error, "ratio", was, M, &err) == 0, "a hold-out");
	rai_drift_residual(&r, &error, prediction, actual, N, 0.99, scratch);
	ok_rel(r.mean, 0.050551559397251311, 1e-12, "mean, scipy");
	ok_rel(r.low, 0.014670843417366138, 1e-9, "low");
	ok_rel(r.high, 0.086432275377136492, 1e-9, "high");
	ok_rel(r.reference, 0.0047455285189862122, 1e-9, "the hold-out's");
	ok_rel(r.p, 0.010295016128937911, 1e-9, "Welch's test");
	ok(!rai_drift_residual_decide(&r, 0.2, 0.01) && !r.moved, "not significant");
	ok(rai_drift_residual_decide(&r, 0.02, 0.01) && !r.moved, "lingers");
	ok(rai_drift_residual_decide(&r, 0.001, 0.01) && r.moved, "moved");
	is_str(r.why,
	    "the actual values are 5.2 % above the predictions (1.5 to 9.0 %; hold-out 0.5 % "
	    "above)",
	    "in words");
	actual[0] = -1;
	prediction[1] = 0;
	rai_drift_residual(&r, &error, prediction, actual, N, 0.99, scratch);
	is_int((int64_t)r.n, N - 2, "what has no ratio is left out");
	rai_drift_residual(&r, &error, prediction, actual, 21, 0.99, scratch);
	ok(r.n == 0 && r.p == 1, "fewer than 20 are no evidence");
	free(error.name);
	free(error.edge);
	free(error.count);
	free(error.quantile);
}

static void
test_residual__difference(void)
{
	struct rai_profile_col error = {.name = NULL};
	struct rai_drift_residual r;
	double now[N], was[M], prediction[N], actual[N], scratch[N];
	struct rai_err err = RAI_ERR_INIT;
	int i;

	values(now, was, 3, 5);
	for (i = 0; i < N; i++) {
		prediction[i] = -50 + i;
		actual[i] = prediction[i] + now[i];
	}
	ok(rai_profile_from_num(&error, "difference", was, M, &err) == 0, "a hold-out");
	rai_drift_residual(&r, &error, prediction, actual, N, 0.99, scratch);
	ok_rel(r.mean, 3.0275779698625653, 1e-12, "mean, scipy");
	ok_rel(r.p, 0.0020119652775411152, 1e-9, "Welch's test");
	rai_drift_residual_decide(&r, r.p, 0.01);
	ok(r.moved && strstr(r.why, "3.028 above the predictions") != NULL, r.why);
	for (i = 0; i < N; i++)
		actual[i] = prediction[i];
	rai_drift_residual(&r, &error, prediction, actual, N, 0.99, scratch);
	ok(r.mean == 0 && !r.moved, "all as predicted");
	free(error.name);
	free(error.edge);
	free(error.count);
	free(error.quantile);
}

int
main(void)
{
	test_residual__ratio();
	test_residual__difference();
	return tap_done();
}
