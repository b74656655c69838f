#include "drift/verdict.h"

#include <math.h>
#include <string.h>

#include "base/tap.h"
#include "drift/check.h"
#include "drift/family.h"
#include "drift/threshold.h"
#include "stat/stat.h"

static void
test_family(void)
{
	static const double p[] = {0.001, 0.02, 0.004, 1, 0.9, 0.0009};
	static const double least[] = {0, 0, 0, 1, 0.002, 0};
	struct rai_drift_family f;
	size_t i;

	ok(rai_drift_family_init(&f, 6) == 0, "room");
	for (i = 0; i < 6; i++)
		rai_drift_family_add(&f, p[i], least[i]);
	rai_drift_family_adjust(&f, 0.01); /* 0.01 / 6 is less than 0.002 */
	ok_rel(f.p[5], 4 * 0.0009, 1e-12, "four of the six can be significant");
	ok_rel(f.p[0], 0.0036, 1e-12, "no less than the one before");
	ok_rel(f.p[2], 2 * 0.004, 1e-12, "each has fewer left beside it");
	ok_rel(f.p[1], 0.02, 1e-12, "the last one none");
	ok(f.p[3] == 1 && f.p[4] == 1, "those that cannot be are 1");
	rai_drift_family_release(&f);
}

static void
test_p_text(void)
{
	char text[RAI_DRIFT_P_TEXT];

	ok(strcmp(rai_drift_p_text(0.01234, text), "0.012") == 0, "two digits of a p-value");
	ok(strcmp(rai_drift_p_text(0, text), "<1e-300") == 0, "none is 0");
	ok(strcmp(rai_drift_p_text(4e-320, text), "<1e-300") == 0, "nor has fewer digits");
	ok(strcmp(rai_drift_p_text(3e-300, text), "3e-300") == 0, "the last one that is told");
}

/* A column of a reference with the counts given, one level each. */
#define LEVELS 15
struct categories {
	struct rai_profile_col col;
	char *level[LEVELS];
};

static void
categories(struct categories *c, const int64_t *count, size_t n)
{
	static char name[LEVELS][2] = {
	    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"};
	size_t i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < n; i++)
		c->level[i] = name[i];
	c->col = (struct rai_profile_col){.name = name[0],
	    .kind = RAI_PROFILE_CAT,
	    .nbin = n,
	    .level = c->level,
	    .count = (int64_t *)count};
}

static size_t
repeat(int32_t *code, size_t n, int32_t what, size_t times)
{
	while (times-- > 0)
		code[n++] = what;
	return n;
}

