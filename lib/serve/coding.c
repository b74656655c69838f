#include "serve/coding.h"

#include <limits.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "table/source.h"

/* LEVEL: the fastest; text still shrinks to a fifth.  GZIP: windowBits with gzip's frame. */
enum { PIECE = 16 << 10, LEVEL = 1, GZIP = 15 + 16 };

enum rai_serve_coding
rai_serve_coding(const char *content_encoding)
{
	if (content_encoding == NULL || *content_encoding == '\0' ||
	    strcasecmp(content_encoding, "identity") == 0)
		return RAI_CODING_NONE;
	if (strcasecmp(content_encoding, "gzip") == 0 ||
	    strcasecmp(content_encoding, "x-gzip") == 0)
		return RAI_CODING_GZIP;
	return RAI_CODING_OTHER;
}

static int
read_all(struct rai_source *s, size_t max, struct rai_buf *out, struct rai_err *err)
{
	char piece[PIECE];
	size_t got;

	do {
		if (rai_source_read(s, piece, sizeof(piece), &got, err) != 0)
			return -1;
		if (got > max - out->len)
			return 1;
		rai_buf_add(out, piece, got);
	} while (got > 0);
	return rai_buf_check(out, "the body", err);
}

int
rai_serve_gunzip(const char *body, size_t len, size_t max, struct rai_buf *out, struct rai_err *err)
{
	struct rai_source *s;
	int rc;

	rai_buf_clear(out);
	if (len < 2 || memcmp(body, "\x1f\x8b", 2) != 0)
		return rai_fail(
		    err, RAI_EINPUT, "Content-Encoding says gzip, but the body is not gzip");
	if (rai_source_memory("the body", body, len, &s, err) != 0)
		return -1;
	rc = read_all(s, max, out, err);
	rai_source_close(s);
	return rc;
}

int
rai_serve_gzip(const struct rai_buf *in, struct rai_buf *out)
{
	z_stream z = {.next_in = (Bytef *)in->ptr, .avail_in = (uInt)in->len};
	char piece[PIECE];
	int rc;

	rai_buf_clear(out);
	if (in->len > UINT_MAX ||
	    deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return -1;
	do {
		z.next_out = (Bytef *)piece;
		z.avail_out = sizeof(piece);
		rc = deflate(&z, Z_FINISH);
		rai_buf_add(out, piece, sizeof(piece) - z.avail_out);
	} while (rc == Z_OK);
	deflateEnd(&z);
	return rc == Z_STREAM_END && !out->bad ? 0 : -1;
}
