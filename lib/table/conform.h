#ifndef RAI_TABLE_CONFORM_H
#define RAI_TABLE_CONFORM_H

#include "table/table.h"

/*
 * A table seen through another schema, that of a model trained earlier: columns are joined by
 * name, categories by their text; a level that the schema lacks is unseen, a column that the
 * table lacks is missing throughout.
 */
struct rai_conformed {
	struct rai_table table; /* reads like any other; free it with this, not on its own */
	void **own;             /* nown arrays that are not the original table's */
	size_t nown;
};

/*
 * t and schema must outlive out.  A column that is a number on one side and a category on the
 * other is an error; so is, for a target of classes, one that the schema's target lacks.
 * Without a target in t, or with one of another name, the target is left out.
 */
int rai_table_conform(const struct rai_table *t, const struct rai_schema *schema,
    struct rai_conformed *out, struct rai_err *err);
void rai_conformed_release(struct rai_conformed *c);

#endif
