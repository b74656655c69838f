/* What is read as a statement is written, read again and written to the same bytes. */
#include "ledger/history.h"
#include "ledger/message.h"

#include <string.h>

#include "fuzz.h"

static void
check_message(const struct rai_release *r)
{
	struct rai_buf message = RAI_BUF_INIT((size_t)8 << 20);
	char version[200];

	rai_message_release(&message, r, NULL);
	if (!message.bad && strlen(r->version) < sizeof(version) &&
	    (rai_trailer_get(message.ptr, "Version", version, sizeof(version)) != 0 ||
		strcmp(version, r->version) != 0))
		abort();
	rai_buf_free(&message);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rai_buf a = RAI_BUF_INIT((size_t)8 << 20), b = RAI_BUF_INIT((size_t)8 << 20);
	struct rai_release r, again;
	struct rai_tombstone t;

	if (rai_tombstone_read((const char *)data, size, &t, NULL) == 0)
		rai_json_free(t.doc);
	if (rai_release_read((const char *)data, size, &r, NULL) != 0)
		return 0;
	check_message(&r);
	rai_release_write(&a, &r);
	if (!a.bad && a.len <= RAI_RELEASE_MAX) {
		if (rai_release_read(a.ptr, a.len, &again, NULL) != 0)
			abort();
		rai_release_write(&b, &again);
		if (a.len != b.len || memcmp(a.ptr, b.ptr, a.len) != 0)
			abort();
		rai_release_free(&again);
	}
	rai_release_free(&r);
	rai_buf_free(&a);
	rai_buf_free(&b);
	return 0;
}
