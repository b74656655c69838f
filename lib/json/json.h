#ifndef RAI_JSON_JSON_H
#define RAI_JSON_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The only door to cJSON.  Nobody outside this room touches a struct cJSON by hand: read each
 * document into a plain struct at the edge with the readers below, write with the writer.
 * Reader messages name the member: `"window" must be a number`.
 */
struct cJSON;

/*
 * Parses one whole document: valid UTF-8, nested at most 64 deep (of members with one name the
 * first counts).  NULL with err on bad input.  The result is freed with rai_json_free(); text needs
 * no NUL at its end.
 */
struct cJSON *rai_json_parse(const char *text, size_t len, struct rai_err *err);
void rai_json_free(struct cJSON *j); /* NULL is fine */

enum rai_json_kind {
	RAI_JSON_NONE, /* absent */
	RAI_JSON_NULL,
	RAI_JSON_BOOL,
	RAI_JSON_NUM,
	RAI_JSON_STR,
	RAI_JSON_ARRAY,
	RAI_JSON_OBJECT
};

enum rai_json_kind rai_json_kind(const struct cJSON *j); /* NULL: RAI_JSON_NONE */

/* Required members; all strings and nodes returned live as long as obj. */
int rai_json_num(const struct cJSON *obj, const char *key, double *out, struct rai_err *err);
int rai_json_int(const struct cJSON *obj, const char *key, int64_t *out, struct rai_err *err);
int rai_json_bool(const struct cJSON *obj, const char *key, int *out, struct rai_err *err);
int rai_json_str(const struct cJSON *obj, const char *key, const char **out, struct rai_err *err);
int rai_json_object(
    const struct cJSON *obj, const char *key, const struct cJSON **out, struct rai_err *err);
int rai_json_array(
    const struct cJSON *obj, const char *key, const struct cJSON **out, struct rai_err *err);

/*
 * A required array of finite numbers, at most max of them; the caller frees *out, which is never
 * NULL on success.
 */
int rai_json_nums(const struct cJSON *obj, const char *key, size_t max, double **out, size_t *n,
    struct rai_err *err);

/* Optional members: absent or null leaves *out as it is and returns 0; a wrong type is -1. */
int rai_json_opt_num(const struct cJSON *obj, const char *key, double *out, struct rai_err *err);
int rai_json_opt_int(const struct cJSON *obj, const char *key, int64_t *out, struct rai_err *err);
int rai_json_opt_bool(const struct cJSON *obj, const char *key, int *out, struct rai_err *err);
int rai_json_opt_str(
    const struct cJSON *obj, const char *key, const char **out, struct rai_err *err);

/* Any member, or NULL. */
const struct cJSON *rai_json_get(const struct cJSON *obj, const char *key);

/* Walking arrays and objects: for (i = rai_json_first(a); i; i = rai_json_next(i)).  After NULL and
 * in what has no members comes NULL. */
const struct cJSON *rai_json_first(const struct cJSON *j);
const struct cJSON *rai_json_next(const struct cJSON *j);
const char *rai_json_key(const struct cJSON *member); /* its name; NULL in an array */
size_t rai_json_count(const struct cJSON *j);

/* A node's own value; the caller has checked the kind. */
double rai_json_as_num(const struct cJSON *j);
const char *rai_json_as_str(const struct cJSON *j);
int rai_json_as_bool(const struct cJSON *j);

/*
 * The writer: a stream into a rai_buf with fixed key order, so that output diffs well.
 * key is NULL inside arrays and at the top.  Numbers come back bit-equal; NaN and infinities
 * become null.  Strings must be UTF-8; bad bytes become U+FFFD.
 */
struct rai_jw {
	struct rai_buf *out;
	int depth;
	unsigned char comma[64]; /* by depth: a value has been written */
	char close[64];
};

void rai_jw_init(struct rai_jw *w, struct rai_buf *out);
void rai_jw_object(struct rai_jw *w, const char *key);
void rai_jw_array(struct rai_jw *w, const char *key);
void rai_jw_end(struct rai_jw *w); /* closes the innermost object or array */
void rai_jw_num(struct rai_jw *w, const char *key, double v);
void rai_jw_nums(struct rai_jw *w, const char *key, const double *v, size_t n); /* an array */
void rai_jw_int(struct rai_jw *w, const char *key, int64_t v);
void rai_jw_bool(struct rai_jw *w, const char *key, int v);
void rai_jw_str(struct rai_jw *w, const char *key, const char *s); /* NULL writes null */
void rai_jw_strn(struct rai_jw *w, const char *key, const char *s, size_t n);
void rai_jw_null(struct rai_jw *w, const char *key);
void rai_jw_node(struct rai_jw *w, const char *key, const struct cJSON *j);     /* a parsed value */
void rai_jw_raw(struct rai_jw *w, const char *key, const char *json, size_t n); /* trusted JSON */

/* A member's name as trusted JSON with its colon, `"name":`; its value comes next, with key NULL.
 */
void rai_jw_name(struct rai_jw *w, const char *json, size_t n);

/* The same and its value, n bytes of trusted JSON, in one go. */
void rai_jw_member(struct rai_jw *w, const char *name, size_t nname, const char *json, size_t n);

#endif
