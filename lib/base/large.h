#ifndef RAI_BASE_LARGE_H
#define RAI_BASE_LARGE_H

#include <stddef.h>

/*
 * Asks for large pages behind the n bytes at p, which were just allocated: where the system has
 * them, writing to megabytes for the first time costs a fraction.  A hint; it changes nothing else.
 */
void rai_large_pages(void *p, size_t n);

#endif
