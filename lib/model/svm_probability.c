#include <math.h>

#include "base/fpmath.h"
#include "model/svm.h"

/* Of the first class; exact at both ends. */
static double
probability_of(double value, const double ab[2])
{
	double z = ab[0] * value + ab[1], e = rai_exp(-fabs(z));

	return (z >= 0 ? e : 1) / (1 + e);
}

/* -log of what (a, b) give to n values, target[first] being what each should get. */
static double
surprise_of_all(
    const double *value, const char *first, size_t n, const double target[2], const double ab[2])
{
	double sum = 0, t, z;
	size_t i;

	for (i = 0; i < n; i++) {
		t = target[first[i] != 0];
		z = ab[0] * value[i] + ab[1];
		sum += (z >= 0 ? t : t - 1) * z + rai_log(1 + rai_exp(-fabs(z)));
	}
	return sum;
}

/*
 * Lin, Lin, Weng: "A Note on Platt's Probabilistic Outputs for Support Vector Machines", 2007:
 * Newton's method with backtracking; targets are (n1 + 1) / (n1 + 2) and 1 / (n0 + 2).
 */
void
rai_svm_sigmoid(const double *value, const char *first, size_t n, double ab[2])
{
	double n1 = 0, n0, target[2], now;
	size_t i;
	int round;

	for (i = 0; i < n; i++)
		n1 += first[i] != 0;
	n0 = (double)n - n1;
	target[1] = (n1 + 1) / (n1 + 2);
	target[0] = 1 / (n0 + 2);
	ab[0] = 0;
	ab[1] = rai_log((n0 + 1) / (n1 + 1));
	now = surprise_of_all(value, first, n, target, ab);
	for (round = 0; round < 100; round++) {
		double ga = 0, gb = 0, haa = 1e-12, hbb = 1e-12, hab = 0, det, da, db, step, next;

		for (i = 0; i < n; i++) {
			double p = probability_of(value[i], ab), bend = p * (1 - p);
			double t = target[first[i] != 0];

			haa += value[i] * value[i] * bend;
			hab += value[i] * bend;
			hbb += bend;
			ga += value[i] * (t - p);
			gb += t - p;
		}
		if (fabs(ga) < 1e-5 && fabs(gb) < 1e-5)
			return;
		det = haa * hbb - hab * hab;
		da = -(hbb * ga - hab * gb) / det;
		db = -(haa * gb - hab * ga) / det;
		for (step = 1; step > 1e-10; step /= 2) {
			double try[2] = {ab[0] + step * da, ab[1] + step * db};

			next = surprise_of_all(value, first, n, target, try);
			if (next < now + 1e-4 * step * (ga * da + gb * db)) {
				ab[0] = try[0];
				ab[1] = try[1];
				now = next;
				break;
			}
		}
		if (step <= 1e-10)
			return;
	}
}

/*
 * Wu, Lin, Weng: "Probability Estimates for Multi-class Classification by Pairwise Coupling",
 * 2004, second approach: the p that makes the sum over pairs of (r_ba p_a - r_ab p_b)^2 smallest,
 * by algorithm 2, r_ab being the probability of a where it is a or b.
 */
#define COUPLING_ROUNDS 1000
#define COUPLING_EPS 1e-10

static void
fill(const double *value, const double *sigmoid, size_t n, double q[][RAI_SVM_CLASSES])
{
	size_t a, b, pair = 0;

	for (a = 0; a < n; a++)
		q[a][a] = 0;
	for (a = 0; a < n; a++)
		for (b = a + 1; b < n; b++, pair++) {
			double r = probability_of(value[pair], sigmoid + 2 * pair);

			r = fmin(fmax(r, 1e-7), 1 - 1e-7);
			q[a][a] += (1 - r) * (1 - r);
			q[b][b] += r * r;
			q[a][b] = q[b][a] = -r * (1 - r);
		}
}

void
rai_svm_couple(const double *value, const double *sigmoid, size_t n, double *probability)
{
	double q[RAI_SVM_CLASSES][RAI_SVM_CLASSES], qp[RAI_SVM_CLASSES], pqp, off, move;
	size_t a, b, round;

	if (n == 2) {
		probability[0] = probability_of(value[0], sigmoid);
		probability[1] = 1 - probability[0];
		return;
	}
	fill(value, sigmoid, n, q);
	for (a = 0; a < n; a++)
		probability[a] = 1 / (double)n;
	for (round = 0; round < COUPLING_ROUNDS; round++) {
		pqp = off = 0;
		for (a = 0; a < n; a++) {
			qp[a] = 0;
			for (b = 0; b < n; b++)
				qp[a] += q[a][b] * probability[b];
			pqp += probability[a] * qp[a];
		}
		for (a = 0; a < n; a++)
			off = fmax(off, fabs(qp[a] - pqp));
		if (off < COUPLING_EPS)
			break;
		for (a = 0; a < n; a++) {
			move = (pqp - qp[a]) / q[a][a];
			probability[a] += move;
			pqp = (pqp + move * (move * q[a][a] + 2 * qp[a])) / (1 + move) / (1 + move);
			for (b = 0; b < n; b++) {
				qp[b] = (qp[b] + move * q[a][b]) / (1 + move);
				probability[b] /= 1 + move;
			}
		}
	}
}
