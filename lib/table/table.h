#ifndef RAI_TABLE_TABLE_H
#define RAI_TABLE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "table/csv.h"
#include "table/refuse.h"
#include "table/schema.h"

/*
 * A whole data set in memory, column by column, with the schema inferred from it.
 * Categories are sorted bytewise, so codes do not depend on the order of rows.
 */
struct rai_column {
	double *num;    /* nrow numbers or dates (days), NaN: missing; NULL for categories */
	int32_t *code;  /* nrow codes, RAI_CODE_MISSING: missing; NULL for the others */
	size_t missing; /* how many */
};

/* What happened to the rows of the source. */
struct rai_table_counts {
	size_t read;       /* rows in the source */
	size_t no_target;  /* refused: the target is missing */
	size_t duplicates; /* refused: the same text in every field as an earlier row */
};

struct rai_table {
	struct rai_schema schema; /* input columns in the order of the source, and the target */
	struct rai_column *col;   /* schema.n */
	double *target; /* nrow, of a category the numbers of its levels; NULL: none asked for */
	size_t nrow;    /* rows kept, in the order of the source */
	struct rai_table_counts counts;
	/* Columns that were inputs and are not: for splitting alone.  aside.target is empty. */
	struct rai_schema aside;
	struct rai_column *aside_col; /* aside.n */
	/*
	 * Of the source's raw bytes; "" with RAI_TABLE_DIGEST_NONE.  Of several sources: of the
	 * text of their digests, one a line in the order of the sources, as in the output of
	 * sha256sum with "sha256:" and without names.
	 */
	char digest[RAI_HASH_DIGEST];
};

struct rai_table_date {
	const char *column;
	int day_first; /* d/m/y; else ISO only */
};

enum rai_target_type { RAI_TARGET_NUMBER, RAI_TARGET_CATEGORY };
enum rai_duplicates { RAI_DUPLICATES_DROP, RAI_DUPLICATES_KEEP };
enum rai_table_digest { RAI_TABLE_DIGEST_SHA256, RAI_TABLE_DIGEST_NONE };

/*
 * All members may be zero.  A column that is named here and not in the source is an error.
 * Types: what is declared; else number when more than half of the non-empty values among the
 * first RAI_ROWS_SAMPLE rows are numbers, date when all of them are ISO dates or clearly d/m/y,
 * else category.  Text in a number or date column is an error with line and column.
 */
struct rai_table_options {
	enum rai_format format;
	char separator;     /* 0: comma */
	const char *target; /* column to be predicted */
	enum rai_target_type target_type;
	const char *const *drop;
	size_t ndrop;
	const char *const *use; /* when given: only these, besides the target */
	size_t nuse;
	const struct rai_table_date *date;
	size_t ndate;
	const char *const *category; /* read as categories whatever they look like */
	size_t ncategory;
	const char *const *command; /* argument vector whose stdout is the data */
	size_t ncommand;
	enum rai_duplicates duplicates;
	enum rai_table_digest digest;
	struct rai_refused *refused; /* NULL: a malformed row is an error */
	size_t threads;              /* 0: one per core; the table is the same for every number */
	size_t sample;               /* rows that decide the types; 0: RAI_ROWS_SAMPLE */
	size_t block; /* bytes that a thread takes at once; 0: a good number, the same table */
};

/*
 * Reads a path, "-" or options->command.  opt may be NULL.  An empty source, one without rows, or
 * one of which no row is kept is an error.  Caller frees *out.
 */
int rai_table_read(const char *source, const struct rai_table_options *opt, struct rai_table **out,
    struct rai_err *err);

/* The same from a source that is open; takes it over (closed also on failure). */
int rai_table_from(struct rai_source *source, const struct rai_table_options *opt,
    struct rai_table **out, struct rai_err *err);

/*
 * The same from n sources, at least one, all taken over; their rows follow each other, as if they
 * were one.  They have the same columns, in any order: that of the first one counts.
 */
int rai_table_from_all(struct rai_source **source, size_t n, const struct rai_table_options *opt,
    struct rai_table **out, struct rai_err *err);
void rai_table_free(struct rai_table *t); /* NULL is fine */

/* Sets the input called name aside: no model sees it, rai_table_column() does.  No such input: -1.
 */
int rai_table_set_aside(struct rai_table *t, const char *name, struct rai_err *err);

/* The input, or the column set aside, called name, or NULL; spec may be NULL. */
const struct rai_column *rai_table_column(
    const struct rai_table *t, const char *name, const struct rai_col_spec **spec);

/* One row as cells (schema.n), as serving sees it. */
void rai_table_cells(const struct rai_table *t, size_t row, struct rai_cell *cells);

/* Keeps of the n row numbers in rows those without a missing input; returns how many. */
size_t rai_table_complete(const struct rai_table *t, size_t *rows, size_t n);

#endif
