#include "model/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/large.h"
#include "json/json.h"
#include "json/utf8.h"

static const struct {
	const char *name;
	unsigned bits;
	enum rai_dtype dtype;
} dtypes[] = {
    {"F64", 64, RAI_DTYPE_F64},
    {"I64", 64, RAI_DTYPE_I64},
    {"I32", 32, RAI_DTYPE_I32},
    {"U8", 8, RAI_DTYPE_U8},
    {"BOOL", 8, RAI_DTYPE_OTHER},
    {"I8", 8, RAI_DTYPE_OTHER},
    {"F8_E5M2", 8, RAI_DTYPE_OTHER},
    {"F8_E4M3", 8, RAI_DTYPE_OTHER},
    {"F8_E8M0", 8, RAI_DTYPE_OTHER},
    {"F8_E4M3FNUZ", 8, RAI_DTYPE_OTHER},
    {"F8_E5M2FNUZ", 8, RAI_DTYPE_OTHER},
    {"I16", 16, RAI_DTYPE_OTHER},
    {"U16", 16, RAI_DTYPE_U16},
    {"F16", 16, RAI_DTYPE_OTHER},
    {"BF16", 16, RAI_DTYPE_OTHER},
    {"U32", 32, RAI_DTYPE_U32},
    {"F32", 32, RAI_DTYPE_OTHER},
    {"U64", 64, RAI_DTYPE_OTHER},
    {"C64", 64, RAI_DTYPE_OTHER},
    {"F4", 4, RAI_DTYPE_OTHER},
    {"F6_E2M3", 6, RAI_DTYPE_OTHER},
    {"F6_E3M2", 6, RAI_DTYPE_OTHER},
};
#define NDTYPE (sizeof(dtypes) / sizeof(dtypes[0]))

/* What the header says of one tensor, before it is believed. */
struct entry {
	const char *name;
	size_t dtype; /* index into dtypes */
	uint64_t shape[RAI_SAFETENSORS_RANK];
	size_t rank;
	uint64_t begin, end; /* bytes in the buffer, end exclusive */
};

static int
whole_number(const struct cJSON *j, uint64_t *out)
{
	double v;

	if (rai_json_kind(j) != RAI_JSON_NUM)
		return -1;
	v = rai_json_as_num(j);
	if (!(v >= 0 && v < 18446744073709551616.0) || v != (double)(uint64_t)v)
		return -1;
	*out = (uint64_t)v;
	return 0;
}

static int
read_shape(const struct cJSON *shape, struct entry *e, struct rai_err *err)
{
	const struct cJSON *j;

	for (j = rai_json_first(shape); j != NULL; j = rai_json_next(j)) {
		if (e->rank == RAI_SAFETENSORS_RANK)
			return rai_fail(err, RAI_EINPUT,
			    "tensor \"%.64s\": more than %d dimensions", e->name,
			    RAI_SAFETENSORS_RANK);
		if (whole_number(j, &e->shape[e->rank++]) != 0)
			return rai_fail(err, RAI_EINPUT,
			    "tensor \"%.64s\": a dimension is not a whole number, 0 or more",
			    e->name);
	}
	return 0;
}

/* A field that stands twice would mean different things to different readers. */
static int
check_fields(const struct cJSON *obj, const char *name, struct rai_err *err)
{
	static const char *const field[] = {"dtype", "shape", "data_offsets"};
	const struct cJSON *j;
	size_t i, seen[3] = {0, 0, 0};

	for (j = rai_json_first(obj); j != NULL; j = rai_json_next(j))
		for (i = 0; i < 3; i++)
			seen[i] += strcmp(rai_json_key(j), field[i]) == 0;
	for (i = 0; i < 3; i++)
		if (seen[i] > 1)
			return rai_fail(err, RAI_EINPUT, "tensor \"%.64s\": \"%s\" stands twice",
			    name, field[i]);
	return 0;
}

