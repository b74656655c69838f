#ifndef RAI_ORIGIN_S3_H
#define RAI_ORIGIN_S3_H

#include "base/buf.h"
#include "origin/origin.h"

/*
 * What is known beforehand; each may be NULL, and then comes from the environment or the files of
 * the AWS programs, in their order.  The caller's.
 */
struct rai_origin_s3 {
	const char *endpoint, *region, *profile;
	const char *key_id, *secret, *token; /* secrets */
};

/* "s3://bucket/key"; as rai_origin_fetch(). */
int rai_origin_s3(const char *url, const struct rai_origin_s3 *known,
    const struct rai_origin_options *opt, int *fd, struct rai_err *err);

/*
 * Where an object is: below the endpoint, path style, or, without one, at Amazon's host of the
 * bucket.  Every byte of the key but A-Z a-z 0-9 - . _ ~ / is escaped, as the signature wants it.
 */
int rai_origin_s3_url(const char *url, const char *endpoint, const char *region,
    struct rai_buf *out, struct rai_err *err);

#endif
