#ifndef RAI_SERVE_QUICK_H
#define RAI_SERVE_QUICK_H

#include "serve/rows.h"

/*
 * One more row {"Rooms": 3, ...} straight from text of len bytes at *at, which moves behind it.
 * This takes the plain rows that most are: strict JSON, known fields, numbers, strings without
 * escapes that are dates or categories which training has seen, null.  -1: this is none (nothing is
 * added, *at stays); then rai_json_parse() and rai_serve_rows_json() say what it is, or what is
 * wrong with it.  The cells are theirs to the bit; of texts, only those of categories are kept.
 * names: of s.  Where r->body is set *at points into it, at most UINT32_MAX bytes, and the row's
 * tokens are there.
 */
int rai_serve_rows_quick(const struct rai_schema *s, const struct rai_serve_names *names,
    const char **at, const char *end, struct rai_serve_rows *r);

/* Behind blanks, tabs and line ends. */
const char *rai_serve_quick_blank(const char *at, const char *end);

#endif
