#include "conf/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"

int
rai_secret_read(const char *reference, char **out, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(65536);
	const char *value;

	if (strncmp(reference, "env:", 4) == 0) {
		value = getenv(reference + 4);
		if (value == NULL || *value == '\0')
			return rai_fail(
			    err, RAI_EINPUT, "environment variable %s is not set", reference + 4);
		*out = strdup(value);
		return *out == NULL ? rai_fail_memory(err) : 0;
	}
	if (strncmp(reference, "file:", 5) != 0)
		return rai_fail(err, RAI_EINPUT, "a secret must be given as env:NAME or file:PATH");
	if (rai_file_read(reference + 5, &text, err) != 0) {
		rai_buf_free(&text);
		return -1;
	}
	text.ptr[strcspn(text.ptr, "\r\n")] = '\0';
	if (text.ptr[0] == '\0') {
		rai_buf_free(&text);
		return rai_fail(err, RAI_EINPUT, "%s: the secret is empty", reference + 5);
	}
	*out = rai_buf_take(&text);
	return *out == NULL ? rai_fail_memory(err) : 0;
}
