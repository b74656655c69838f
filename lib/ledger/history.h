#ifndef RAI_LEDGER_HISTORY_H
#define RAI_LEDGER_HISTORY_H

#include "ledger/statement.h"

/*
 * All releases and tombstones that a revision of the ledger holds.  A tombstone
 * (models/<name>/tombstones/<hex of the model file's digest>) says that this model file was rolled
 * back and may not be released again until a person deletes it.
 */
struct rai_tombstone {
	struct cJSON *doc; /* owner of the strings */
	char digest[RAI_HASH_DIGEST];
	const char *model, *version, *reason, *to; /* to: the version gone back to */
	int64_t time_ms;
};

struct rai_history {
	struct rai_release *release; /* n, by model, then sequence */
	size_t n;
	struct rai_tombstone *tomb; /* tombs */
	size_t tombs;
};

int rai_history_read(
    struct rai_repo *r, const char *revision, struct rai_history *out, struct rai_err *err);
void rai_history_free(struct rai_history *h);

/* Takes over *r (also its doc) and leaves it empty; keeps the order. */
int rai_history_add(struct rai_history *h, struct rai_release *r, struct rai_err *err);
int rai_history_bury(struct rai_history *h, struct rai_tombstone *t, struct rai_err *err);

/* NULL when there is none. */
const struct rai_release *rai_history_find(
    const struct rai_history *h, const char *model, const char *version);
const struct rai_tombstone *rai_history_tomb(
    const struct rai_history *h, const char *model, const char *digest);

/* Where a release's statement stands in the repository; cut at size - 1 bytes, 300 are enough. */
void rai_release_path(const char *model, const char *version, char *out, size_t size);

/* One release or tombstone by name, without reading the others; 1: there is none. */
int rai_history_release(struct rai_repo *r, const char *revision, const char *model,
    const char *version, struct rai_release *out, struct rai_err *err);
int rai_history_has_tomb(struct rai_repo *r, const char *revision, const char *model,
    const char *digest, struct rai_err *err);

int rai_tombstone_read(
    const char *text, size_t len, struct rai_tombstone *out, struct rai_err *err);
void rai_tombstone_write(struct rai_buf *out, const struct rai_tombstone *t);

/* The pages for people, a function of the history and of what the manifests run. */
struct rai_running {
	const char *const *image; /* n references, as they stand in the manifests */
	size_t n;
};

void rai_page_registry(
    struct rai_buf *out, const struct rai_history *h, const struct rai_running *now);
void rai_page_changelog(struct rai_buf *out, const struct rai_history *h, const char *model);

#endif
