/*
 * Model files from anywhere: what parses as safetensors keeps its promises about sizes, and what
 * opens as a model answers a row, twice the same.
 */
#include "model/model.h"
#include "model/safetensors.h"

#include <math.h>
#include <string.h>

#include "fuzz.h"

static void
check_tensors(const uint8_t *data, size_t size)
{
	struct rai_safetensors s;
	size_t i, sum = 0;

	if (rai_safetensors_parse(data, size, &s, NULL) != 0)
		return;
	for (i = 0; i < s.ntensor; i++) {
		const uint8_t *p = s.tensor[i].data;

		if (p < data || s.tensor[i].bytes > size - (size_t)(p - data))
			abort();
		sum += s.tensor[i].bytes;
		if (rai_safetensors_find(&s, s.tensor[i].name) != &s.tensor[i])
			abort();
	}
	if (sum > size)
		abort();
	rai_safetensors_release(&s);
}

static void
check_model(const uint8_t *data, size_t size)
{
	struct rai_cell cell[64];
	struct rai_model *m;
	double a, b;
	size_t j;

	if (rai_model_parse(data, size, &m, NULL) != 0)
		return;
	for (j = 0; j < 64; j++)
		cell[j] = (struct rai_cell){NAN, RAI_CODE_MISSING};
	if (rai_model_schema(m)->n <= 64) {
		a = rai_model_predict(m, cell);
		b = rai_model_predict(m, cell);
		if (memcmp(&a, &b, sizeof(a)) != 0)
			abort();
	}
	rai_model_free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_tensors(data, size);
	check_model(data, size);
	return 0;
}
