#include "drift/verdict.h"

#include <math.h>
#include <string.h>

#include "base/tap.h"
#include "drift/check.h"
#include "drift/family.h"
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

int
main(void)
{
	test_family();
	test_new_categories();
	return tap_done();
}