static int
read_entry(const struct cJSON *obj, struct entry *e, struct rai_err *err)
{
	const struct cJSON *shape, *offsets, *first;
	const char *dtype;

	memset(e, 0, sizeof(*e));
	e->name = rai_json_key(obj);
	if (rai_json_kind(obj) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "header: \"%.64s\" must be an object", e->name);
	if (check_fields(obj, e->name, err) != 0)
		return -1;
	if (rai_json_str(obj, "dtype", &dtype, err) != 0 ||
	    rai_json_array(obj, "shape", &shape, err) != 0 ||
	    rai_json_array(obj, "data_offsets", &offsets, err) != 0)
		return rai_wrap(err, "tensor \"%.64s\"", e->name);
	while (e->dtype < NDTYPE && strcmp(dtypes[e->dtype].name, dtype) != 0)
		e->dtype++;
	if (e->dtype == NDTYPE)
		return rai_fail(
		    err, RAI_EINPUT, "tensor \"%.64s\": unknown dtype \"%.32s\"", e->name, dtype);
	if (read_shape(shape, e, err) != 0)
		return -1;
	first = rai_json_first(offsets);
	if (rai_json_count(offsets) != 2 || whole_number(first, &e->begin) != 0 ||
	    whole_number(rai_json_next(first), &e->end) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "tensor \"%.64s\": \"data_offsets\" must be two whole numbers", e->name);
	return 0;
}

static int
by_offset(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct rai_meta *)a)->key, ((const struct rai_meta *)b)->key);
}

/* The sizes that shape and offsets state must agree, without overflow. */
static int
check_size(const struct entry *e, struct rai_err *err)
{
	uint64_t size = dtypes[e->dtype].bits;
	size_t i;

	for (i = 0; i < e->rank; i++)
		if (__builtin_mul_overflow(size, e->shape[i], &size))
			return rai_fail(
			    err, RAI_EINPUT, "tensor \"%.64s\": its shape overflows", e->name);
	if (size % 8 != 0)
		return rai_fail(
		    err, RAI_EINPUT, "tensor \"%.64s\": does not end at a whole byte", e->name);
	if (e->end - e->begin != size / 8)
		return rai_fail(
		    err, RAI_EINPUT, "tensor \"%.64s\": shape and data_offsets disagree", e->name);
	return 0;
}

static int
check_entries(const struct entry *e, size_t n, uint64_t buffer, struct rai_err *err)
{
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < n; at = e[i++].end)
		if (e[i].begin != at || e[i].end < e[i].begin)
			return rai_fail(err, RAI_EINPUT,
			    "tensor \"%.64s\": its bytes leave a hole or overlap", e[i].name);
	for (i = 0; i < n; i++)
		if (check_size(&e[i], err) != 0)
			return -1;
	if (at != buffer)
		return rai_fail(err, RAI_EINPUT,
		    "the tensors need %llu bytes, where the file holds %llu",
		    (unsigned long long)at, (unsigned long long)buffer);
	return 0;
}

static int
read_meta(const struct cJSON *obj, struct rai_safetensors *out, struct rai_err *err)
{
	const struct cJSON *j;
	size_t i;

	if (rai_json_kind(obj) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "header: \"__metadata__\" must be an object");
	out->meta = calloc(rai_json_count(obj) + 1, sizeof(*out->meta));
	if (out->meta == NULL)
		return rai_fail_memory(err);
	for (j = rai_json_first(obj); j != NULL; j = rai_json_next(j)) {
		if (rai_json_kind(j) != RAI_JSON_STR)
			return rai_fail(err, RAI_EINPUT,
			    "header: metadata \"%.64s\" must be a string", rai_json_key(j));
		out->meta[out->nmeta++] = (struct rai_meta){rai_json_key(j), rai_json_as_str(j)};
	}
	qsort(out->meta, out->nmeta, sizeof(*out->meta), by_key);
	for (i = 1; i < out->nmeta; i++)
		if (strcmp(out->meta[i - 1].key, out->meta[i].key) == 0)
			return rai_fail(err, RAI_EINPUT, "header: metadata \"%.64s\" stands twice",
			    out->meta[i].key);
	return 0;
}

