#ifndef RAI_SERVE_TENSOR_H
#define RAI_SERVE_TENSOR_H

#include "serve/rows.h"

/*
 * The tensors of the Open Inference Protocol (v2, REST), to rows.  Either each input is one
 * feature, of shape [n] or [n, 1], and all of them are there; or one input of shape [n, k] has the
 * k features of the schema in its order.  Data is flat or nested as the shape says, null is a
 * missing value, and values must be of the datatype.  The text of rows lives as long as doc.
 *
 * raw: nraw bytes that came behind doc.  An input whose parameters have "binary_data_size" has its
 * data there, one such input behind the other; NaN and an empty text are missing values.
 */
int rai_serve_tensors(const struct rai_schema *s, const struct cJSON *doc, const char *raw,
    size_t nraw, struct rai_serve_rows *r, struct rai_err *err);

/* Parameters, of a request, an input or an output: strings, numbers and truth values. */
int rai_serve_parameters(const struct cJSON *obj, struct rai_err *err);

/* A truth value among them; 0 when it is not there. */
int rai_serve_parameter_set(const struct cJSON *obj, const char *name);

/* The datatype and shape in metadata: [-1, 1]. */
const char *rai_serve_datatype(const struct rai_col_spec *c);

#endif
