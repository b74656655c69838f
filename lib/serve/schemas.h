#ifndef RAI_SERVE_SCHEMAS_H
#define RAI_SERVE_SCHEMAS_H

#include "json/json.h"
#include "serve/app.h"

/* Inside of this room: the schemas that the OpenAPI document refers to, of rows and of answers. */
void rai_serve_schemas_write(const struct rai_serve_model *m, struct rai_jw *w);

/* {"type": type} under key. */
void rai_serve_schemas_type(struct rai_jw *w, const char *key, const char *type);

#endif
