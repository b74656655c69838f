#ifndef RAI_ORIGIN_ORIGIN_H
#define RAI_ORIGIN_ORIGIN_H

#include <stdint.h>

#include "base/err.h"

/*
 * Where rows come from: a text such as data.source becomes an open file.
 *  - a path; where there is no such file but "<path>.dvc", or a folder above it is tracked by one,
 *    what DVC tracks under this name; a path that ends in ".dvc" is such a pointer itself;
 *  - file:///path, of this machine;
 *  - https://, and http:// of this machine;
 *  - s3://bucket/key, the key as it stands (nothing in it is decoded).
 * What comes over the network goes into a file without a name in $TMPDIR (/tmp), and is used only
 * when all of it has arrived.
 */
struct rai_origin_options {
	uint64_t max_bytes; /* ceiling of a download; 0: 64 GiB */
	int64_t stall_ms;   /* a download is given up after so long without a byte; 0: 30 s */
	int plain_http;     /* http:// also of other machines */
};

/* 1: begins as a URL does, so it is relative to no folder. */
int rai_origin_is_url(const char *source);

/* What may be shown of it: a URL without user and query; caller frees; NULL: out of memory. */
char *rai_origin_name(const char *source);

/*
 * *fd is open for reading at its start; the caller closes it.  RAI_ENET: the same may work later.
 * Messages begin with the source as it may be shown, and name no secret.
 */
int rai_origin_open(
    const char *source, const struct rai_origin_options *opt, int *fd, struct rai_err *err);

#endif
