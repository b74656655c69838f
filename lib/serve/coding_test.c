#include "serve/coding.h"

#include <stdlib.h>

#include "base/tap.h"

static void
test_coding__names(void)
{
	is_int(rai_serve_coding(NULL), RAI_CODING_NONE, "no header");
	is_int(rai_serve_coding("identity"), RAI_CODING_NONE, "identity");
	is_int(rai_serve_coding("GZIP"), RAI_CODING_GZIP, "gzip, in any case");
	is_int(rai_serve_coding("gzip, gzip"), RAI_CODING_OTHER, "twice is not done");
	is_int(rai_serve_coding("br"), RAI_CODING_OTHER, "nor is another one");
}

static void
test_coding__there_and_back(void)
{
	struct rai_buf in, packed, plain;
	struct rai_err err = RAI_ERR_INIT;
	size_t i;

	rai_buf_init(&in, 1 << 24);
	rai_buf_init(&packed, 1 << 24);
	rai_buf_init(&plain, 1 << 24);
	for (i = 0; i < 100000; i++)
		rai_buf_printf(&in, "%zu,", i * i % 977);
	ok(rai_serve_gzip(&in, &packed) == 0 && packed.len < in.len / 2, "it shrinks");
	is_int(rai_serve_gunzip(packed.ptr, packed.len, in.len, &plain, &err), 0, "it comes back");
	ok(plain.len == in.len && memcmp(plain.ptr, in.ptr, in.len) == 0, "as it was");
	is_int(rai_serve_gunzip(packed.ptr, packed.len, in.len - 1, &plain, &err), 1,
	    "a byte too many is too many");
	is_int(rai_serve_gunzip(packed.ptr, packed.len - 5, in.len, &plain, &err), -1, "cut off");
	is_int(err.code, RAI_EINPUT, "is the sender's fault");
	packed.ptr[packed.len / 2] ^= 1;
	is_int(rai_serve_gunzip(packed.ptr, packed.len, in.len, &plain, &err), -1, "damaged");
	is_int(rai_serve_gunzip("{}", 2, 100, &plain, &err), -1, "no gzip");
	is_str(err.msg, "Content-Encoding says gzip, but the body is not gzip", "is said");
	rai_buf_free(&in);
	rai_buf_free(&packed);
	rai_buf_free(&plain);
}

/* 64 MB of zeros are 64 KB of gzip: refused after max bytes, not after all. */
static void
test_coding__bomb(void)
{
	struct rai_buf in, packed, plain;
	struct rai_err err = RAI_ERR_INIT;
	char *zeros = calloc(1, 1 << 20);
	size_t i;

	rai_buf_init(&in, 1 << 27);
	rai_buf_init(&packed, 1 << 27);
	rai_buf_init(&plain, 1 << 27);
	for (i = 0; zeros != NULL && i < 64; i++)
		rai_buf_add(&in, zeros, 1 << 20);
	ok(rai_serve_gzip(&in, &packed) == 0 && packed.len < 1 << 20, "a bomb");
	is_int(rai_serve_gunzip(packed.ptr, packed.len, 1 << 20, &plain, &err), 1, "is refused");
	ok(plain.cap <= 2 << 20, "before it takes memory");
	free(zeros);
	rai_buf_free(&in);
	rai_buf_free(&packed);
	rai_buf_free(&plain);
}

int
main(void)
{
	test_coding__names();
	test_coding__there_and_back();
	test_coding__bomb();
	return tap_done();
}
