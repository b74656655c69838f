#ifndef RAI_SERVE_CODING_H
#define RAI_SERVE_CODING_H

#include "base/buf.h"

/* gzip as a content coding (RFC 9110, 8.4.1 and 12.5.3): bodies that come and bodies that go. */

/* The coding that a Content-Encoding names; NULL or "": none. */
enum rai_serve_coding { RAI_CODING_NONE, RAI_CODING_GZIP, RAI_CODING_OTHER };
enum rai_serve_coding rai_serve_coding(const char *content_encoding);

/*
 * The plain text of a body, at most max bytes of it, so that a small body cannot become a large
 * one.  0; 1 when there is more; -1 with RAI_EINPUT when it is cut off, damaged or no gzip.
 */
int rai_serve_gunzip(
    const char *body, size_t len, size_t max, struct rai_buf *out, struct rai_err *err);

/* in as gzip.  -1: no memory, and out is to be left alone. */
int rai_serve_gzip(const struct rai_buf *in, struct rai_buf *out);

#endif
