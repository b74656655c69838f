#ifndef RAI_BASE_LARGE_H
#define RAI_BASE_LARGE_H

#include <stddef.h>

/*
 * Asks for large pages behind the n bytes at p, which were just allocated: where the system has
 * them, writing to megabytes for the first time costs a fraction.  A hint; it changes nothing else.
 */
void rai_large_pages(void *p, size_t n);

/*
 * n bytes of zeros that begin where a large page does, if they are as many as one, and are asked
 * for as such.  The caller gives them back by munmap(p, n); NULL (errno): there are none.
 */
void *rai_large_map(size_t n);

#endif
