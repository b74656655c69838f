#include "base/large.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORTH ((size_t)1 << 20) /* bytes below which it is not asked */
#define LARGE ((size_t)2 << 20) /* bytes of a large page, on most machines */

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

/* MAP_FAILED: none. */
static void *
map(size_t n)
{
	return mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* The n bytes from the first border of a large page on; what is around them is given back. */
static char *
cut(char *p, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), before = -(uintptr_t)p % LARGE;
	size_t used = before + (n + page - 1) / page * page;

	if (before > 0)
		munmap(p, before);
	if (used < n + LARGE)
		munmap(p + used, n + LARGE - used);
	return p + before;
}

void *
rai_large_map(size_t n)
{
	char *p = n < LARGE || n > SIZE_MAX - LARGE ? MAP_FAILED : map(n + LARGE);

	if (p != MAP_FAILED)
		p = cut(p, n);
	else if ((p = map(n)) == MAP_FAILED)
		return NULL;
	rai_large_pages(p, n);
	return p;
}
