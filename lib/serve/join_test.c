#include "serve/join.h"

#include "base/tap.h"

static void
test_join__accuracy_is_exact(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_join *j = NULL;
	struct rai_serve_accuracy a;
	char id[4][RAI_ULID_TEXT];

	ok(rai_serve_join_new(2, RAI_JOIN_NUMBERS, &j, &err) == 0, "a table for a window of two");
	rai_serve_join_accuracy(j, &a);
	ok(isnan(a.rolling) && isnan(a.latest) && a.pairs == 0,
	    "no accuracy before the first pair");
	rai_serve_join_issue(j, 1793261000123, 90, id[0]);
	rai_serve_join_issue(j, 1793261000123, 150, id[1]);
	rai_serve_join_issue(j, 1793261000124, 1000, id[2]);
	rai_serve_join_issue(j, 1793261000124, 5, id[3]);
	ok(rai_ulid_valid(id[0], strlen(id[0])), "an id is a ULID");
	ok(strcmp(id[0], id[1]) < 0 && strcmp(id[1], id[2]) < 0, "ids sort in order of issue");
	is_int(rai_serve_join_actual(j, id[0], 100), RAI_JOIN_JOINED, "the truth joins");
	is_int(rai_serve_join_actual(j, id[1], 100), RAI_JOIN_JOINED, "and again");
	rai_serve_join_accuracy(j, &a);
	ok_near(a.rolling, 1 - (0.1 + 0.5) / 2, 1e-15, "rolling accuracy is 1 - MAPE");
	ok_near(a.latest, 0.5, 1e-15, "the latest pair's own");
	is_int(rai_serve_join_actual(j, id[2], -100), RAI_JOIN_JOINED, "an error of 1100 %");
	rai_serve_join_accuracy(j, &a);
	ok(a.rolling == 0 && a.latest == 0 && a.pairs == 2, "accuracy is never below 0");
	is_int(rai_serve_join_actual(j, id[3], 0), RAI_JOIN_JOINED, "a true value of 0 joins");
	rai_serve_join_accuracy(j, &a);
	ok(a.latest == 0 && a.pairs == 2, "and is not counted");
	is_int(rai_serve_join_actual(j, id[0], 1), RAI_JOIN_REPEATED, "the second truth does not");
	rai_serve_join_free(j);
}

static void
test_join__unknown_ids(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_join *j = NULL, *other = NULL;
	char first[RAI_ULID_TEXT], id[RAI_ULID_TEXT];
	int i;

	rai_serve_join_new(10, RAI_JOIN_NUMBERS, &j, &err);
	rai_serve_join_new(10, RAI_JOIN_NUMBERS, &other, &err);
	rai_serve_join_issue(j, 1793261000123, 1, first);
	rai_serve_join_issue(other, 1793261000123, 1, id);
	is_int(rai_serve_join_actual(j, id, 1), RAI_JOIN_UNKNOWN, "another process's id");
	is_int(rai_serve_join_actual(j, "", 1), RAI_JOIN_UNKNOWN, "no id");
	is_int(rai_serve_join_actual(j, "01M83TFFZE8D9ZW3PS7C00000U", 1), RAI_JOIN_UNKNOWN,
	    "letters that a ULID does not have");
	is_int(rai_serve_join_actual(j, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", 1), RAI_JOIN_UNKNOWN,
	    "the largest id there is");
	for (i = 0; i < RAI_JOIN_KEPT; i++)
		rai_serve_join_issue(j, 1793261000999, 2, id);
	is_int(rai_serve_join_actual(j, first, 1), RAI_JOIN_UNKNOWN, "an id from too long ago");
	is_int(rai_serve_join_actual(j, id, 2), RAI_JOIN_JOINED, "the last one is remembered");
	rai_serve_join_free(j);
	rai_serve_join_free(other);
	rai_serve_join_free(NULL);
}

static void
test_join__classes(void)
{
	struct rai_serve_join *j = NULL;
	struct rai_serve_accuracy a;
	char id[RAI_ULID_TEXT];

	rai_serve_join_new(10, RAI_JOIN_CLASSES, &j, NULL);
	rai_serve_join_issue(j, 1793261000123, rai_serve_join_class("yes"), id);
	rai_serve_join_actual(j, id, rai_serve_join_class("no"));
	rai_serve_join_accuracy(j, &a);
	ok(a.latest == 0 && a.rolling == 0, "another class is wrong");
	rai_serve_join_issue(j, 1793261000123, rai_serve_join_class("yes"), id);
	rai_serve_join_actual(j, id, rai_serve_join_class("yes"));
	rai_serve_join_accuracy(j, &a);
	ok(a.latest == 1 && a.rolling == 0.5, "the same is right; the share of right ones");
	/* FNV-1a of "a" is af63dc4c8601ec8c (its authors' test vectors) */
	ok(rai_serve_join_class("a") == 0xaf63dc4c8601ec8cU >> 11, "a class as a number");
	rai_serve_join_free(j);
}

int
main(void)
{
	test_join__accuracy_is_exact();
	test_join__unknown_ids();
	test_join__classes();
	return tap_done();
}
