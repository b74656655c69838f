#ifndef RAI_BASE_EXPO_H
#define RAI_BASE_EXPO_H

#include <stdint.h>

#include "base/buf.h"

/*
 * What Prometheus reads: the text format 0.0.4, or OpenMetrics 1.0, which has the same samples
 * under other heads.  Samples of one family follow their head; names and types are the program's
 * own, label values may be anything.
 */
enum rai_expo_format { RAI_EXPO_TEXT, RAI_EXPO_OPENMETRICS };
enum rai_expo_type { RAI_EXPO_COUNTER, RAI_EXPO_GAUGE, RAI_EXPO_HISTOGRAM, RAI_EXPO_INFO };

struct rai_expo {
	struct rai_buf *out;
	enum rai_expo_format format;
	int labels; /* of the sample that is being written */
};

/* The format that an Accept value (NULL: none) asks for; the text format when in doubt. */
enum rai_expo_format rai_expo_choose(const char *accept);
const char *rai_expo_content_type(enum rai_expo_format format);

/*
 * name is that of the text format: "..._total" of a counter, "..._info" of an info.  A family whose
 * name ends in a base unit is said to have it.
 */
void rai_expo_head(struct rai_expo *x, enum rai_expo_type type, const char *name, const char *help);

/* One sample: its name, its labels in any number, its value. */
void rai_expo_sample(struct rai_expo *x, const char *name, const char *suffix);
void rai_expo_label(struct rai_expo *x, const char *name, const char *value);
void rai_expo_value(struct rai_expo *x, double v);
void rai_expo_count(struct rai_expo *x, uint64_t n);

/* A whole sample without labels, and one with the label model. */
void rai_expo_plain(struct rai_expo *x, const char *name, double v);
void rai_expo_of_model(struct rai_expo *x, const char *name, const char *model, double v);

/* name_bucket{model="...",le="..."} n */
void rai_expo_bucket(
    struct rai_expo *x, const char *name, const char *model, const char *le, uint64_t n);

/* Behind the last sample. */
void rai_expo_end(struct rai_expo *x);

#endif
