#include "origin/s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "conf/ini.h"
#include "origin/fetch.h"

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

enum { BUCKET_MAX = 63, KEY_MAX = 1024, REGION_MAX = 40 };

/* SHA-256 of nothing: the body of a GET. */
static const char no_body[] =
    "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/* Where the AWS programs keep what they know. */
struct aws {
	struct rai_ini credentials, config;
	char section[128]; /* of config */
	const char *profile;
};

static const char *
env(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : NULL;
}

static const char *
env_either(const char *first, const char *second)
{
	return env(first) != NULL ? env(first) : env(second);
}

static int
read_aws_file(const char *variable, const char *name, struct rai_ini *out, struct rai_err *err)
{
	const char *home = getenv("HOME");
	char path[4096];

	if (env(variable) != NULL)
		return rai_ini_read(env(variable), out, err);
	snprintf(path, sizeof(path), "%s/.aws/%s", home != NULL ? home : "", name);
	return rai_ini_read(path, out, err);
}

static int
aws_read(struct aws *aws, const char *profile, struct rai_err *err)
{
	if (profile == NULL)
		profile = env_either("AWS_PROFILE", "AWS_DEFAULT_PROFILE");
	aws->profile = profile != NULL ? profile : "default";
	snprintf(aws->section, sizeof(aws->section), "%s%s",
	    strcmp(aws->profile, "default") == 0 ? "" : "profile ", aws->profile);
	if (read_aws_file("AWS_SHARED_CREDENTIALS_FILE", "credentials", &aws->credentials, err) !=
	    0)
		return -1;
	return read_aws_file("AWS_CONFIG_FILE", "config", &aws->config, err);
}

static const char *
aws_get(const struct aws *aws, const char *key)
{
	const char *v = rai_ini_get(&aws->credentials, aws->profile, key);

	return v != NULL ? v : rai_ini_get(&aws->config, aws->section, key);
}

/* The three parts of a credential come from one place: parts of two fit no lock. */
static int
find_keys(const char *url, const struct rai_origin_s3 *known, const struct aws *aws,
    struct rai_origin_s3 *out, struct rai_err *err)
{
	if (known->key_id != NULL) {
		out->key_id = known->key_id;
		out->secret = known->secret;
		out->token = known->token;
	} else if (known->profile == NULL && env("AWS_ACCESS_KEY_ID") != NULL) {
		out->key_id = env("AWS_ACCESS_KEY_ID");
		out->secret = env("AWS_SECRET_ACCESS_KEY");
		out->token = env("AWS_SESSION_TOKEN");
	} else {
		out->key_id = aws_get(aws, "aws_access_key_id");
		out->secret = aws_get(aws, "aws_secret_access_key");
		out->token = aws_get(aws, "aws_session_token");
	}
	if (out->key_id == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "%s: no credentials: neither AWS_ACCESS_KEY_ID nor the profile \"%.60s\" in %s "
		    "(a role or single sign-on: aws configure export-credentials)",
		    url, aws->profile, aws->credentials.file);
	if (out->secret == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "%s: an access key without its secret (AWS_SECRET_ACCESS_KEY)", url);
	return 0;
}

static void
find_place(const struct rai_origin_s3 *known, const struct aws *aws, struct rai_origin_s3 *out)
{
	out->region = known->region;
	if (out->region == NULL)
		out->region = env_either("AWS_REGION", "AWS_DEFAULT_REGION");
	if (out->region == NULL)
		out->region = aws_get(aws, "region");
	if (out->region == NULL)
		out->region = "us-east-1";
	out->endpoint = known->endpoint;
	if (out->endpoint == NULL)
		out->endpoint = env_either("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
	if (out->endpoint == NULL)
		out->endpoint = aws_get(aws, "endpoint_url");
}

static void
add_escaped(struct rai_buf *out, const char *key)
{
	for (; *key != '\0'; key++)
		if (strchr(ALNUM "-._~/", *key) != NULL)
			rai_buf_char(out, *key);
		else
			rai_buf_printf(out, "%%%02X", (unsigned char)*key);
}

int
rai_origin_s3_url(const char *url, const char *endpoint, const char *region, struct rai_buf *out,
    struct rai_err *err)
{
	const char *bucket = url + strlen("s3://");
	size_t n = strspn(bucket, ALNUM "._-"), k;
	const char *key = bucket + n + 1, *china = strncmp(region, "cn-", 3) == 0 ? ".cn" : "";

	if (n < 3 || n > BUCKET_MAX || bucket[n] != '/' || *key == '\0')
		return rai_fail(err, RAI_EINPUT, "%s: not of the form s3://bucket/key", url);
	if (strlen(key) > KEY_MAX)
		return rai_fail(
		    err, RAI_EINPUT, "%.60s...: a key has at most %d bytes", url, KEY_MAX);
	k = strspn(region, ALNUM "-");
	if (k == 0 || k > REGION_MAX || region[k] != '\0')
		return rai_fail(err, RAI_EINPUT,
		    "%s: the region must be letters, digits and - (us-east-1)", url);
	if (endpoint != NULL) {
		for (k = strlen(endpoint); k > 0 && endpoint[k - 1] == '/'; k--)
			;
		rai_buf_add(out, endpoint, k);
		rai_buf_printf(out, "/%.*s/", (int)n, bucket);
	} else if (memchr(bucket, '.', n) == NULL)
		rai_buf_printf(
		    out, "https://%.*s.s3.%s.amazonaws.com%s/", (int)n, bucket, region, china);
	else /* its certificate covers one label only */
		rai_buf_printf(
		    out, "https://s3.%s.amazonaws.com%s/%.*s/", region, china, (int)n, bucket);
	add_escaped(out, key);
	return rai_buf_check(out, url, err);
}

static int
fetch(const char *url, const struct rai_origin_s3 *s3, const struct rai_origin_options *opt,
    int *fd, struct rai_err *err)
{
	struct rai_buf where = RAI_BUF_INIT(8192), token = RAI_BUF_INIT(16384);
	char sigv4[64];
	struct rai_http_auth auth = {s3->key_id, s3->secret, sigv4};
	const char *headers[3] = {no_body, NULL, NULL};
	struct rai_origin_call call = {url, NULL, &auth, headers, 0, opt};
	int rc = -1;

	if (rai_origin_s3_url(url, s3->endpoint, s3->region, &where, err) != 0)
		goto out;
	snprintf(sigv4, sizeof(sigv4), "aws:amz:%s:s3", s3->region);
	if (s3->token != NULL) {
		rai_buf_printf(&token, "x-amz-security-token: %s", s3->token);
		if (rai_buf_check(&token, "AWS_SESSION_TOKEN", err) != 0)
			goto out;
		headers[1] = token.ptr;
	}
	call.url = where.ptr;
	rc = rai_origin_fetch(&call, fd, err);
out:
	rai_buf_free(&where);
	rai_buf_free(&token);
	return rc;
}

int
rai_origin_s3(const char *url, const struct rai_origin_s3 *known,
    const struct rai_origin_options *opt, int *fd, struct rai_err *err)
{
	struct aws aws = {.profile = NULL};
	struct rai_origin_s3 found = {NULL, NULL, NULL, NULL, NULL, NULL};
	int rc = -1;

	if (aws_read(&aws, known->profile, err) == 0 &&
	    find_keys(url, known, &aws, &found, err) == 0) {
		find_place(known, &aws, &found);
		rc = fetch(url, &found, opt, fd, err);
	}
	rai_ini_release(&aws.credentials);
	rai_ini_release(&aws.config);
	return rc;
}
