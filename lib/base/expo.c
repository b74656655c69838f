#include "base/expo.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

#define OPENMETRICS "application/openmetrics-text"

/* Has this range of an Accept value a version that we do not speak, or quality 0? */
static int
refuses(const char *range, size_t len)
{
	const char *p = memchr(range, ';', len), *end = range + len;
	size_t n;

	for (; p != NULL; p = memchr(p, ';', (size_t)(end - p))) {
		p++;
		p += strspn(p, " \t");
		n = strcspn(p, ",; \t");
		if (n > 8 && strncasecmp(p, "version=", 8) == 0 &&
		    !(n == 13 && memcmp(p + 8, "1.0.0", 5) == 0))
			return 1;
		if (n > 2 && strncasecmp(p, "q=0", 3) == 0 && strspn(p + 3, ".0") == n - 3)
			return 1;
	}
	return 0;
}

enum rai_expo_format
rai_expo_choose(const char *accept)
{
	const size_t name = strlen(OPENMETRICS);
	size_t n;

	for (; accept != NULL && *accept != '\0'; accept += n + (accept[n] == ',')) {
		accept += strspn(accept, " \t");
		n = strcspn(accept, ",");
		if (n >= name && strncasecmp(accept, OPENMETRICS, name) == 0 &&
		    strchr(",; \t", accept[name]) != NULL && !refuses(accept, n))
			return RAI_EXPO_OPENMETRICS;
	}
	return RAI_EXPO_TEXT;
}

const char *
rai_expo_content_type(enum rai_expo_format format)
{
	return format == RAI_EXPO_OPENMETRICS ? OPENMETRICS "; version=1.0.0; charset=utf-8"
					      : "text/plain; version=0.0.4; charset=utf-8";
}

static int
ends_with(const char *name, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len > n && memcmp(name + len - n, suffix, n) == 0;
}

/* The length of the family's name, which OpenMetrics gives without the suffix of its samples. */
static size_t
family_of(enum rai_expo_type type, const char *name)
{
	size_t len = strlen(name);

	if (type == RAI_EXPO_COUNTER && ends_with(name, len, "_total"))
		return len - strlen("_total");
	if (type == RAI_EXPO_INFO && ends_with(name, len, "_info"))
		return len - strlen("_info");
	return len;
}

void
rai_expo_head(struct rai_expo *x, enum rai_expo_type type, const char *name, const char *help)
{
	static const char *const types[] = {"counter", "gauge", "histogram", "info"};
	static const char *const units[] = {"seconds", "bytes", "ratio"};
	int n = (int)family_of(type, name);
	size_t i;

	if (x->format == RAI_EXPO_TEXT) {
		rai_buf_printf(x->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
		    types[type == RAI_EXPO_INFO ? RAI_EXPO_GAUGE : type]);
		return;
	}
	rai_buf_printf(x->out, "# TYPE %.*s %s\n", n, name, types[type]);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ends_with(name, (size_t)n, units[i]))
			rai_buf_printf(x->out, "# UNIT %.*s %s\n", n, name, units[i]);
	rai_buf_printf(x->out, "# HELP %.*s %s\n", n, name, help);
}

void
rai_expo_sample(struct rai_expo *x, const char *name, const char *suffix)
{
	rai_buf_str(x->out, name);
	rai_buf_str(x->out, suffix);
	x->labels = 0;
}

void
rai_expo_label(struct rai_expo *x, const char *name, const char *value)
{
	struct rai_buf *out = x->out;

	rai_buf_char(out, x->labels++ == 0 ? '{' : ',');
	rai_buf_str(out, name);
	rai_buf_str(out, "=\"");
	for (; *value != '\0'; value++)
		if (*value == '\n')
			rai_buf_str(out, "\\n");
		else {
			if (*value == '"' || *value == '\\')
				rai_buf_char(out, '\\');
			rai_buf_char(out, *value);
		}
	rai_buf_char(out, '"');
}

void
rai_expo_value(struct rai_expo *x, double v)
{
	char text[RAI_NUM_TEXT] = "NaN";

	if (isfinite(v))
		rai_num_format(v, text);
	rai_buf_printf(x->out, "%s %s\n", x->labels > 0 ? "}" : "", text);
}

void
rai_expo_count(struct rai_expo *x, uint64_t n)
{
	rai_buf_printf(x->out, "%s %" PRIu64 "\n", x->labels > 0 ? "}" : "", n);
}

void
rai_expo_plain(struct rai_expo *x, const char *name, double v)
{
	rai_expo_sample(x, name, "");
	rai_expo_value(x, v);
}

void
rai_expo_of_model(struct rai_expo *x, const char *name, const char *model, double v)
{
	rai_expo_sample(x, name, "");
	rai_expo_label(x, "model", model);
	rai_expo_value(x, v);
}

void
rai_expo_bucket(struct rai_expo *x, const char *name, const char *model, const char *le, uint64_t n)
{
	rai_expo_sample(x, name, "_bucket");
	rai_expo_label(x, "model", model);
	rai_expo_label(x, "le", le);
	rai_expo_count(x, n);
}

void
rai_expo_end(struct rai_expo *x)
{
	if (x->format == RAI_EXPO_OPENMETRICS)
		rai_buf_str(x->out, "# EOF\n");
}
