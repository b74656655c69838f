#ifndef RAI_SERVE_BINARY_H
#define RAI_SERVE_BINARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Inside of this room: values as the binary tensor extension of the Open Inference Protocol has
 * them behind the JSON of a body: little-endian, one behind the other, texts with their length of 4
 * bytes before them.
 */

/* An integer without a sign, of 1 to 8 bytes. */
uint64_t rai_serve_binary_uint(const unsigned char *p, size_t n);

/* One in two's complement. */
int64_t rai_serve_binary_int(const unsigned char *p, size_t n);

/* A float of IEEE 754, of 2, 4 or 8 bytes; every one is a double, too. */
double rai_serve_binary_float(const unsigned char *p, size_t n);

/* FP64 and BYTES. */
void rai_serve_binary_add_num(struct rai_buf *b, double v);
void rai_serve_binary_add_text(struct rai_buf *b, const char *text);

#endif
