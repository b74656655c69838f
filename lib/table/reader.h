#ifndef RAI_TABLE_READER_H
#define RAI_TABLE_READER_H

#include <stddef.h>
#include <stdint.h>

#include "table/levels.h"
#include "table/refuse.h"
#include "table/table.h"

/* Reading a table, column by column of the source; private to this room. */
enum rai_role { RAI_ROLE_INPUT, RAI_ROLE_TARGET, RAI_ROLE_NONE };

struct rai_reader_col {
	struct rai_col_spec spec; /* its name belongs to the rows; no levels yet */
	enum rai_role role;
	int declared; /* the type is given by the options */
	int open;     /* no value so far: the first one will decide the type */
	size_t known; /* its levels before the row that is being taken */
	int marks;    /* of a part: was open at a mark of a missing value, which a category keeps */
	double *num;  /* as in struct rai_column */
	int32_t *code;
	struct rai_levels levels; /* codes are in order of appearance until the end */
};

struct rai_reader {
	struct rai_rows *rows;
	const struct rai_table_options *opt;
	struct rai_reader_col *col; /* width */
	size_t width, target;       /* target: width when there is none */
	size_t nrow, cap;
	size_t expected; /* rows, by the size of the source; 0: not known */
	struct rai_table_counts counts;
	struct rai_seen seen;
	/*
	 * A part reads some rows on its own, to be joined to the whole later: it keeps the hashes
	 * of its rows instead of looking for them, and leaves what is not decided yet alone.
	 */
	int part;
	uint64_t (*hash)[2]; /* of a part: cap */
};

/* Roles and declared types from the options; names that are not in the source are errors. */
int rai_reader_roles(struct rai_reader *r, struct rai_err *err);

/* Adds one row, or refuses and counts it. */
int rai_reader_row(
    struct rai_reader *r, const struct rai_field *field, size_t line, struct rai_err *err);

/*
 * Where rows are refused rather than the reading ended (opt->refused): as rai_rows_next(), past
 * malformed rows; and as rai_reader_row(), which sets a row with a bad value aside.
 */
int rai_reader_next(struct rai_reader *r, const struct rai_field **field, struct rai_err *err);
int rai_reader_take(
    struct rai_reader *r, const struct rai_field *field, size_t line, struct rai_err *err);

/* Keeps a row that is left out, where that is asked for. */
int rai_reader_refuse(struct rai_reader *r, enum rai_refusal kind, const struct rai_field *field,
    size_t line, const char *why, struct rai_err *err);

/* Is too much malformed? */
int rai_reader_check_refused(struct rai_reader *r, struct rai_err *err);

/* All rows that are left, in order, by one thread. */
int rai_reader_one_by_one(struct rai_reader *r, struct rai_err *err);

/* All rows that are left, on several threads; as rai_reader_row() would one by one. */
int rai_reader_bulk(struct rai_reader *r, struct rai_err *err);

/* Room for n more rows in every column. */
int rai_reader_grow(struct rai_reader *r, size_t n, struct rai_err *err);

/* Gives the columns to t, categories sorted. */
int rai_reader_finish(struct rai_reader *r, struct rai_table *t, struct rai_err *err);
void rai_reader_release(struct rai_reader *r);

#endif
