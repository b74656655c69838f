#ifndef PESTER_MAKE_H
#define PESTER_MAKE_H

#include "base/buf.h"
#include "base/rng.h"

/* Requests to every route of rai-serve: valid ones, and what becomes of them. */

/* Appends one valid request, chosen by r. */
void pester_valid(struct rai_rng *r, struct rai_buf *out);

/* Appends one to four, most of them spoilt in some places. */
void pester_spoilt(struct rai_rng *r, struct rai_buf *out);

#endif
