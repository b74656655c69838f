#include "net/curl.h"

#include <pthread.h>
#include <stddef.h>

#include "base/library.h"

struct rai_curl rai_curl;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int opened; /* as rai_library_open() says */
static struct rai_err why = RAI_ERR_INIT;

/* The name of the interface that curl/curl.h describes, as the linker would note it. */
#define LIBRARY "libcurl.so.4"

static void
open_library(void)
{
	static const struct rai_library_call calls[] = {
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

	opened =
	    rai_library_open(LIBRARY, calls, sizeof(calls) / sizeof(calls[0]), &rai_curl, &why);
}

int
rai_curl_open(struct rai_err *err)
{
	pthread_once(&once, open_library);
	return opened == 0 ? 0 : rai_fail(err, RAI_ESYS, "%s (HTTP needs libcurl)", why.msg);
}
