#ifndef RAI_MODEL_CACHE_H
#define RAI_MODEL_CACHE_H

#include "base/err.h"
#include "model/codes.h"
#include "model/draw.h"
#include "model/kind.h"

/*
 * What several fits on the same data share: features as codes, the target as whole numbers, the
 * rows of each tree.  It holds the result of pure functions only, so a fit is the same bit for
 * bit with and without it.  Threads may share it.
 */

/* For fits whose data have the same x, y, n, width and nclass.  NULL: out of memory. */
struct rai_fit_cache *rai_fit_cache_new(void);
void rai_fit_cache_free(struct rai_fit_cache *c); /* NULL is fine; no fit may still use it */

struct rai_basis_key {
	enum rai_centre centre;
	enum rai_draw_rows rows;
	uint64_t seed;
};

/* One way to draw trees' rows from one table. */
struct rai_basis;

/* From d->cache, or made for this fit. */
int rai_basis_open(const struct rai_fit_data *d, const struct rai_basis_key *key, size_t threads,
    struct rai_basis **out, struct rai_err *err);
void rai_basis_close(struct rai_basis *b); /* NULL is fine */

const struct rai_codes *rai_basis_codes(const struct rai_basis *b);
const struct rai_target *rai_basis_target(const struct rai_basis *b);

/* The rows of tree t; give them back.  NULL: out of memory. */
const struct rai_draw *rai_basis_take(struct rai_basis *b, size_t t);
void rai_basis_give(struct rai_basis *b, size_t t, const struct rai_draw *d);

#endif
