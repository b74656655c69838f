#ifndef RAI_BASE_HTML_H
#define RAI_BASE_HTML_H

#include "base/buf.h"

/*
 * Text inside an element or a quoted attribute of HTML or SVG: what has a meaning there is escaped,
 * control characters but tab and newline become U+FFFD.
 */
void rai_html_text(struct rai_buf *b, const char *s);

#endif
