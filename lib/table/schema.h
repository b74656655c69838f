#ifndef RAI_TABLE_SCHEMA_H
#define RAI_TABLE_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "json/json.h"

/*
 * What a row is made of.  Training infers the schema and stores it in the model file; serving and
 * drift read rows through the same functions, so that a value means the same everywhere.
 */
enum rai_col_type { RAI_COL_NUM, RAI_COL_CAT, RAI_COL_DATE };

struct rai_col_spec {
	char *name;
	enum rai_col_type type;
	int day_first; /* dates: d/m/y in text (ISO is always understood) */
	char **level;  /* categories seen in training, nlevel, sorted bytewise */
	size_t nlevel;
	double min, max; /* range seen in training; NaN: none */
	char *unit;      /* what numbers are counted in, as declared ("km"); NULL: not said */
};

#define RAI_UNIT_BYTES 32 /* of a unit, at most */

struct rai_schema {
	struct rai_col_spec *col; /* the n input columns, in the order of struct rai_cell rows */
	size_t n;
	struct rai_col_spec target; /* a number, or a category whose levels are the classes */
};

/* One value.  Numbers and dates (days since 1970-01-01) in num, NaN when missing; categories in
 * code. */
enum { RAI_CODE_MISSING = -1, RAI_CODE_UNSEEN = -2 };

struct rai_cell {
	double num;
	int32_t code; /* index into level, or one of the two above */
};

/* The index of the column called name, or -1. */
int rai_schema_find(const struct rai_schema *s, const char *name, size_t len);

/*
 * Text (CSV, form) or JSON to a value.  Empty text and null are missing.  Text in a number column
 * is an error that names the column and the text; an unseen category is no error.
 */
int rai_schema_text(const struct rai_col_spec *c, const char *text, size_t len,
    struct rai_cell *out, struct rai_err *err);
int rai_schema_json(const struct rai_col_spec *c, const struct cJSON *value, struct rai_cell *out,
    struct rai_err *err);

/* The schema as a JSON object under key, and back.  rai_schema_read's result is released below. */
void rai_schema_write(const struct rai_schema *s, struct rai_jw *w, const char *key);
int rai_schema_read(const struct cJSON *obj, struct rai_schema *out, struct rai_err *err);
void rai_schema_release(struct rai_schema *s);

#endif
