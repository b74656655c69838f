#ifndef RAI_TABLE_SPLIT_H
#define RAI_TABLE_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "table/table.h"

/*
 * Cutting rows in two: those to learn from, and those held out.  Everything is a function of
 * table, rule, rows and seed alone.
 */
enum rai_split_rule {
	/* At random, by a number that a row's content and the seed alone give it: a row that is
	 * held out today is so tomorrow, in a file that has grown. */
	RAI_SPLIT_RANDOM,
	/* At random with the same shares of each class of the target on both sides; of a number,
	 * of each tenth of the rows in its order. */
	RAI_SPLIT_STRATIFIED,
	/* Rows with the largest values of a date or number column are held out.  Rows of one value
	 * stay together, on the held-out side where the share ends among them (or on the training
	 * side where that would be empty); rows without a value train. */
	RAI_SPLIT_NEWEST,
	/* Whole groups at random: all rows with one value of a column are on one side, and those
	 * without a value are a group of their own.  The share is met as nearly as the sizes of
	 * the groups allow. */
	RAI_SPLIT_GROUP,
	/* A column says it: 1, yes, true or test are held out, 0, no, false or train are not. */
	RAI_SPLIT_DECLARED,
};

struct rai_split_by {
	enum rai_split_rule rule;
	const char *column; /* of the last three rules; an input, or one that was set aside */
	double share;       /* held out, above 0 and below 1; unused where a column says it */
	const char *before; /* by NEWEST, instead of share: held out from this value on; or NULL */
};

/* Row numbers of the two sides, each ascending. */
struct rai_split {
	size_t *train, ntrain; /* ntrain and ntest at least 1 */
	size_t *test, ntest;
	double held_below; /* by RANDOM: rows whose rai_split_place() is at most this; else NaN */
	double boundary;   /* by NEWEST: the smallest value held out (of a date: its day since
			      1970-01-01); else NaN */
};

/* The place, in [0, 1), of the row with this id (table/rowid.h) in the random order of a seed. */
double rai_split_place(uint64_t id, uint64_t seed);

/* Does the table have what the rule needs?  RAI_EINPUT that says what would be right. */
int rai_split_check(const struct rai_table *t, const struct rai_split_by *by, struct rai_err *err);

/* Cuts all rows: the hold-out. */
int rai_split_make(const struct rai_table *t, const struct rai_split_by *by, uint64_t seed,
    struct rai_split *out, struct rai_err *err);

/* Cuts the n rows once more, with other random numbers: a validation part. */
int rai_split_rows(const struct rai_table *t, const struct rai_split_by *by, const size_t *rows,
    size_t n, uint64_t seed, struct rai_split *out, struct rai_err *err);

/*
 * k folds of the n rows (k from 2 to RAI_SPLIT_FOLDS): each row is held out in exactly one of
 * them.  By NEWEST the window grows instead: the rows are cut into k + 1 blocks by age, and fold i
 * learns from the i + 1 oldest and holds out the next.  share and before do not count; DECLARED is
 * refused.  out: k, to be released by the caller.
 */
#define RAI_SPLIT_FOLDS 100
int rai_split_folds(const struct rai_table *t, const struct rai_split_by *by, const size_t *rows,
    size_t n, size_t k, uint64_t seed, struct rai_split *out, struct rai_err *err);

/* Caller releases *to. */
int rai_split_copy(const struct rai_split *from, struct rai_split *to, struct rai_err *err);
void rai_split_release(struct rai_split *s);

#endif
