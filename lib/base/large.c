#include "base/large.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORTH ((size_t)1 << 20) /* bytes below which it is not asked */

void
rai_large_pages(void *p, size_t n)
{
	long page = sysconf(_SC_PAGESIZE);
	uintptr_t from, to, size;

	if (n < WORTH || page <= 0)
		return;
	size = (uintptr_t)page;
	from = ((uintptr_t)p + size - 1) / size * size;
	to = ((uintptr_t)p + n) / size * size;
	if (to > from)
		madvise((char *)p + (from - (uintptr_t)p), to - from, MADV_HUGEPAGE);
}
