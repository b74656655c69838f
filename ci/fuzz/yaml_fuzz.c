/* Any text either parses or is refused with a position; every node's bytes lie inside the text. */
#include "conf/loop.h"
#include "conf/yaml.h"

#include "fuzz.h"

static void
inside(const struct rai_yaml *y, size_t size)
{
	size_t i;

	if (y->start > y->end || y->end > size)
		abort();
	for (i = 0; i < y->n; i++) {
		if (y->key != NULL)
			inside(y->key[i], size);
		inside(y->item[i], size);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rai_yaml_docs docs;
	struct rai_loop loop;
	struct rai_err err = RAI_ERR_INIT;
	size_t i;

	if (rai_yaml_parse("fuzz", (const char *)data, size, &docs, &err) == 0) {
		for (i = 0; i < docs.n; i++)
			inside(docs.doc[i], size);
		rai_yaml_free(&docs);
	} else if (err.msg[0] == '\0')
		abort();
	if (rai_loop_parse("fuzz", (const char *)data, size, &loop, &err) == 0)
		rai_loop_free(&loop);
	return 0;
}