/* Names are sorted on the side to find one that stands twice. */
static int
check_names(const struct entry *e, size_t n, struct rai_err *err)
{
	struct rai_meta *name = calloc(n + 1, sizeof(*name));
	size_t i;
	int rc = 0;

	if (name == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++)
		name[i].key = e[i].name;
	qsort(name, n, sizeof(*name), by_key);
	for (i = 1; i < n && rc == 0; i++)
		if (strcmp(name[i - 1].key, name[i].key) == 0)
			rc =
			    rai_fail(err, RAI_EINPUT, "tensor \"%.64s\" stands twice", name[i].key);
	free(name);
	return rc;
}

/* Fills e (room for every member of the header) and out's metadata; *n entries. */
static int
read_header(struct rai_safetensors *out, struct entry *e, size_t *n, struct rai_err *err)
{
	const struct cJSON *j;

	for (j = rai_json_first(out->header); j != NULL; j = rai_json_next(j)) {
		if (strcmp(rai_json_key(j), "__metadata__") == 0) {
			if (out->meta != NULL)
				return rai_fail(
				    err, RAI_EINPUT, "header: \"__metadata__\" stands twice");
			if (read_meta(j, out, err) != 0)
				return -1;
		} else if (read_entry(j, &e[(*n)++], err) != 0)
			return -1;
	}
	return check_names(e, *n, err);
}

static int
take_entries(struct rai_safetensors *out, const struct entry *e, size_t n,
    const unsigned char *buffer, struct rai_err *err)
{
	size_t i;

	out->tensor = calloc(n + 1, sizeof(*out->tensor));
	if (out->tensor == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++) {
		struct rai_tensor *t = &out->tensor[out->ntensor++];

		t->name = e[i].name;
		t->dtype = dtypes[e[i].dtype].dtype;
		memcpy(t->shape, e[i].shape, sizeof(t->shape));
		t->rank = e[i].rank;
		t->data = buffer + e[i].begin;
		t->bytes = (size_t)(e[i].end - e[i].begin);
	}
	return 0;
}

/* *start: where the buffer begins */
static int
parse_header(const unsigned char *p, size_t n, struct rai_safetensors *out, size_t *start,
    struct rai_err *err)
{
	uint64_t header = 0;
	int i;

	if (n < 8)
		return rai_fail(err, RAI_EINPUT, "too short for a safetensors file");
	for (i = 7; i >= 0; i--)
		header = header << 8 | p[i];
	if (header > RAI_SAFETENSORS_HEADER)
		return rai_fail(err, RAI_EINPUT, "not a safetensors file: header too large");
	if (header > n - 8)
		return rai_fail(err, RAI_EINPUT, "the header goes past the end of the file");
	if (rai_utf8_valid((const char *)p + 8, (size_t)header) != 0)
		return rai_fail(err, RAI_EINPUT, "the header is not UTF-8");
	*start = 8 + (size_t)header;
	out->header = rai_json_parse((const char *)p + 8, (size_t)header, err);
	if (out->header == NULL)
		return rai_wrap(err, "header");
	if (rai_json_kind(out->header) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "the header is not a JSON object");
	return 0;
}

int
rai_safetensors_parse(const void *p, size_t n, struct rai_safetensors *out, struct rai_err *err)
{
	struct entry *e = NULL;
	size_t nentry = 0, start = 0;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (parse_header(p, n, out, &start, err) != 0)
		goto out;
	e = calloc(rai_json_count(out->header) + 1, sizeof(*e));
	if (e == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (read_header(out, e, &nentry, err) != 0)
		goto out;
	qsort(e, nentry, sizeof(*e), by_offset);
	if (check_entries(e, nentry, n - start, err) != 0 ||
	    take_entries(out, e, nentry, (const unsigned char *)p + start, err) != 0)
		goto out;
	rc = 0;
out:
	free(e);
	if (rc != 0)
		rai_safetensors_release(out);
	return rc;
}

/* A descriptor of a regular file that may be one of ours, and its size; -1. */
static int
open_file(const char *path, size_t *bytes, struct rai_err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); /* a pipe would wait */

	if (fd < 0)
		return rai_fail_errno(err, "%s", path);
	if (fstat(fd, &st) != 0)
		rai_fail_errno(err, "%s", path);
	else if (!S_ISREG(st.st_mode) || st.st_size < 8)
		rai_fail(err, RAI_EINPUT, "%s: not a safetensors file: %s", path,
		    S_ISREG(st.st_mode) ? "too short" : "not a regular file");
	else {
		*bytes = (size_t)st.st_size;
		return fd;
	}
	close(fd);
	return -1;
}

