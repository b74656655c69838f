#include "table/split.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/rng.h"
#include "base/tap.h"

#define ROWS 400

/* seller: few large and many small groups; day: 40 rows a day, every 50th missing; flag: 0 or 1. */
static struct rai_table *
make_table(int classes)
{
	struct rai_table_options opt = {
	    .target = "y", .target_type = classes ? RAI_TARGET_CATEGORY : RAI_TARGET_NUMBER};
	struct rai_buf text = RAI_BUF_INIT(1 << 20);
	struct rai_source *source = NULL;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_table *t = NULL;
	struct rai_rng r = rai_rng_new(5, 0);
	size_t i;

	rai_buf_str(&text, "id,seller,day,flag,word,bad,code,y\n");
	for (i = 0; i < ROWS; i++) {
		size_t u = (size_t)rai_rng_below(&r, 1000);

		rai_buf_printf(&text, "%zu,s%zu,", i, u * u * 40 / 1000000);
		if (i % 50 != 7)
			rai_buf_printf(&text, "2017-01-%02zu", i * 37 % 10 + 1);
		rai_buf_printf(&text, ",%d,%s,%s,%zu,", i % 5 == 0, i % 4 == 0 ? "Test" : "train",
		    i == 9 ? "maybe" : "yes", i % 7);
		if (classes)
			rai_buf_str(&text, u < 50 ? "rare\n" : u < 400 ? "some\n" : "most\n");
		else
			rai_buf_printf(&text, "%zu.5\n", u * u);
	}
	if (rai_source_memory("test", text.ptr, text.len, &source, &err) != 0 ||
	    rai_table_from(source, &opt, &t, &err) != 0)
		printf("# %s\n", err.msg);
	rai_buf_free(&text);
	return t;
}

/* side[row]: how often it is in v. */
static void
count(const size_t *v, size_t n, size_t *side)
{
	size_t i;

	for (i = 0; i < n; i++)
		side[v[i]]++;
}

static int
ascending(const size_t *v, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (v[i] <= v[i - 1])
			return 0;
	return 1;
}

/* Every row is on one side, each side ascending and not empty. */
static void
is_partition(const struct rai_split *s, const char *name)
{
	size_t train[ROWS] = {0}, test[ROWS] = {0}, i, wrong = 0;

	count(s->train, s->ntrain, train);
	count(s->test, s->ntest, test);
	for (i = 0; i < ROWS; i++)
		wrong += train[i] + test[i] != 1;
	ok(wrong == 0 && s->ntrain > 0 && s->ntest > 0 && ascending(s->train, s->ntrain) &&
		ascending(s->test, s->ntest),
	    name);
}

static double
key(const struct rai_table *t, const char *name, size_t row)
{
	const struct rai_column *c = rai_table_column(t, name, NULL);

	return c->num != NULL ? c->num[row] : c->code[row];
}

/* Pairs of a training and a held-out row of one group. */
static size_t
torn(const struct rai_table *t, const char *name, const struct rai_split *s)
{
	size_t i, k, n = 0;

	for (i = 0; i < s->ntrain; i++)
		for (k = 0; k < s->ntest; k++)
			n += key(t, name, s->train[i]) == key(t, name, s->test[k]);
	return n;
}

static struct rai_split
make(const struct rai_table *t, struct rai_split_by by, uint64_t seed, const char *name)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_split s;

	if (!ok(rai_split_make(t, &by, seed, &s, &err) == 0, name))
		printf("# %s\n", err.msg);
	return s;
}

static void
refused(const struct rai_table *t, struct rai_split_by by, const char *want)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_split s;

	ok(rai_split_make(t, &by, 1, &s, &err) == -1 && s.train == NULL && s.test == NULL,
	    "refused");
	is_str(err.msg, want, "said");
}

