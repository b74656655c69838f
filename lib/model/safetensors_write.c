#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"
#include "model/safetensors.h"

/* Numbers are written as they lie in memory, which must be the format's order. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "model files are little-endian");

static const struct {
	const char *name;
	size_t bytes;
} written[] = {
    [RAI_DTYPE_F64] = {"F64", 8},
    [RAI_DTYPE_I64] = {"I64", 8},
    [RAI_DTYPE_I32] = {"I32", 4},
    [RAI_DTYPE_U32] = {"U32", 4},
    [RAI_DTYPE_U16] = {"U16", 2},
    [RAI_DTYPE_U8] = {"U8", 1},
};

void
rai_safetensors_add(struct rai_safetensors_out *o, const char *name, enum rai_dtype dtype,
    size_t rows, size_t columns, const void *data)
{
	struct rai_tensor *t;

	assert(o->ntensor < RAI_SAFETENSORS_OUT && dtype < RAI_DTYPE_OTHER);
	t = &o->tensor[o->ntensor++];
	memset(t, 0, sizeof(*t));
	t->name = name;
	t->dtype = dtype;
	t->shape[0] = rows;
	t->shape[1] = columns;
	t->rank = columns > 0 ? 2 : rows > 0 ? 1 : 0;
	t->data = data;
	t->bytes = written[dtype].bytes * (rows > 0 ? rows : 1) * (columns > 0 ? columns : 1);
}

void
rai_safetensors_add_meta(struct rai_safetensors_out *o, const char *key, const char *value)
{
	assert(o->nmeta < RAI_SAFETENSORS_OUT);
	o->meta[o->nmeta++] = (struct rai_meta){key, value};
}

static int
by_size_and_name(const void *a, const void *b)
{
	const struct rai_tensor *x = a, *y = b;
	size_t xs = written[x->dtype].bytes, ys = written[y->dtype].bytes;

	if (xs != ys)
		return xs > ys ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct rai_meta *)a)->key, ((const struct rai_meta *)b)->key);
}

static void
write_tensor(struct rai_jw *w, const struct rai_tensor *t, uint64_t at)
{
	size_t i;

	rai_jw_object(w, t->name);
	rai_jw_str(w, "dtype", written[t->dtype].name);
	rai_jw_array(w, "shape");
	for (i = 0; i < t->rank; i++)
		rai_jw_int(w, NULL, (int64_t)t->shape[i]);
	rai_jw_end(w);
	rai_jw_array(w, "data_offsets");
	rai_jw_int(w, NULL, (int64_t)at);
	rai_jw_int(w, NULL, (int64_t)(at + t->bytes));
	rai_jw_end(w);
	rai_jw_end(w);
}

void
rai_safetensors_sort(struct rai_safetensors_out *o)
{
	qsort(o->tensor, o->ntensor, sizeof(o->tensor[0]), by_size_and_name);
	qsort(o->meta, o->nmeta, sizeof(o->meta[0]), by_key);
}

void
rai_safetensors_render(struct rai_safetensors_out *o, struct rai_buf *out)
{
	struct rai_buf header = RAI_BUF_INIT(RAI_SAFETENSORS_HEADER);
	struct rai_jw w;
	uint64_t at = 0, length;
	size_t i;

	rai_safetensors_sort(o);
	rai_jw_init(&w, &header);
	rai_jw_object(&w, NULL);
	if (o->nmeta > 0) {
		rai_jw_object(&w, "__metadata__");
		for (i = 0; i < o->nmeta; i++)
			rai_jw_str(&w, o->meta[i].key, o->meta[i].value);
		rai_jw_end(&w);
	}
	for (i = 0; i < o->ntensor; i++) {
		write_tensor(&w, &o->tensor[i], at);
		at += o->tensor[i].bytes;
	}
	rai_jw_end(&w);
	while (header.len % 8 != 0 && !header.bad)
		rai_buf_char(&header, ' ');
	out->bad |= header.bad;
	length = header.len;
	rai_buf_add(out, &length, sizeof(length));
	rai_buf_add(out, header.ptr, header.len);
	for (i = 0; i < o->ntensor; i++)
		rai_buf_add(out, o->tensor[i].data, o->tensor[i].bytes);
	rai_buf_free(&header);
}
