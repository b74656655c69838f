#ifndef RAI_JSON_UTF8_H
#define RAI_JSON_UTF8_H

#include <stddef.h>

/* The length of the well-formed sequence at s (RFC 3629: no overlong, no surrogates), or 0. */
size_t rai_utf8_step(const char *s, size_t len);

/* 0 when all of it is well-formed UTF-8, else -1. */
int rai_utf8_valid(const char *s, size_t len);

#endif