static void
test_random(void)
{
	struct rai_table *t = make_table(0);
	struct rai_split_by by = {RAI_SPLIT_RANDOM, NULL, 0.2, NULL};
	struct rai_split a = make(t, by, 42, "random"), b = make(t, by, 42, "again"),
			 c = make(t, by, 43, "another seed"), d;

	is_partition(&a, "each row on one side");
	is_int(a.ntest, ROWS / 5, "by the share");
	ok(isnan(a.boundary), "no boundary");
	ok(memcmp(a.test, b.test, a.ntest * sizeof(*a.test)) == 0, "the same for the same seed");
	ok(memcmp(a.test, c.test, a.ntest * sizeof(*a.test)) != 0, "another for another seed");
	ok(rai_split_rows(t, &by, a.train, a.ntrain, 42, &d, NULL) == 0, "cut again");
	is_int(d.ntest, ROWS * 4 / 5 / 5, "a fifth of the rest");
	rai_split_release(&a);
	rai_split_release(&b);
	rai_split_release(&c);
	rai_split_release(&d);
	rai_table_free(t);
}

static void
test_stratified__classes(void)
{
	struct rai_table *t = make_table(1);
	struct rai_split_by by = {RAI_SPLIT_STRATIFIED, NULL, 0.25, NULL};
	size_t all[3] = {0}, held[3] = {0}, i;
	struct rai_split s = make(t, by, 3, "stratified by class");

	is_partition(&s, "each row on one side");
	is_int(s.ntest, ROWS / 4, "exactly the share");
	for (i = 0; i < ROWS; i++)
		all[(size_t)t->target[i]]++;
	for (i = 0; i < s.ntest; i++)
		held[(size_t)t->target[s.test[i]]]++;
	for (i = 0; i < 3; i++)
		ok(fabs((double)held[i] - (double)all[i] * 0.25) <= 1, t->schema.target.level[i]);
	rai_split_release(&s);
	rai_table_free(t);
}

static void
test_stratified__tenths(void)
{
	struct rai_table *t = make_table(0);
	struct rai_split_by by = {RAI_SPLIT_STRATIFIED, NULL, 0.25, NULL};
	struct rai_split s = make(t, by, 3, "stratified by a number");
	size_t i, k, below, tenth[10] = {0}, wrong = 0;

	is_int(s.ntest, ROWS / 4, "exactly the share");
	for (k = 0; k < s.ntest; k++) {
		for (below = i = 0; i < ROWS; i++)
			below += t->target[i] < t->target[s.test[k]];
		tenth[below * 10 / ROWS]++;
	}
	for (i = 0; i < 10; i++) /* equal targets may stand on a border */
		wrong += tenth[i] < 9 || tenth[i] > 11;
	is_int(wrong, 0, "each tenth has its quarter");
	rai_split_release(&s);
	rai_table_free(t);
}

static void
test_newest(void)
{
	struct rai_table *t = make_table(0);
	struct rai_split s =
	    make(t, (struct rai_split_by){RAI_SPLIT_NEWEST, "day", 0.24, NULL}, 1, "by date");
	size_t i;
	int late = 1;

	is_partition(&s, "each row on one side");
	is_int(s.boundary, 17174, "the 8th: the boundary day is held out whole");
	for (i = 0; i < s.ntest; i++)
		late &= key(t, "day", s.test[i]) >= s.boundary;
	for (i = 0; i < s.ntrain; i++)
		late &= !(key(t, "day", s.train[i]) >= s.boundary);
	ok(late, "the newest; rows without a date train");
	rai_split_release(&s);
	s = make(t, (struct rai_split_by){RAI_SPLIT_NEWEST, "day", 0.999, NULL}, 1, "nearly all");
	is_int(s.boundary, 17168, "one day remains");
	rai_split_release(&s);
	s = make(t, (struct rai_split_by){RAI_SPLIT_NEWEST, "day", 0.2, "2017-01-10"}, 1, "before");
	is_int(s.boundary, 17176, "from that day on");
	is_partition(&s, "each row on one side");
	rai_split_release(&s);
	s = make(t, (struct rai_split_by){RAI_SPLIT_NEWEST, "id", 0.2, "390.5"}, 1, "a number");
	ok(s.ntest == 9 && s.test[0] == 391, "above it");
	rai_split_release(&s);
	rai_table_free(t);
}

