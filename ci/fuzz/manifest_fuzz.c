/* Any text is read or refused with a place; what is read makes a process, and twice the same hash.
 */
#include <string.h>

#include "host/template.h"

#include "fuzz.h"

static void
use(const struct rai_host_deployment *d)
{
	const char *const base[] = {"PATH=/bin", NULL};
	struct rai_buf live = RAI_BUF_INIT(1 << 22);
	char again[RAI_HASH_HEX];
	struct rai_host_spec spec;

	if (d->replicas < 0 || d->surge < 0 || d->unavailable < 0 || d->command[0] == NULL)
		abort();
	if (rai_host_template_hash(d, again, NULL) != 0 || strcmp(again, d->hash) != 0)
		abort();
	if (rai_host_spec_make(d, "fuzz-0", base, &spec, NULL) == 0)
		rai_host_spec_release(&spec);
	rai_host_live_text(d, "0", &live, NULL);
	rai_buf_free(&live);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_host_manifest m;
	size_t i;

	memset(&m, 0, sizeof(m));
	if (rai_host_manifest_add(&m, "fuzz", (const char *)data, size, &err) != 0 ||
	    rai_host_manifest_link(&m, NULL, 0, &err) != 0) {
		if (err.msg[0] == '\0')
			abort();
	} else
		for (i = 0; i < m.n_deployments; i++)
			use(&m.deployment[i]);
	rai_host_manifest_free(&m);
	return 0;
}
