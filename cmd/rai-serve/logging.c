#include "logging.h"

#include <string.h>

#include "base/num.h"

enum { LOG_BYTES = 4 << 20, SIZE_MIN = 4096, KEEP = 5, KEEP_MAX = 1000 };

static int
choose_sync(const char *text, enum rai_serve_log_sync *out, struct rai_err *err)
{
	static const char *const names[] = {"none", "second", "batch"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum rai_serve_log_sync)i;
			return 0;
		}
	return rai_fail(
	    err, RAI_EINPUT, "--log-sync is none, second or batch, not \"%.40s\"", text);
}

/* "10%" */
static int
read_sample(const char *text, double *out, struct rai_err *err)
{
	size_t n = text == NULL ? 0 : strlen(text);

	if (text == NULL)
		return 0;
	if (n < 2 || text[n - 1] != '%' || rai_num_double(text, n - 1, out) != 0 || !(*out > 0) ||
	    *out > 100)
		return rai_fail(err, RAI_EINPUT,
		    "--log-sample is a share of the predictions, such as 10%% (more than 0%%, at "
		    "most 100%%), not \"%.40s\"",
		    text);
	*out /= 100;
	return 0;
}

/* What would be without effect is a mistake. */
static int
check(const struct logging *l, struct rai_err *err)
{
	if (l->path == NULL && (l->max_size > 0 || strcmp(l->sync, "none") != 0 ||
				   l->sample != NULL || l->redact.n > 0))
		return rai_fail(err, RAI_EINPUT,
		    "--log-max-size, --log-sync, --log-sample and --log-redact are about a --log: "
		    "give one");
	if (l->path != NULL && strcmp(l->path, "-") == 0 && l->max_size > 0)
		return rai_fail(err, RAI_EINPUT,
		    "--log-max-size: standard output cannot be rotated (give --log a file)");
	if (l->keep >= 0 && l->max_size == 0)
		return rai_fail(err, RAI_EINPUT,
		    "--log-keep is about the logs that --log-max-size rotates: give both");
	if (l->max_size > 0 && l->max_size < SIZE_MIN)
		return rai_fail(err, RAI_EINPUT, "--log-max-size is at least %d bytes", SIZE_MIN);
	if (l->keep > KEEP_MAX)
		return rai_fail(err, RAI_EINPUT, "--log-keep is at most %d", KEEP_MAX);
	return 0;
}

int
logging_configure(const struct logging *l, struct rai_serve_log_config *out, struct rai_err *err)
{
	if (choose_sync(l->sync, &out->sync, err) != 0 ||
	    read_sample(l->sample, &out->sample, err) != 0 || check(l, err) != 0)
		return -1;
	out->path = l->path;
	out->max_bytes = LOG_BYTES;
	out->max_size = l->max_size;
	out->keep = l->keep < 0 ? KEEP : (unsigned)l->keep;
	out->redact = l->redact.item;
	out->nredact = l->redact.n;
	return 0;
}

int
logging_check_names(
    const struct logging *l, const struct rai_serve_model *m, size_t n, struct rai_err *err)
{
	const char *name;
	size_t i, k;

	for (i = 0; i < l->redact.n; i++) {
		name = l->redact.item[i];
		for (k = 0; k < n && rai_schema_find(m[k].schema, name, strlen(name)) < 0; k++)
			;
		if (k == n)
			return rai_fail(err, RAI_EINPUT,
			    "--log-redact %.100s: no model that is served has such a feature",
			    name);
	}
	return 0;
}