static void
test_group(void)
{
	static const char *const columns[] = {"seller", "code", "day"};
	struct rai_table *t = make_table(0);
	size_t k;
	uint64_t seed;

	for (k = 0; k < 3; k++)
		for (seed = 0; seed < 5; seed++) {
			struct rai_split_by by = {RAI_SPLIT_GROUP, columns[k], 0.2, NULL};
			struct rai_split s = make(t, by, seed, columns[k]);

			is_partition(&s, "each row on one side");
			is_int(torn(t, columns[k], &s), 0, "no group on both sides");
			ok(s.ntest >= ROWS / 10 && s.ntest <= ROWS * 3 / 10, "about the share");
			rai_split_release(&s);
		}
	rai_table_free(t);
}

static void
test_declared(void)
{
	struct rai_table *t = make_table(0);
	struct rai_split s =
	    make(t, (struct rai_split_by){RAI_SPLIT_DECLARED, "flag", 0.2, NULL}, 1, "0 and 1");

	is_partition(&s, "each row on one side");
	ok(s.ntest == ROWS / 5 && s.test[1] == 5, "as the column says");
	rai_split_release(&s);
	is_int(rai_table_set_aside(t, "word", NULL), 0, "set aside");
	is_int(rai_schema_find(&t->schema, "word", 4), -1, "it is no input any more");
	is_str(t->schema.col[4].name, "bad", "the others move up");
	ok(t->col[4].code != NULL && t->col[5].num != NULL, "with their values");
	is_int(rai_table_set_aside(t, "word", NULL), -1, "once");
	s = make(t, (struct rai_split_by){RAI_SPLIT_DECLARED, "word", 0.2, NULL}, 1, "words");
	ok(s.ntest == ROWS / 4 && s.test[1] == 4, "as the column says");
	rai_split_release(&s);
	rai_table_free(t);
}

static void
test_refused(void)
{
	struct rai_table *t = make_table(0);

	refused(t, (struct rai_split_by){RAI_SPLIT_RANDOM, NULL, 1, NULL},
	    "split: the share held out must be between 0 and 1, is 1");
	refused(t, (struct rai_split_by){RAI_SPLIT_NEWEST, "nix", 0.2, NULL},
	    "split: no column \"nix\" (random, stratified, or a date or number column)");
	refused(t, (struct rai_split_by){RAI_SPLIT_NEWEST, "word", 0.2, NULL},
	    "split: column \"word\" holds categories, which have no newest ({ group: word } keeps "
	    "each on one side)");
	refused(t, (struct rai_split_by){RAI_SPLIT_NEWEST, "day", 0.2, "June"},
	    "split: before: day: \"June\" is not a date (2017-03-04)");
	refused(t, (struct rai_split_by){RAI_SPLIT_NEWEST, "day", 0.2, "2018-01-01"},
	    "split by day: no row from 2018-01-01 on, to be held out");
	refused(t, (struct rai_split_by){RAI_SPLIT_NEWEST, "id", 0.2, "-1"},
	    "split by id: no row before -1, to be learned from");
	refused(t, (struct rai_split_by){RAI_SPLIT_DECLARED, "day", 0.2, NULL},
	    "split: column \"day\" holds dates, where 0 or no trains and 1 or yes is held out");
	refused(t, (struct rai_split_by){RAI_SPLIT_DECLARED, "code", 0.2, NULL},
	    "split: column \"code\" says 2 (0 trains, 1 is held out)");
	refused(t, (struct rai_split_by){RAI_SPLIT_DECLARED, "bad", 0.2, NULL},
	    "split: column \"bad\" says \"maybe\" (0, no, false or train; 1, yes, true or test)");
	rai_table_free(t);
}

/* Each row is held out once, and learned from by all the others. */
static void
are_folds(const struct rai_split *f, size_t k, const char *name)
{
	size_t held[ROWS] = {0}, i, wrong = 0;

	for (i = 0; i < k; i++) {
		is_partition(&f[i], "a fold has each row on one side");
		count(f[i].test, f[i].ntest, held);
	}
	for (i = 0; i < ROWS; i++)
		wrong += held[i] != 1;
	is_int(wrong, 0, name);
}

static void
release(struct rai_split *f, size_t k)
{
	while (k-- > 0)
		rai_split_release(&f[k]);
}

