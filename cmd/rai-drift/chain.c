#include "chain.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

int
chain_name(const char *path, int place, char *out, size_t size)
{
	int n = place == 0 ? snprintf(out, size, "%s", path)
			   : snprintf(out, size, "%s.%d", path, place);

	return n >= 0 && (size_t)n < size ? 0 : -1;
}

int
chain_place(const char *path, int fd)
{
	struct stat held, st;
	char name[PATH_MAX];
	int i, holes = 0;

	if (fstat(fd, &held) != 0)
		return -1;
	for (i = 0; i < CHAIN_PLACES && holes <= CHAIN_HOLES; i++) {
		if (chain_name(path, i, name, sizeof(name)) != 0)
			return -1;
		if (stat(name, &st) != 0)
			holes++;
		else if (st.st_ino == held.st_ino && st.st_dev == held.st_dev)
			return i;
		else
			holes = 0;
	}
	return -1;
}