/* All n bytes. */
static int
read_whole(int fd, char *p, size_t n, const char *path, struct rai_err *err)
{
	ssize_t got;

	while (n > 0) {
		got = read(fd, p, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return rai_fail_errno(err, "%s: read", path);
		if (got == 0)
			return rai_fail(
			    err, RAI_EINPUT, "%s: became shorter while it was read", path);
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

int
rai_safetensors_copy(const char *path, void **map, size_t *bytes, struct rai_err *err)
{
	int fd = open_file(path, bytes, err), rc = -1;

	if (fd < 0)
		return -1;
	*map = rai_large_map(*bytes);
	if (*map == NULL)
		rai_fail_errno(err, "%s: memory", path);
	else {
		rc = read_whole(fd, *map, *bytes, path, err);
		if (rc != 0)
			munmap(*map, *bytes);
	}
	close(fd);
	return rc;
}

int
rai_safetensors_open(const char *path, struct rai_safetensors *out, struct rai_err *err)
{
	size_t bytes;
	void *map;
	int fd;

	memset(out, 0, sizeof(*out));
	fd = open_file(path, &bytes, err);
	if (fd < 0)
		return -1;
	map = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED) {
		rai_fail_errno(err, "%s: mmap", path);
		close(fd);
		return -1;
	}
	close(fd);
	if (rai_safetensors_parse(map, bytes, out, err) != 0) {
		munmap(map, bytes);
		return rai_wrap(err, "%s", path);
	}
	out->map = map;
	out->map_bytes = bytes;
	return 0;
}

void
rai_safetensors_release(struct rai_safetensors *s)
{
	if (s->map != NULL)
		munmap(s->map, s->map_bytes);
	free(s->tensor);
	free(s->meta);
	rai_json_free(s->header);
	memset(s, 0, sizeof(*s));
}

const struct rai_tensor *
rai_safetensors_find(const struct rai_safetensors *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->ntensor; i++)
		if (strcmp(s->tensor[i].name, name) == 0)
			return &s->tensor[i];
	return NULL;
}

int
rai_safetensors_f64(const struct rai_safetensors *s, const char *name, size_t rows, size_t columns,
    const double **out, struct rai_err *err)
{
	const struct rai_tensor *t = rai_safetensors_find(s, name);
	size_t rank = columns > 0 ? 2 : rows > 0 ? 1 : 0, i;

	if (t == NULL || t->dtype != RAI_DTYPE_F64 || t->rank != rank ||
	    (rank > 0 && t->shape[0] != rows) || (rank > 1 && t->shape[1] != columns))
		return rai_fail(err, RAI_EINPUT,
		    "tensor \"%s\" must be %zu x %zu numbers of dtype F64", name,
		    rows > 0 ? rows : 1, columns > 0 ? columns : 1);
	if ((uintptr_t)t->data % sizeof(double) != 0)
		return rai_fail(err, RAI_EINPUT, "tensor \"%s\" is not aligned", name);
	*out = t->data;
	for (i = 0; i < t->bytes / sizeof(double); i++)
		if (!isfinite((*out)[i]))
			return rai_fail(
			    err, RAI_EINPUT, "tensor \"%s\" is not finite at %zu", name, i);
	return 0;
}

const char *
rai_safetensors_meta(const struct rai_safetensors *s, const char *key)
{
	size_t i;

	for (i = 0; i < s->nmeta; i++)
		if (strcmp(s->meta[i].key, key) == 0)
			return s->meta[i].value;
	return NULL;
}
