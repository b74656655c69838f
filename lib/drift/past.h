#ifndef RAI_DRIFT_PAST_H
#define RAI_DRIFT_PAST_H

#include "base/hash.h"
#include "drift/profile.h"
#include "table/table.h"

/*
 * A reference without a model: what rows looked like, as one JSON document with their schema and
 * their profile.  Where the rows have a column "prediction" of numbers, it is what some model said
 * and no input; with a target the two give the accuracy of these rows.
 *
 * {"format": "ai.reconciled.profile.v1", "name", "digest", "schema", "profile", "calibration"}
 */
#define RAI_DRIFT_PAST_FORMAT "ai.reconciled.profile.v1"
#define RAI_DRIFT_PAST_MAX ((size_t)256 << 20) /* bytes of a document */
#define RAI_DRIFT_PREDICTION_COLUMN "prediction"

struct rai_drift_past {
	char *name;                   /* what events call it */
	char digest[RAI_HASH_DIGEST]; /* of the rows; of a merged one: of the digests in order */
	struct rai_schema schema;
	struct rai_profile profile; /* its columns are the schema's */
	char *calibration;          /* JSON as it stood there; NULL: none */
};

/*
 * Of all rows of a table, from which the column of predictions is set aside.  like: as seen through
 * its schema (rai_table_conform) and in its bins and categories, so that the two can be merged; or
 * NULL.  Takes nothing over.
 */
int rai_drift_past_make(struct rai_drift_past *out, const char *name, struct rai_table *t,
    const struct rai_drift_past *like, struct rai_err *err);

/* The same with all values of the numbers as order statistics, for windows that are as large
 * (rai_profile_from_num_all). */
int rai_drift_past_make_all(
    struct rai_drift_past *out, const char *name, struct rai_table *t, struct rai_err *err);

/* Does text (its first bytes) begin such a document? */
int rai_drift_past_begins(const char *text, size_t len);

/* One document, checked as rai_profile_read() does; and back, as one line. */
int rai_drift_past_read(
    const char *text, size_t len, struct rai_drift_past *out, struct rai_err *err);
void rai_drift_past_write(const struct rai_drift_past *p, struct rai_buf *out);

/* Adds the rows of one to those of the other (rai_profile_merge); a calibration is lost. */
int rai_drift_past_merge(
    struct rai_drift_past *into, const struct rai_drift_past *from, struct rai_err *err);

void rai_drift_past_release(struct rai_drift_past *p);

#endif
