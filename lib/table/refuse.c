#include "table/refuse.h"

#include <stdio.h>
#include <string.h>

#include "table/reader.h"
#include "table/rows.h"

#define TEXT ((size_t)1 << 16) /* bytes of a row without fields that are kept */

const char *
rai_refusal_name(enum rai_refusal kind)
{
	static const char *const name[RAI_REFUSALS] = {
	    "no_target", "duplicate", "fields", "encoding", "quotes", "json", "value"};

	return name[kind];
}

size_t
rai_refused_malformed(const struct rai_refused *r)
{
	size_t sum = 0, i;

	for (i = RAI_REFUSED_FIELDS; i < RAI_REFUSALS; i++)
		sum += r->count[i];
	return sum;
}

/* A message without the file and line that the object names besides. */
static const char *
reason(const char *msg, const char *file, size_t line)
{
	char prefix[RAI_ERR_MAX];
	int n = snprintf(prefix, sizeof(prefix), "%s:%zu: ", file, line);

	return n > 0 && strncmp(msg, prefix, (size_t)n) == 0 ? msg + n : msg;
}

/* The start of an object; the caller adds the row. */
static void
begin(struct rai_reader *r, struct rai_jw *w, enum rai_refusal kind, size_t line, const char *why)
{
	struct rai_refused *to = r->opt->refused;
	const char *file = rai_source_name(rai_rows_source(r->rows));

	to->count[kind]++;
	if (kind >= RAI_REFUSED_FIELDS && to->first[0] == '\0')
		snprintf(to->first, sizeof(to->first), "%s", why);
	rai_jw_init(w, &to->rows);
	rai_jw_object(w, NULL);
	rai_jw_int(w, "line", (int64_t)line);
	rai_jw_str(w, "file", file);
	rai_jw_str(w, "kind", rai_refusal_name(kind));
	rai_jw_str(w, "reason", reason(why, file, line));
}

static int
end(struct rai_reader *r, struct rai_jw *w, struct rai_err *err)
{
	rai_jw_end(w);
	rai_buf_char(&r->opt->refused->rows, '\n');
	return rai_buf_check(&r->opt->refused->rows, "the refused rows", err);
}

int
rai_reader_refuse(struct rai_reader *r, enum rai_refusal kind, const struct rai_field *field,
    size_t line, const char *why, struct rai_err *err)
{
	struct rai_jw w;
	size_t i;

	if (r->opt->refused == NULL)
		return 0;
	begin(r, &w, kind, line, why);
	rai_jw_object(&w, "row");
	for (i = 0; i < r->width; i++)
		rai_jw_strn(&w, r->col[i].spec.name, field[i].p, field[i].len);
	rai_jw_end(&w);
	return end(r, &w, err);
}

/* The row that the rows could not take apart; they go on behind it. */
static int
refuse_text(struct rai_reader *r, const struct rai_err *why, struct rai_err *err)
{
	struct rai_jw w;
	const char *text;
	size_t len, line;

	if (rai_rows_skip(r->rows, &text, &len, &line, err) != 0)
		return -1;
	begin(r, &w, (enum rai_refusal)r->rows->fault, line, why->msg);
	rai_jw_strn(&w, "text", text, len < TEXT ? len : TEXT);
	r->counts.read++;
	return end(r, &w, err);
}

int
rai_reader_next(struct rai_reader *r, const struct rai_field **field, struct rai_err *err)
{
	struct rai_err why;
	int rc;

	for (;;) {
		why.code = RAI_OK;
		rc = rai_rows_next(r->rows, field, &why);
		if (rc >= 0)
			return rc;
		if (r->opt->refused == NULL || r->rows->fault == 0) {
			if (err != NULL)
				*err = why;
			return -1;
		}
		if (refuse_text(r, &why, err) != 0)
			return -1;
	}
}

int
rai_reader_take(
    struct rai_reader *r, const struct rai_field *field, size_t line, struct rai_err *err)
{
	struct rai_err why = RAI_ERR_INIT;
	size_t i;

	if (r->opt->refused == NULL)
		return rai_reader_row(r, field, line, err);
	for (i = 0; i < r->width; i++)
		r->col[i].known = r->col[i].levels.n;
	if (rai_reader_row(r, field, line, &why) == 0)
		return 0;
	if (why.code != RAI_EINPUT) {
		if (err != NULL)
			*err = why;
		return -1;
	}
	/* categories that only this row has are none */
	for (i = 0; i < r->width; i++)
		if (r->col[i].levels.n > r->col[i].known)
			rai_levels_undo(&r->col[i].levels);
	return rai_reader_refuse(r, RAI_REFUSED_VALUE, field, line, why.msg, err);
}

int
rai_reader_one_by_one(struct rai_reader *r, struct rai_err *err)
{
	const struct rai_field *field;
	int rc;

	while ((rc = rai_reader_next(r, &field, err)) == 0)
		if (rai_reader_take(r, field, rai_rows_line(r->rows), err) != 0)
			return -1;
	return rc < 0 ? -1 : 0;
}

int
rai_reader_check_refused(struct rai_reader *r, struct rai_err *err)
{
	struct rai_refused *f = r->opt->refused;
	size_t n = f == NULL ? 0 : rai_refused_malformed(f);

	if (n == 0 || (double)n <= f->at_most * (double)r->counts.read)
		return 0;
	f->too_many = 1;
	return rai_fail(err, RAI_EINPUT,
	    "%zu of %zu rows are malformed, more than data.refused_at_most (%g) allows; the first: "
	    "%s",
	    n, r->counts.read, f->at_most, f->first);
}
