#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "drift.h"

/* The first bytes of a regular file; of what cannot be looked at twice (a pipe), none. */
static size_t
peek(const char *path, char *out, size_t size)
{
	struct stat st;
	ssize_t n = 0;
	int fd;

	if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, out, size);
		close(fd);
	}
	return n > 0 ? (size_t)n : 0;
}

int
drift_is_document(const char *path)
{
	char head[256];

	return rai_drift_past_begins(head, peek(path, head, sizeof(head)));
}

int
drift_is_log(const char *path)
{
	static const char begins[] = "{\"type\":\"";
	char head[64];
	size_t n = peek(path, head, sizeof(head)), i, k = 0;

	for (i = 0; i < n && k < sizeof(begins) - 1; i++)
		if (head[i] == begins[k])
			k++;
		else if (head[i] != ' ')
			return 0;
	return k == sizeof(begins) - 1;
}

static int
read_document(const char *path, struct rai_drift_past *out, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RAI_DRIFT_PAST_MAX);
	int rc = -1;

	if (rai_file_read(path, &text, err) == 0) {
		rc = rai_drift_past_read(text.ptr, text.len, out, err);
		if (rc != 0)
			rai_wrap(err, "%s", path);
	}
	rai_buf_free(&text);
	return rc;
}

/* The file's name without its folder and what follows the first dot: "last_month". */
static void
short_name(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
	size_t n = strcspn(base, ".");

	snprintf(out, size, "%.*s", n > 0 && n < size ? (int)n : 0, base);
	if (out[0] == '\0' || strcmp(path, "-") == 0)
		snprintf(out, size, "rows");
}

int
drift_read_table(const struct options *o, struct rai_source *source, enum rai_format format,
    const struct rai_schema *like, struct rai_table **out, struct rai_err *err)
{
	struct rai_table_options t = {.duplicates = RAI_DUPLICATES_KEEP, .format = format};
	const char **category = NULL;
	size_t i, n = like != NULL ? like->n : 0;
	int rc;

	category = calloc(n + 1, sizeof(*category));
	if (category == NULL) {
		rai_source_close(source);
		return rai_fail_memory(err);
	}
	for (i = 0; i < n; i++)
		if (like->col[i].type == RAI_COL_CAT)
			category[t.ncategory++] = like->col[i].name;
	t.category = category;
	t.target = like != NULL ? like->target.name : o->target;
	if (like != NULL && like->target.type == RAI_COL_CAT)
		t.target_type = RAI_TARGET_CATEGORY;
	rc = rai_table_from(source, &t, out, err);
	free(category);
	return rc;
}

int
drift_read_past(const struct options *o, const char *path, const struct rai_drift_past *like,
    struct rai_drift_past *out, struct rai_err *err)
{
	struct rai_source *source;
	struct rai_table *t = NULL;
	char name[128];
	int rc;

	memset(out, 0, sizeof(*out));
	if (drift_is_document(path))
		return read_document(path, out, err);
	if (rai_source_open(path, NULL, 0, &source, err) != 0 ||
	    drift_read_table(
		o, source, RAI_FORMAT_AUTO, like != NULL ? &like->schema : NULL, &t, err) != 0)
		return -1;
	short_name(path, name, sizeof(name));
	rc = o->whole && !o->profile ? rai_drift_past_make_all(out, name, t, err)
				     : rai_drift_past_make(out, name, t, like, err);
	rai_table_free(t);
	return rc == 0 ? 0 : rai_wrap(err, "%s", path);
}

/* The calibration goes into the document; rows: what is drawn from, or NULL: the profile. */
static int
calibrate(struct run *r, struct rai_drift_past *p, const char *rows, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT((size_t)16 << 20);
	struct rai_drift_calibration c;
	struct rai_jw w;
	int rc;

	if (rows != NULL && strcmp(rows, "-") == 0)
		return rai_fail(err, RAI_EINPUT,
		    "--calibrate: rows are read twice, give a file instead of standard input");
	if (rai_drift_reference(&p->profile, &p->schema, &r->ref, err) != 0 ||
	    drift_make_rule(r->o, &r->about.rule, err) != 0 ||
	    drift_calibrate(r, &rows, rows != NULL, &c, err) != 0)
		return -1;
	rai_jw_init(&w, &text);
	rai_drift_calibration_write(&c, &w, NULL);
	rai_drift_calibration_release(&c);
	rc = rai_buf_check(&text, "calibration", err);
	free(p->calibration);
	p->calibration = rc == 0 ? rai_buf_take(&text) : NULL;
	rai_buf_free(&text);
	return rc;
}

/* The profile of all operands together: the first gives the bins, unless --against does. */
int
drift_profile(struct run *r, const char *const *path, size_t n, struct rai_err *err)
{
	static const char *const standard[] = {"-"};
	struct rai_drift_past like, all, next;
	int have = r->o->against != NULL, rc;
	size_t i;

	memset(&like, 0, sizeof(like));
	if (have && drift_read_past(r->o, r->o->against, NULL, &like, err) != 0)
		return -1;
	if (n == 0) {
		path = standard;
		n = 1;
	}
	rc = drift_read_past(r->o, path[0], have ? &like : NULL, &all, err);
	for (i = 1; i < n && rc == 0; i++) {
		rc = drift_read_past(r->o, path[i], have ? &like : &all, &next, err);
		if (rc == 0) {
			rc = rai_drift_past_merge(&all, &next, err);
			if (rc != 0)
				rai_wrap(err, "%s", path[i]);
			rai_drift_past_release(&next);
		}
	}
	if (rc == 0 && r->o->calibrate)
		rc =
		    calibrate(r, &all, n == 1 && !drift_is_document(path[0]) ? path[0] : NULL, err);
	if (rc == 0)
		rai_drift_past_write(&all, r->out);
	rai_drift_past_release(&all);
	rai_drift_past_release(&like);
	return rc;
}
