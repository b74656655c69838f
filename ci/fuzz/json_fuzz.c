/* What parses can be written, and what was written parses to the same text again. */
#include "json/event.h"
#include "json/json.h"

#include <string.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rai_buf a = RAI_BUF_INIT((size_t)8 << 20), b = RAI_BUF_INIT((size_t)8 << 20);
	struct rai_event event;
	struct cJSON *j, *k;
	struct rai_jw w;

	j = rai_json_parse((const char *)data, size, NULL);
	if (j == NULL)
		return 0;
	(void)rai_event_read(j, &event, NULL);
	rai_jw_init(&w, &a);
	rai_jw_node(&w, NULL, j);
	rai_json_free(j);
	k = rai_json_parse(a.ptr, a.len, NULL);
	if (!a.bad) {
		if (k == NULL)
			abort();
		rai_jw_init(&w, &b);
		rai_jw_node(&w, NULL, k);
		if (a.len != b.len || memcmp(a.ptr, b.ptr, a.len) != 0)
			abort();
	}
	rai_json_free(k);
	rai_buf_free(&a);
	rai_buf_free(&b);
	return 0;
}
