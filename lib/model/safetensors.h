#ifndef RAI_MODEL_SAFETENSORS_H
#define RAI_MODEL_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Files in the safetensors format: 8 bytes little-endian header length, a JSON header that names
 * the tensors, then their bytes.  A reader of foreign bytes: every size, offset and name is
 * checked before use, in the order of the reference reader; beyond it, a name that stands twice
 * is refused.
 */
enum rai_dtype { /* in files' digests, so that each keeps its number */
	RAI_DTYPE_F64,
	RAI_DTYPE_I64,
	RAI_DTYPE_I32,
	RAI_DTYPE_U8,
	RAI_DTYPE_U32,
	RAI_DTYPE_U16,
	RAI_DTYPE_OTHER,
};

#define RAI_SAFETENSORS_RANK 8
#define RAI_SAFETENSORS_HEADER ((uint64_t)100000000) /* largest header accepted */

struct rai_tensor {
	const char *name;
	enum rai_dtype dtype;
	uint64_t shape[RAI_SAFETENSORS_RANK]; /* rank of them */
	size_t rank;
	const void *data; /* bytes of them, little-endian, in C order */
	size_t bytes;
};

struct rai_meta {
	const char *key, *value;
};

/* Tensors in file order, metadata as it stands in the header. */
struct rai_safetensors {
	struct rai_tensor *tensor; /* ntensor */
	size_t ntensor;
	struct rai_meta *meta; /* nmeta */
	size_t nmeta;
	struct cJSON *header; /* owns the names and values */
	void *map;            /* the mapped file, or NULL */
	size_t map_bytes;
};

/* The n bytes at p, which must outlive *out. */
int rai_safetensors_parse(
    const void *p, size_t n, struct rai_safetensors *out, struct rai_err *err);

/*
 * The bytes of a file in memory of one's own, where nobody changes them by writing into the file;
 * freed with munmap(*map, *bytes), or by rai_safetensors_release() when they are its map.
 */
int rai_safetensors_copy(const char *path, void **map, size_t *bytes, struct rai_err *err);

/* Maps the file read-only. */
int rai_safetensors_open(const char *path, struct rai_safetensors *out, struct rai_err *err);
void rai_safetensors_release(struct rai_safetensors *s);

const struct rai_tensor *rai_safetensors_find(const struct rai_safetensors *s, const char *name);

/*
 * The numbers of a tensor of dtype F64 and of this shape (as in rai_safetensors_add()), in place.
 * RAI_EINPUT when it is missing, of another dtype or shape, not aligned, or not all finite.
 */
int rai_safetensors_f64(const struct rai_safetensors *s, const char *name, size_t rows,
    size_t columns, const double **out, struct rai_err *err);
const char *rai_safetensors_meta(const struct rai_safetensors *s, const char *key);

/*
 * A file to be written: names, shapes and data belong to the caller until it is rendered.
 * Metadata comes first, sorted by key; tensors by element size descending, then by name, as the
 * reference writer does; the header is padded with blanks to a multiple of 8.
 */
#define RAI_SAFETENSORS_OUT 32

struct rai_safetensors_out {
	struct rai_tensor tensor[RAI_SAFETENSORS_OUT];
	size_t ntensor;
	struct rai_meta meta[RAI_SAFETENSORS_OUT];
	size_t nmeta;
};

/* rows and columns are the shape; columns 0: a vector; both 0: a scalar. */
void rai_safetensors_add(struct rai_safetensors_out *o, const char *name, enum rai_dtype dtype,
    size_t rows, size_t columns, const void *data);
void rai_safetensors_add_meta(struct rai_safetensors_out *o, const char *key, const char *value);

/* Puts metadata and tensors into the file's order. */
void rai_safetensors_sort(struct rai_safetensors_out *o);

/* Appends the file's bytes to out; sorts o. */
void rai_safetensors_render(struct rai_safetensors_out *o, struct rai_buf *out);

#endif
