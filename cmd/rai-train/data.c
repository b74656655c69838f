#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tool.h"

int
data_open(const struct options *o, const char *from, struct rai_source **out, struct rai_err *err)
{
	char *name, line[128];
	int fd, rc;

	if (strcmp(from, "-") == 0)
		return rai_source_open(from, NULL, 0, out, err);
	name = rai_origin_name(from);
	if (name == NULL)
		return rai_fail_memory(err);
	if (rai_origin_is_url(from)) {
		snprintf(line, sizeof(line), "fetching %.100s", name);
		rai_cli_status(line);
	}
	rc = rai_origin_open(from, &o->origin, &fd, err);
	rai_cli_status("");
	if (rc == 0)
		rc = rai_source_fd(name, fd, out, err);
	free(name);
	return rc;
}

int
data_separator(const char *text, char *out, struct rai_err *err)
{
	if (text == NULL || strcmp(text, ",") == 0)
		*out = ',';
	else if (strcmp(text, "\t") == 0 || strcmp(text, "\\t") == 0)
		*out = '\t';
	else if (strlen(text) == 1 && strchr(";|:!#$%&*/@^~ ", text[0]) != NULL)
		*out = text[0];
	else
		return rai_fail(err, RAI_EINPUT,
		    "separator: \"%.20s\" is none of , ; | : ! # $ %% & * / @ ^ ~ \\t and a space",
		    text);
	return 0;
}

/* Opens all sources of the plan, then reads them as one table. */
static int
read_sources(
    const struct options *o, const struct plan *p, struct rai_table **out, struct rai_err *err)
{
	struct rai_source **source = calloc(p->nfrom, sizeof(struct rai_source *));
	size_t n = 0;
	int rc = source == NULL ? rai_fail_memory(err) : 0;

	for (; rc == 0 && n < p->nfrom; n += rc == 0)
		rc = data_open(o, p->from[n], &source[n], err);
	if (rc == 0)
		rc = rai_table_from_all(source, n, &p->table, out, err);
	else
		while (n > 0)
			rai_source_close(source[--n]);
	free(source);
	return rc;
}

/* The rows that were set aside, also where they were too many; err keeps what it says then. */
static int
write_refused(const struct options *o, const struct plan *p, int rc, struct rai_err *err)
{
	const struct rai_buf *rows = &p->refused.rows;

	if (o->quarantine == NULL || (rc != 0 && !p->refused.too_many))
		return rc;
	if (rai_file_write(o->quarantine, rows->ptr, rows->len, 0644, rc == 0 ? err : NULL) != 0)
		return -1;
	return rc;
}

int
data_read(
    const struct options *o, const struct plan *p, struct rai_table **out, struct rai_err *err)
{
	int rc;

	*out = NULL;
	rc = p->table.ncommand > 0 ? rai_table_read(p->source, &p->table, out, err)
				   : read_sources(o, p, out, err);
	if (write_refused(o, p, rc, err) == 0 &&
	    (p->model == NULL || (data_units(p, *out, err) == 0 && split_table(p, *out, err) == 0)))
		return 0;
	rai_table_free(*out);
	*out = NULL;
	return -1;
}
