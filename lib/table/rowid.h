#ifndef RAI_TABLE_ROWID_H
#define RAI_TABLE_ROWID_H

#include "table/table.h"

/*
 * What a row is called, whatever file it comes in: 64 bits from the names and values of the
 * schema's inputs and target, in any order of columns.  A column that t lacks counts for nothing,
 * a category for its text.  Rows that are alike have one id.
 *
 * id: of each of the n rows.
 */
int rai_row_ids(const struct rai_table *t, const struct rai_schema *schema, const size_t *rows,
    size_t n, uint64_t *id, struct rai_err *err);

#endif
