#ifndef RAI_DRIFT_POOL_H
#define RAI_DRIFT_POOL_H

#include "drift.h"
#include "table/conform.h"

/* All rows of a table as a reference sees them, and what the model (or a column) says of each. */
struct pool {
	struct rai_table *table;
	struct rai_conformed seen;
	struct rai_drift_rows rows; /* points into the others */
	double *says;
	unsigned char *withheld;
};

/* Takes the source over.  pool_free() is right also after a failure. */
int pool_read(const struct run *r, struct rai_source *source, enum rai_format format,
    const struct rai_drift_reference *ref, struct pool *p, struct rai_err *err);
void pool_free(struct pool *p);

#endif
