#include "model/safetensors.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tap.h"

#define ENTRY(name, dtype, shape, from, to)                                                  \
	"\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #from \
	"," #to "]}"
#define F32_4 ENTRY("w", "F32", "[2,2]", 0, 16)

/*
 * The verdicts of the reference reader on files of these kinds, in the order of its checks; want
 * is a piece of our message, NULL where the file is good.  The one difference: a name that stands
 * twice, where the reference takes the last, is refused.
 */
static const struct {
	const char *what, *header;
	int64_t length; /* stated length of the header; -1: the true one */
	size_t buffer;  /* bytes after the header */
	const char *want;
} cases[] = {
    {"a matrix", "{" F32_4 "}", -1, 16, NULL},
    {"no tensors", "{}", -1, 0, NULL},
    {"metadata alone", "{\"__metadata__\":{\"a\":\"b\"}}", -1, 0, NULL},
    {"trailing blanks and line breaks", "{" F32_4 "} \n\n", -1, 16, NULL},
    {"a leading blank", " {" F32_4 "}", -1, 16, NULL},
    {"a header of odd length", "{" F32_4 "} ", -1, 16, NULL},
    {"a field nobody knows",
	"{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],"
	"\"more\":[2]}}",
	-1, 1, NULL},
    {"a scalar and an empty tensor",
	"{" ENTRY("a", "F64", "[]", 0, 8) "," ENTRY("b", "I64", "[0,3]", 8, 8) "}", -1, 8, NULL},
    {"two 4-bit numbers in a byte", "{" ENTRY("w", "F4", "[2]", 0, 1) "}", -1, 1, NULL},
    {"the largest header stated", "{}", 100000001, 0, "header too large"},
    {"a header past the end", "{}", 100, 0, "past the end"},
    {"a length that would overflow", "{}", INT64_MAX, 0, "header too large"},
    {"bytes that are not UTF-8", "{\"\xff\":1}", -1, 0, "not UTF-8"},
    {"an empty header", "", -1, 0, "empty"},
    {"no JSON", "weights", -1, 0, "not JSON"},
    {"an array", "[]", -1, 0, "not a JSON object"},
    {"two values", "{}{}", -1, 0, "text after"},
    {"an entry that is no object", "{\"w\":1}", -1, 0, "must be an object"},
    {"no dtype", "{\"w\":{\"shape\":[1],\"data_offsets\":[0,1]}}", -1, 1, "dtype"},
    {"no shape", "{\"w\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", -1, 1, "shape"},
    {"no offsets", "{\"w\":{\"dtype\":\"U8\",\"shape\":[1]}}", -1, 1, "data_offsets"},
    {"three offsets", "{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}", -1, 1,
	"two whole numbers"},
    {"an unknown dtype", "{" ENTRY("w", "F31", "[1]", 0, 4) "}", -1, 4, "unknown dtype"},
    {"a negative dimension", "{" ENTRY("w", "U8", "[-1]", 0, 1) "}", -1, 1, "whole number"},
    {"half a dimension", "{" ENTRY("w", "U8", "[0.5]", 0, 1) "}", -1, 1, "whole number"},
    {"a negative offset", "{" ENTRY("w", "U8", "[1]", -1, 0) "}", -1, 1, "whole numbers"},
    {"metadata that is no object", "{\"__metadata__\":1}", -1, 0, "must be an object"},
    {"metadata that is no string", "{\"__metadata__\":{\"a\":1}}", -1, 0, "must be a string"},
    {"metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", -1, 0, "stands twice"},
    {"a metadata key twice", "{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", -1, 0, "stands twice"},
    {"a tensor twice", "{" ENTRY("w", "U8", "[1]", 0, 1) "," ENTRY("w", "U8", "[1]", 1, 2) "}", -1,
	2, "stands twice"},
    {"a field twice",
	"{\"w\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[1],"
	"\"data_offsets\":[0,1]}}",
	-1, 1, "stands twice"},
    {"a first tensor that does not start at 0", "{" ENTRY("w", "U8", "[1]", 1, 2) "}", -1, 2,
	"hole or overlap"},
    {"a hole", "{" ENTRY("a", "U8", "[1]", 0, 1) "," ENTRY("b", "U8", "[1]", 2, 3) "}", -1, 3,
	"hole or overlap"},
    {"an overlap", "{" ENTRY("a", "U8", "[2]", 0, 2) "," ENTRY("b", "U8", "[2]", 1, 3) "}", -1, 3,
	"hole or overlap"},
    {"an end before its begin", "{" ENTRY("w", "U8", "[1]", 1, 0) "}", -1, 1, "hole or overlap"},
    {"a shape that overflows", "{" ENTRY("w", "F32", "[4294967296,4294967296]", 0, 16) "}", -1, 16,
	"overflows"},
    {"five 4-bit numbers", "{" ENTRY("w", "F4", "[5]", 0, 2) "}", -1, 2, "whole byte"},
    {"a size that does not fit the shape", "{" ENTRY("w", "F32", "[3]", 0, 16) "}", -1, 16,
	"disagree"},
    {"bytes left over", "{" F32_4 "}", -1, 20, "where the file holds 20"},
    {"bytes missing", "{" F32_4 "}", -1, 12, "where the file holds 12"},
};