static void
test_folds(void)
{
	struct rai_split_by by = {RAI_SPLIT_RANDOM, NULL, 0.2, NULL};
	struct rai_table *t = make_table(1);
	struct rai_split f[5];
	size_t rows[ROWS], i, k, rare;

	for (i = 0; i < ROWS; i++)
		rows[i] = i;
	ok(rai_split_folds(t, &by, rows, ROWS, 5, 1, f, NULL) == 0, "random folds");
	are_folds(f, 5, "every row is held out once");
	is_int(f[4].ntest, ROWS / 5, "as many in each");
	release(f, 5);
	by.rule = RAI_SPLIT_STRATIFIED;
	ok(rai_split_folds(t, &by, rows, ROWS, 5, 1, f, NULL) == 0, "stratified folds");
	are_folds(f, 5, "every row is held out once");
	for (i = 0; i < ROWS; i++)
		rows[i] = 0;
	for (k = 0, rare = 0; k < 5; k++) {
		size_t n = 0;

		for (i = 0; i < f[k].ntest; i++)
			n += t->target[f[k].test[i]] == 1;
		rows[k] = n;
		rare += n;
	}
	for (k = 0; k < 5; k++)
		ok(rows[k] == rare / 5 || rows[k] == rare / 5 + 1, "each has its share of a class");
	release(f, 5);
	rai_table_free(t);
}

static void
test_folds__groups(void)
{
	struct rai_split_by by = {RAI_SPLIT_GROUP, "seller", 0.2, NULL};
	struct rai_table *t = make_table(0);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_split f[8];
	size_t rows[ROWS], i;

	for (i = 0; i < ROWS; i++)
		rows[i] = i;
	ok(rai_split_folds(t, &by, rows, ROWS, 5, 1, f, NULL) == 0, "folds of groups");
	are_folds(f, 5, "every row is held out once");
	for (i = 0; i < 5; i++)
		is_int(torn(t, "seller", &f[i]), 0, "no group on both sides");
	release(f, 5);
	by.column = "code";
	ok(rai_split_folds(t, &by, rows, ROWS, 8, 1, f, &err) == -1, "more folds than groups");
	is_str(err.msg, "8 folds by group code: there are 7 groups", "said");
	rai_table_free(t);
}

static void
test_folds__by_age(void)
{
	struct rai_split_by by = {RAI_SPLIT_NEWEST, "day", 0.2, NULL};
	struct rai_table *t = make_table(0);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_split f[20];
	size_t rows[ROWS], held[ROWS] = {0}, i, k;
	int late = 1;

	for (i = 0; i < ROWS; i++)
		rows[i] = i;
	ok(rai_split_folds(t, &by, rows, ROWS, 4, 1, f, NULL) == 0, "folds by age");
	for (k = 0; k < 4; k++) {
		count(f[k].test, f[k].ntest, held);
		for (i = 0; i < f[k].ntest; i++)
			late &= key(t, "day", f[k].test[i]) >= f[k].boundary;
		for (i = 0; i < f[k].ntrain; i++)
			late &= !(key(t, "day", f[k].train[i]) >= f[k].boundary);
		late &= f[k].ntrain > 0 && f[k].ntest > 0;
		late &= k == 0 || f[k].ntrain == f[k - 1].ntrain + f[k - 1].ntest;
	}
	ok(late, "the window grows, and what is held out is newer than all of it");
	is_int(f[3].ntrain + f[3].ntest, ROWS, "the last has all rows");
	for (i = 0; i < ROWS && held[i] <= 1; i++)
		;
	is_int(i, ROWS, "no row is held out twice");
	release(f, 4);
	ok(rai_split_folds(t, &by, rows, ROWS, 20, 1, f, &err) == -1, "more folds than days");
	is_str(err.msg, "20 folds by day: it has too few different values", "said");
	by.column = "id";
	ok(rai_split_folds(t, &by, rows, 21, 20, 1, f, &err) == 0 && f[19].ntest == 1,
	    "as many as there are values");
	release(f, 20);
	rai_table_free(t);
}

int
main(void)
{
	test_random();
	test_stratified__classes();
	test_stratified__tenths();
	test_newest();
	test_group();
	test_declared();
	test_refused();
	test_folds();
	test_folds__groups();
	test_folds__by_age();
	return tap_done();
}
