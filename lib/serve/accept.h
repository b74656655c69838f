#ifndef RAI_SERVE_ACCEPT_H
#define RAI_SERVE_ACCEPT_H

/* Media types of requests (RFC 9110, 8.3 and 12.5.1). */

/* Is the Content-Type value this type, with no charset but UTF-8? */
int rai_serve_is_type(const char *content_type, const char *type);

/* Does the Accept value (NULL: none) prefer type to application/json?  A tie is JSON's. */
int rai_serve_prefers(const char *accept, const char *type);
int rai_serve_prefers_html(const char *accept);

/* Does the Accept-Encoding value (NULL: none) take gzip?  Without a word of it, no. */
int rai_serve_accepts_gzip(const char *accept_encoding);

#endif