/* The bytes of a file, in an allocation of just that size so that a read past it is seen. */
static unsigned char *
make_file(const char *header, int64_t length, size_t buffer, size_t *size)
{
	size_t n = strlen(header);
	uint64_t stated = length < 0 ? n : (uint64_t)length;
	unsigned char *p = calloc(1, 8 + n + buffer);
	size_t i;

	if (p == NULL)
		abort();
	for (i = 0; i < 8; i++)
		p[i] = (unsigned char)(stated >> 8 * i);
	memcpy(p + 8, header, n);
	*size = 8 + n + buffer;
	return p;
}

static void
test_parse__verdicts(void)
{
	struct rai_safetensors s;
	size_t i, size;
	int rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char *p =
		    make_file(cases[i].header, cases[i].length, cases[i].buffer, &size);
		struct rai_err err = RAI_ERR_INIT;

		rc = rai_safetensors_parse(p, size, &s, &err);
		if (cases[i].want == NULL)
			ok(rc == 0, cases[i].what);
		else if (!ok(rc != 0 && strstr(err.msg, cases[i].want) != NULL, cases[i].what))
			printf("# %d: %s\n", rc, err.msg);
		if (rc == 0)
			rai_safetensors_release(&s);
		free(p);
	}
	ok(rai_safetensors_parse("1234567", 7, &s, NULL) != 0, "seven bytes are no file");
}

static void
test_parse__what_it_found(void)
{
	const char *header = "{\"__metadata__\":{\"k\":\"v\"}," ENTRY(
	    "b", "U8", "[2]", 8, 10) "," ENTRY("a", "F64", "[1,1]", 0, 8) "}";
	const struct rai_tensor *t;
	struct rai_safetensors s;
	unsigned char *p;
	size_t size;
	double v = 2.5;

	p = make_file(header, -1, 10, &size);
	memcpy(p + size - 10, &v, sizeof(v));
	p[size - 1] = 7;
	ok(rai_safetensors_parse(p, size, &s, NULL) == 0, "two tensors");
	is_int(s.ntensor, 2, "both are there");
	is_str(s.tensor[0].name, "a", "in the order of their bytes");
	is_str(rai_safetensors_meta(&s, "k"), "v", "metadata by key");
	ok(rai_safetensors_meta(&s, "x") == NULL, "no such metadata");
	t = rai_safetensors_find(&s, "a");
	ok(t != NULL && t->dtype == RAI_DTYPE_F64 && t->rank == 2 && t->bytes == 8, "its shape");
	memcpy(&v, t->data, sizeof(v));
	ok(v == 2.5, "its number");
	t = rai_safetensors_find(&s, "b");
	ok(t != NULL && ((const unsigned char *)t->data)[1] == 7, "the other's byte");
	rai_safetensors_release(&s);
	free(p);
}

static void
test_render__reads_back(void)
{
	static const double w[6] = {1, 2, 3, 4, 5, 6};
	static const unsigned char u[3] = {1, 2, 3};
	struct rai_safetensors_out o = {.ntensor = 0};
	struct rai_buf out = RAI_BUF_INIT(1 << 20), again = RAI_BUF_INIT(1 << 20);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_safetensors s;
	char path[] = "/tmp/rai-safetensors.XXXXXX";
	int fd = mkstemp(path);

	rai_safetensors_add(&o, "small", RAI_DTYPE_U8, 3, 0, u);
	rai_safetensors_add(&o, "wide", RAI_DTYPE_F64, 3, 2, w);
	rai_safetensors_add(&o, "one", RAI_DTYPE_F64, 0, 0, w);
	rai_safetensors_add_meta(&o, "z", "last");
	rai_safetensors_add_meta(&o, "a", "with \"quotes\"");
	rai_safetensors_render(&o, &out);
	rai_safetensors_render(&o, &again);
	ok(out.len == again.len && memcmp(out.ptr, again.ptr, out.len) == 0,
	    "the same bytes each time");
	is_int(((unsigned char *)out.ptr)[0] % 8, 0, "the header is padded to a multiple of 8");
	ok(strncmp(out.ptr + 8, "{\"__metadata__\":{\"a\":", 21) == 0,
	    "metadata first, sorted by key");
	ok(rai_file_write(path, out.ptr, out.len, 0600, &err) == 0, "written");
	if (ok(rai_safetensors_open(path, &s, &err) == 0, "opened")) {
		is_int(s.ntensor, 3, "three tensors");
		is_str(s.tensor[0].name, "one", "wide elements first, then by name");
		is_str(s.tensor[2].name, "small", "narrow elements last");
		is_str(rai_safetensors_meta(&s, "a"), "with \"quotes\"", "metadata");
		ok(memcmp(rai_safetensors_find(&s, "wide")->data, w, sizeof(w)) == 0, "numbers");
		rai_safetensors_release(&s);
	} else
		printf("# %s\n", err.msg);
	ok(rai_safetensors_open("/nonexistent", &s, &err) != 0, "a file that is not there");
	close(fd);
	unlink(path);
	alarm(20); /* nobody will ever write into it */
	ok(mkfifo(path, 0600) == 0 && rai_safetensors_open(path, &s, &err) != 0, "a pipe");
	ok(strstr(err.msg, "not a regular file") != NULL, "is refused, and not waited for");
	alarm(0);
	unlink(path);
	rai_buf_free(&out);
	rai_buf_free(&again);
}

int
main(void)
{
	test_parse__verdicts();
	test_parse__what_it_found();
	test_render__reads_back();
	return tap_done();
}
