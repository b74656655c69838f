#ifndef RAI_FUZZ_EXPLAIN_H
#define RAI_FUZZ_EXPLAIN_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/explain.h"

/* A row is explained against one without values, in bounded time and twice the same. */
static inline void
fuzz_explain(const struct rai_pipeline *p)
{
	struct rai_cell row[64], baseline[64];
	double part[2][64];
	struct rai_explanation e[2];
	size_t steps[2] = {10000, 10000}, n = rai_prep_inputs(p->prep), i;
	int rc[2];

	if (n > 64)
		return;
	for (i = 0; i < 64; i++) {
		row[i] = (struct rai_cell){(double)i, RAI_CODE_UNSEEN};
		baseline[i] = (struct rai_cell){NAN, RAI_CODE_MISSING};
	}
	for (i = 0; i < 2; i++) {
		e[i].part = part[i];
		rc[i] = rai_explain(p, row, baseline, 0, &e[i], &steps[i], NULL);
	}
	if (rc[0] != rc[1] || steps[0] != steps[1] ||
	    (rc[0] == 0 && memcmp(part[0], part[1], n * sizeof(part[0][0])) != 0))
		abort();
}

#endif
