#include "net/curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct rai_curl rai_curl;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char why[200]; /* empty: it is open */

/* The name of the interface that curl/curl.h describes, as the linker would note it. */
#define LIBRARY "libcurl.so.4"

static void
open_library(void)
{
	static const struct {
		const char *name;
		size_t at;
	} calls[] = {
#define CALL(x) {"curl_" #x, offsetof(struct rai_curl, x)}
	    CALL(global_init),
	    CALL(global_cleanup),
	    CALL(easy_init),
	    CALL(easy_cleanup),
	    CALL(easy_setopt),
	    CALL(easy_getinfo),
	    CALL(easy_perform),
	    CALL(easy_strerror),
	    CALL(free),
	    CALL(getdate),
	    CALL(slist_append),
	    CALL(slist_free_all),
	    CALL(url),
	    CALL(url_cleanup),
	    CALL(url_get),
	    CALL(url_set),
#undef CALL
	};
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *call;
	size_t i;

	if (library == NULL) {
		snprintf(why, sizeof(why), "%s", dlerror());
		return;
	}
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		call = dlsym(library, calls[i].name);
		if (call == NULL) {
			snprintf(why, sizeof(why), LIBRARY ": no %s", calls[i].name);
			return;
		}
		memcpy((char *)&rai_curl + calls[i].at, &call, sizeof(call));
	}
}

int
rai_curl_open(struct rai_err *err)
{
	pthread_once(&once, open_library);
	return why[0] == '\0' ? 0 : rai_fail(err, RAI_ESYS, "%s (HTTP needs libcurl)", why);
}
