#ifndef RAI_LEDGER_STATEMENT_H
#define RAI_LEDGER_STATEMENT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "json/json.h"
#include "ledger/repo.h"

/*
 * One release, as models/<name>/versions/<version>.json keeps it: an in-toto Statement v1 with an
 * SLSA provenance v1 predicate (in-toto attestation spec 1.1, slsa.dev/provenance/v1).  Subjects
 * are the model file and its image; dependencies are the data, the configuration and the commit
 * that the release stands on.  What SLSA has no place for stands in its extension "rai_release".
 */
#define RAI_RELEASE_MAX (1 << 20) /* bytes of a statement */

enum { RAI_RELEASE_METRICS = 16 };

struct rai_release_metric {
	char name[16];
	double value, low, high; /* low and high are NaN when there is no interval */
};

struct rai_release {
	struct cJSON *doc; /* what the strings belong to when it was read; freed with it */
	const char *model, *version;
	int64_t sequence; /* 1 for the model's first release */
	int64_t time_ms;
	const char *image; /* "oci:DIR:VERSION@sha256:..." */
	char image_digest[RAI_HASH_DIGEST], artifact_digest[RAI_HASH_DIGEST];
	int64_t artifact_bytes;
	const char *data_source, *data_newest; /* newest: date of the newest row, or NULL */
	char data_digest[RAI_HASH_DIGEST];
	int64_t data_rows;
	const char *config_path;
	char config_digest[RAI_HASH_DIGEST];
	const char *code_version, *kind, *profile_digest;
	int64_t seed;
	char code_commit[RAI_OID_TEXT]; /* the release's parent */
	const char *code_uri;           /* "git+URL@refs/heads/main" */
	struct rai_release_metric metric[RAI_RELEASE_METRICS];
	size_t metrics;
	const char *headline;                          /* the metric that people are shown: "r2" */
	const struct cJSON *parameters, *split, *gate; /* as the event had them, or NULL */
	const char *previous;                          /* the version before, or NULL */
	const char *correlation, *cause;               /* the incident, the event that led here */
	const char *trained;                           /* id of the model.trained event */
	int64_t loop_depth; /* releases in a row that no person started */
};

/* Trusts nothing; every text that becomes a path or a reference is checked.  rai_release_free(). */
int rai_release_read(const char *text, size_t len, struct rai_release *out, struct rai_err *err);
void rai_release_free(struct rai_release *r);

/* The same release gives the same bytes. */
void rai_release_write(struct rai_buf *out, const struct rai_release *r);

/* {"r2":{"value":0.85,"low":0.84,"high":0.86},...}: from an event or a statement, and back. */
int rai_metrics_read(
    const struct cJSON *obj, struct rai_release_metric *out, size_t *n, struct rai_err *err);
void rai_metrics_write(
    struct rai_jw *w, const char *key, const struct rai_release_metric *m, size_t n);
const struct rai_release_metric *rai_metrics_find(const struct rai_release *r, const char *name);

/* A version must do as a file name, an image tag and the end of a Git tag. */
int rai_version_valid(const char *version);

/*
 * The next version from a template: {date} is the day of now_ms as 20261123, {n} the smallest
 * number from 1 that gives a version that taken() has not seen (without {n}: RAI_EINPUT when it is
 * taken).  taken returns 1, 0 or -1.
 */
int rai_version_next(const char *template, int64_t now_ms,
    int (*taken)(const char *version, void *payload, struct rai_err *err), void *payload, char *out,
    size_t size, struct rai_err *err);

#endif
