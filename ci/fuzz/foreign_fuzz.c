/*
 * Models of other libraries from anywhere: what is read answers every row, twice the same, and
 * with probabilities where it is a classifier.
 */
#include <math.h>
#include <string.h>

#include "explain.h"
#include "fuzz.h"
#include "model/import.h"

static void
ask(const struct rai_pipeline *p, double value)
{
	double x[64], a[RAI_CLASSES], b[RAI_CLASSES], sum = 0;
	size_t j;

	for (j = 0; j < 64; j++)
		x[j] = value;
	p->fitted.kind->predict(&p->fitted, x, a);
	p->fitted.kind->predict(&p->fitted, x, b);
	if (memcmp(a, b, rai_pipeline_outputs(p) * sizeof(*a)) != 0)
		abort();
	for (j = 0; j < p->fitted.nclass; j++)
		sum += a[j];
	if (p->fitted.nclass > 0 && !(fabs(sum - 1) < 1e-6) && !isnan(sum))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum rai_import format = rai_import_sniff(data, size);
	struct rai_pipeline p;
	struct rai_schema s;

	if (format == RAI_IMPORT_NOT ||
	    rai_import_read(format, (const char *)data, size, &s, &p, NULL) != 0)
		return 0;
	if (p.fitted.width <= 64) {
		ask(&p, NAN);
		ask(&p, 3);
		ask(&p, -1e300);
		fuzz_explain(&p);
	}
	rai_pipeline_release(&p);
	rai_schema_release(&s);
	return 0;
}
