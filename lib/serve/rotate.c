#include "serve/rotate.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"

static void
name(const char *path, unsigned i, struct rai_buf *out)
{
	rai_buf_clear(out);
	rai_buf_str(out, path);
	if (i > 0)
		rai_buf_printf(out, ".%u", i);
}

int
rai_serve_rotate(const char *path, unsigned keep, struct rai_err *err)
{
	struct rai_buf from = RAI_BUF_INIT(SIZE_MAX / 2), to = RAI_BUF_INIT(SIZE_MAX / 2);
	unsigned i;
	int rc = keep == 0 ? unlink(path) : 0;

	for (i = keep; rc == 0 && i > 0; i--) {
		name(path, i, &to);
		name(path, i - 1, &from);
		rc = from.bad || to.bad ? -1 : rename(from.ptr, to.ptr);
		if (rc != 0 && i > 1 && errno == ENOENT)
			rc = 0; /* there are not so many yet */
	}
	if (rc != 0)
		rai_fail_errno(err, "%s", keep == 0 ? path : from.ptr);
	rai_buf_free(&from);
	rai_buf_free(&to);
	return rc;
}
