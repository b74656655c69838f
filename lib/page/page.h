#ifndef RAI_PAGE_PAGE_H
#define RAI_PAGE_PAGE_H

#include "base/buf.h"

/*
 * What the pages of all programs share: their look, numbers for people, and the proof by which a
 * browser runs an inline script or style and no other.
 */

/* The style sheet, in parts, NULL-terminated. */
extern const char *const rai_page_style[];

/* Numbers for people: "0.8123", "163,254", of an unknown one a dash. */
void rai_page_number(struct rai_buf *b, double v);

/* A number without a fraction: "163,254". */
void rai_page_whole(struct rai_buf *b, double v);

/* The same for the end of an axis: "0.5", "120k", "1.5M". */
void rai_page_short(struct rai_buf *b, double v);

/* Text whose direction must not reach beyond it: <bdi>...</bdi>. */
void rai_page_name(struct rai_buf *b, const char *s);

/*
 * The source expression "'sha256-...'" of a Content-Security-Policy that allows the inline element
 * with these n bytes as its content (CSP level 3, section 2.3.1); "" when there is no memory.
 */
#define RAI_PAGE_SOURCE 64
void rai_page_source(const char *text, size_t n, char out[RAI_PAGE_SOURCE]);

#endif