/* The p-values: scripts/peers/stat_golden.py. */
static void
test_new_categories(void)
{
	static const int64_t rare[] = {500, 292, 4, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	static const int64_t few[] = {500, 307, 0};
	int32_t code[100], fresh = rai_drift_new_category("Docklands", 9);
	struct rai_drift_check check;
	struct categories c;
	int64_t scratch[4 * (LEVELS + 2)];
	double room[100];
	size_t n;

	ok(fresh < RAI_CODE_UNSEEN && fresh != rai_drift_new_category("Dockland", 8) &&
		fresh == rai_drift_new_category("Docklands", 9),
	    "a new category has a name");
	categories(&c, rare, 15);
	n = repeat(code, repeat(code, repeat(code, 0, 0, 60), 1, 34), 3, 1);
	n = repeat(code, repeat(code, n, fresh, 4), RAI_CODE_UNSEEN, 1);
	rai_drift_check_cat(&check, &c.col, code, n, scratch, room);
	ok_rel(check.unseen, 0.06, 1e-12, "also a level without rows is new");
	ok_rel(check.unseen_one, 0.04, 1e-12, "four are of one category");
	ok_rel(check.unseen_ref, 11. / 807, 1e-12, "Good and Turing");
	ok_rel(check.p_unseen, 0.0005599387216577315, 1e-9, "which rarely happens");
	ok(check.least_unseen == 0, "how many are seen once says nothing about the least");
	code[n - 2] = rai_drift_new_category("Dockland", 8);
	code[n - 3] = RAI_CODE_UNSEEN;
	rai_drift_check_cat(&check, &c.col, code, n, scratch, room);
	ok_rel(check.unseen_one, 0.02, 1e-12, "others are others");
	ok_rel(check.p_unseen, 2 * rai_stat_share_more(6, 100, 11, 807), 1e-12,
	    "and only their number counts");

	categories(&c, few, 3);
	n = repeat(code, repeat(code, repeat(code, 0, 0, 60), 1, 35), 2, 1);
	n = repeat(code, n, fresh, 4);
	rai_drift_check_cat(&check, &c.col, code, n, scratch, room);
	ok_rel(check.p_unseen, 1.488209226997293e-05, 1e-9, "all of them, where none was rare");
	ok(check.least_unseen == check.p_unseen, "which is the least that it can be");
	ok_rel(check.linf, 307. / 807 - 35. / 96, 1e-12, "the level that moved most");
	is_str(check.linf_level, "b", "and its name");
}

static void
test_rows_to_decide(void)
{
	/* two-sided p of z = 2 and z = 4, so n m / (n + m) has to be four times as large */
	double p = 2 * rai_stat_normal_tail(2), want = 2 * rai_stat_normal_tail(4);

	is_int(rai_drift_rows_to_decide(p, 10 * p, 10 * want, 100, 1e12), 401,
	    "four times as many rows");
	is_int(rai_drift_rows_to_decide(p, p, want, 100, 900), 600,
	    "four times as many of both together");
	is_int(rai_drift_rows_to_decide(p, p, want, 100, 300), 0, "a small reference never");
	is_int(rai_drift_rows_to_decide(1, 1, 0.01, 100, 300), 0, "nothing seen");
}

/* Two columns of five levels and a constant: without drift the index has four degrees of freedom,
 * whose tail is exp(-x / 2) (1 + x / 2). */
static void
test_threshold(void)
{
	static const int64_t even[] = {200, 200, 200, 200, 200}, constant[] = {1000};
	struct rai_drift_rule rule = {.window = 100, .sustain = 2, .alpha = 1e-9, .psi_above = 0.1};
	struct rai_drift_check check[3] = {{.name = "a", .judged = 1, .psi = 0.2, .p = 0.5},
	    {.name = "b", .judged = 1, .psi = 0.05, .p = 0.03},
	    {.name = "c", .judged = 0, .psi = 9}};
	struct rai_drift_inputs in = {.col = check, .n = 3};
	struct rai_col_spec spec[3] = {
	    {.type = RAI_COL_NUM}, {.type = RAI_COL_NUM}, {.type = RAI_COL_NUM}};
	const struct rai_schema schema = {.col = spec, .n = 3};
	struct rai_profile_col col[3];
	const struct rai_profile profile = {.col = col, .n = 3};
	const struct rai_drift_reference ref = {.profile = &profile, .schema = &schema};
	struct categories c;
	double alone = 0.05886692128914337;

	categories(&c, even, 5);
	col[0] = col[1] = c.col;
	categories(&c, constant, 1);
	col[2] = c.col;
	ok_rel(rai_drift_threshold_rate(&ref, &rule, 100), 1 - (1 - alone) * (1 - alone), 1e-9,
	    "one of two columns");
	rule.quorum = 2;
	ok_rel(rai_drift_threshold_rate(&ref, &rule, 100), alone * alone, 1e-9, "both");
	rule.quorum = 0.5; /* of the three */
	ok_rel(rai_drift_threshold_rate(&ref, &rule, 100), alone * alone, 1e-9, "a share");
	rule.quorum = 2;
	rai_drift_threshold_judge(&ref, &rule, &in);
	ok(!check[0].drifted && !check[1].drifted, "one of two columns is not enough");
	rule.ks_p_below = 0.05;
	rai_drift_threshold_judge(&ref, &rule, &in);
	ok(check[0].drifted && check[1].drifted && !check[2].drifted, "each over one of the two");
	is_str(check[0].why, "a: PSI 0.200 above 0.1 (without drift about 0.000)", "why");
	is_str(check[1].why, "b: KS p 0.03 below 0.05", "why the other");
	rule.ks_p_below = 0.05;
	rule.quorum = 0;
	rule.psi_above = NAN;
	ok_rel(rai_drift_threshold_rate(&ref, &rule, 100), 1 - 0.95 * 0.95, 1e-9, "p-values");
	ok_rel(rai_drift_threshold_every(0.5, 2), 6, 1e-12, "two heads in a row take six throws");
	ok(isinf(rai_drift_threshold_every(0, 2)) && rai_drift_threshold_every(1, 3) == 3,
	    "never, and always");
	rule.ks_p_below = 0;
	ok(rai_drift_threshold_rate(&ref, &rule, 100) == 0, "no threshold");
}

/* Does the one column linger, of two that are judged? */
static int
near(const struct rai_drift_reference *ref, struct rai_drift_rule rule, double psi, double p)
{
	struct rai_drift_check check[2] = {
	    {.name = "a", .judged = 1, .psi = psi, .psi_expected = 4 * 0.011, .p = p},
	    {.name = "b", .judged = 1, .psi = 0, .psi_expected = 4 * 0.011, .p = 1}};
	struct rai_drift_inputs in = {.col = check, .n = 2, .rows = 100};

	rai_drift_threshold_judge(ref, &rule, &in);
	return check[0].lingers && !check[0].drifted;
}

/* The same columns: of 100 rows against 1000 the index is 0.044 without drift, half way to 0.3 is
 * 0.172, and 0.0856 is passed in a tenth of the windows (scipy.stats.chi2.isf(0.1, 4) * 0.011). */
static void
test_threshold__lingers(void)
{
	static const int64_t even[] = {200, 200, 200, 200, 200};
	struct rai_drift_rule rule = {.alpha = 1e-9, .psi_above = 0.3};
	struct rai_profile_col col[2];
	const struct rai_profile profile = {.col = col, .n = 2};
	const struct rai_drift_reference ref = {.profile = &profile};
	struct categories c;

	categories(&c, even, 5);
	col[0] = col[1] = c.col;
	ok(near(&ref, rule, 0.18, 1) && !near(&ref, rule, 0.165, 1), "half way");
	rule.psi_above = 0.1; /* half way is 0.072 */
	ok(near(&ref, rule, 0.087, 1) && !near(&ref, rule, 0.084, 1), "but not by chance");
	rule.quorum = 2;
	ok(!near(&ref, rule, 0.09, 1), "of two columns, one is not enough");
	rule.quorum = 0;
	rule.psi_above = NAN;
	rule.ks_p_below = 0.001;
	ok(near(&ref, rule, 0, 0.009) && !near(&ref, rule, 0, 0.011), "ten times the p-value");
	rule.ks_p_below = 0.05;
	ok(near(&ref, rule, 0, 0.09) && !near(&ref, rule, 0, 0.11), "but not by chance either");
}

int
main(void)
{
	test_family();
	test_p_text();
	test_new_categories();
	test_rows_to_decide();
	test_threshold();
	test_threshold__lingers();
	return tap_done();
}
