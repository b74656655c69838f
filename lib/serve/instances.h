#ifndef RAI_SERVE_INSTANCES_H
#define RAI_SERVE_INSTANCES_H

#include "serve/rows.h"

/*
 * The tables of KServe's and MLflow's JSON bodies, to rows.  The text of rows lives as long as the
 * document.  Messages name the row and the field.
 */

/*
 * A list whose items are rows: arrays with a value for every column of the schema in its order,
 * or objects.  Where extra members are dropped, every column must be a member of some object.
 */
int rai_serve_instances(const struct rai_schema *s, const struct cJSON *list,
    enum rai_serve_extra extra, struct rai_serve_rows *r, struct rai_err *err);

/* {"columns": [name, ...], "data": [[value, ...], ...]}; "index" is let be. */
int rai_serve_split(const struct rai_schema *s, const struct cJSON *frame, struct rai_serve_rows *r,
    struct rai_err *err);

/*
 * {name: [value, ...], ...}: columns of one length, or {name: value, ...}: one row; others than the
 * schema's are dropped.
 */
int rai_serve_columns(const struct rai_schema *s, const struct cJSON *frame,
    struct rai_serve_rows *r, struct rai_err *err);

#endif
