#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

int
rai_library_open(const char *name, const struct rai_library_call *call, size_t n, void *into,
    struct rai_err *err)
{
	void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL), *found;
	size_t i;

	if (library == NULL)
		return rai_fail(err, RAI_ESYS, "%s", dlerror());
	for (i = 0; i < n; i++) {
		found = dlsym(library, call[i].name);
		if (found == NULL)
			return rai_fail(err, RAI_ESYS, "%s: no %s", name, call[i].name);
		memcpy((char *)into + call[i].at, &found, sizeof(found));
	}
	return 0;
}
