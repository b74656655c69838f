/*
 * Model files from anywhere: what parses as safetensors keeps its promises about sizes, and what
 * opens as a model answers a row, twice the same.
 */
#include "model/kind.h"
#include "model/model.h"
#include "model/safetensors.h"
#include "model/save.h"

#include <math.h>
#include <string.h>

#include "explain.h"
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
	double a[RAI_CLASSES], b[RAI_CLASSES];
	size_t j;

	if (rai_model_parse(data, size, &m, NULL) != 0)
		return;
	for (j = 0; j < 64; j++)
		cell[j] = (struct rai_cell){NAN, RAI_CODE_MISSING};
	if (rai_model_schema(m)->n <= 64) {
		rai_model_predict(m, cell, a);
		rai_model_predict(m, cell, b);
		if (memcmp(a, b, rai_model_outputs(m) * sizeof(*a)) != 0)
			abort();
		fuzz_explain(rai_model_pipeline(m));
	}
	rai_model_free(m);
}

/* The same content under its right digest, so that what lies behind that check is reached. */
static void
check_resealed(const uint8_t *data, size_t size)
{
	static struct rai_safetensors_out o;
	struct rai_buf out = RAI_BUF_INIT((size_t)4 << 20);
	char digest[RAI_HASH_DIGEST];
	struct rai_safetensors s;
	size_t i;

	if (rai_safetensors_parse(data, size, &s, NULL) != 0)
		return;
	memset(&o, 0, sizeof(o));
	for (i = 0; i < s.nmeta && o.nmeta < RAI_SAFETENSORS_OUT - 1; i++)
		if (strcmp(s.meta[i].key, "rai.content_digest") != 0)
			o.meta[o.nmeta++] = s.meta[i];
	for (i = 0; i < s.ntensor && o.ntensor < RAI_SAFETENSORS_OUT; i++)
		if (s.tensor[i].dtype != RAI_DTYPE_OTHER)
			o.tensor[o.ntensor++] = s.tensor[i];
	rai_safetensors_sort(&o);
	if (rai_model_content_digest(o.meta, o.nmeta, o.tensor, o.ntensor, digest, NULL) == 0) {
		rai_safetensors_add_meta(&o, "rai.content_digest", digest);
		rai_safetensors_render(&o, &out);
		if (!out.bad)
			check_model((const uint8_t *)out.ptr, out.len);
	}
	rai_buf_free(&out);
	rai_safetensors_release(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_tensors(data, size);
	check_model(data, size);
	check_resealed(data, size);
	return 0;
}
