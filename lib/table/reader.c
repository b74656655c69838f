#include "table/reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/large.h"
#include "base/near.h"
#include "base/num.h"
#include "table/infer.h"
#include "table/rows.h"

static size_t
find(const struct rai_reader *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->width; i++)
		if (strcmp(r->col[i].spec.name, name) == 0)
			break;
	return i;
}

/* The column called name, or NULL with err: what is what the name is wanted for. */
static struct rai_reader_col *
want(struct rai_reader *r, const char *name, const char *what, struct rai_err *err)
{
	const char *source = rai_source_name(rai_rows_source(r->rows)), *near = NULL;
	size_t i = find(r, name), len = strlen(name), d;
	size_t best = len < RAI_NEAR_LIMIT ? len : RAI_NEAR_LIMIT;

	if (i < r->width)
		return &r->col[i];
	for (i = 0; i < r->width; i++) {
		d = rai_near_distance(r->col[i].spec.name, name);
		if (d < best) {
			best = d;
			near = r->col[i].spec.name;
		}
	}
	rai_fail(err, RAI_EINPUT, "%s: no column \"%.100s\" (%s)%s%.100s%s", source, name, what,
	    near == NULL ? "" : "; the nearest is \"", near == NULL ? "" : near,
	    near == NULL ? "" : "\"");
	return NULL;
}

static int
declare_types(struct rai_reader *r, struct rai_err *err)
{
	const struct rai_table_options *o = r->opt;
	struct rai_reader_col *c;
	size_t i;

	for (i = 0; i < o->ncategory; i++) {
		c = want(r, o->category[i], "a category", err);
		if (c == NULL)
			return -1;
		c->spec.type = RAI_COL_CAT;
		c->declared = 1;
	}
	for (i = 0; i < o->ndate; i++) {
		c = want(r, o->date[i].column, "a date", err);
		if (c == NULL)
			return -1;
		c->spec.type = RAI_COL_DATE;
		c->spec.day_first = o->date[i].day_first;
		c->declared = 1;
	}
	return 0;
}

int
rai_reader_roles(struct rai_reader *r, struct rai_err *err)
{
	const struct rai_table_options *o = r->opt;
	struct rai_reader_col *c;
	size_t i;

	r->width = rai_rows_width(r->rows);
	r->target = r->width;
	r->col = calloc(r->width, sizeof(*r->col));
	if (r->col == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < r->width; i++) {
		memcpy(&r->col[i].spec.name, &(const char *){rai_rows_column(r->rows, i)},
		    sizeof(char *)); /* borrowed */
		r->col[i].role = o->nuse > 0 ? RAI_ROLE_NONE : RAI_ROLE_INPUT;
	}
	if (declare_types(r, err) != 0)
		return -1;
	for (i = 0; i < o->nuse; i++) {
		c = want(r, o->use[i], "to be used", err);
		if (c == NULL)
			return -1;
		c->role = RAI_ROLE_INPUT;
	}
	for (i = 0; i < o->ndrop; i++) {
		c = want(r, o->drop[i], "to be dropped", err);
		if (c == NULL)
			return -1;
		c->role = RAI_ROLE_NONE;
	}
	if (o->target == NULL)
		return 0;
	c = want(r, o->target, "the target", err);
	if (c == NULL)
		return -1;
	for (i = 0; i < o->ndrop; i++)
		if (strcmp(o->drop[i], o->target) == 0)
			return rai_fail(err, RAI_EINPUT,
			    "%.100s: the target is among the columns to drop", o->target);
	if (c->declared && (c->spec.type == RAI_COL_DATE || o->target_type == RAI_TARGET_NUMBER))
		return rai_fail(err, RAI_EINPUT,
		    "%.100s: the target must be a number (or, of task: classification, a category)",
		    o->target);
	if (o->target_type == RAI_TARGET_CATEGORY)
		c->spec.type = RAI_COL_CAT;
	r->target = (size_t)(c - r->col);
	c->role = RAI_ROLE_TARGET;
	c->declared = 1;
	return 0;
}

/* Hashes of rows, or room to look for them. */
static int
grow_hash(struct rai_reader *r, size_t cap, struct rai_err *err)
{
	uint64_t(*hash)[2];

	if (r->opt->duplicates != RAI_DUPLICATES_DROP)
		return 0;
	if (!r->part)
		return rai_seen_reserve(&r->seen, cap, err);
	hash = realloc(r->hash, cap * sizeof(*hash));
	if (hash == NULL)
		return rai_fail_memory(err);
	r->hash = hash;
	return 0;
}

int
rai_reader_grow(struct rai_reader *r, size_t n, struct rai_err *err)
{
	size_t cap = r->cap, i;

	if (n <= r->cap - r->nrow)
		return 0;
	if (cap == 0)
		cap = r->expected > RAI_ROWS_SAMPLE ? r->expected : RAI_ROWS_SAMPLE;
	while (cap - r->nrow < n)
		cap *= 2;
	for (i = 0; i < r->width; i++) {
		struct rai_reader_col *c = &r->col[i];
		void *p;

		if (c->role == RAI_ROLE_NONE)
			continue;
		p = c->spec.type == RAI_COL_CAT ? realloc(c->code, cap * sizeof(*c->code))
						: realloc(c->num, cap * sizeof(*c->num));
		if (p == NULL)
			return rai_fail_memory(err);
		rai_large_pages(p, cap * (c->spec.type == RAI_COL_CAT ? 4 : 8));
		if (c->spec.type == RAI_COL_CAT)
			c->code = p;
		else
			c->num = p;
	}
	r->cap = cap;
	return grow_hash(r, cap, err);
}

/* The first value of a column that had none decides its type. */
static int
decide(
    struct rai_reader *r, struct rai_reader_col *c, const struct rai_field *f, struct rai_err *err)
{
	struct rai_tally tally = {0, 0, 0, 0, 0};
	size_t i;

	rai_tally_add(&tally, f->p, f->len);
	if (tally.values > 0 && r->part)
		return rai_fail(err, RAI_ECONFLICT, "%.100s: not decided yet", c->spec.name);
	c->marks = 1;
	if (rai_tally_type(&tally, &c->spec.type, &c->spec.day_first) == 1)
		return 0;
	c->open = 0;
	if (c->spec.type != RAI_COL_CAT)
		return 0;
	c->code = malloc(r->cap * sizeof(*c->code));
	if (c->code == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < r->nrow; i++)
		c->code[i] = RAI_CODE_MISSING;
	free(c->num);
	c->num = NULL;
	return 0;
}

/* One value; the message has no file and line yet. */
static int
put(struct rai_reader *r, struct rai_reader_col *c, const struct rai_field *f, struct rai_err *err)
{
	struct rai_cell cell;

	if (c->open && f->len > 0 && decide(r, c, f, err) != 0)
		return -1;
	if (c->spec.type == RAI_COL_CAT) {
		int32_t code = RAI_CODE_MISSING;

		if (f->len > 0) {
			code = rai_levels_add(&c->levels, f->p, f->len, err);
			if (code < 0)
				return rai_wrap(err, "%.100s", c->spec.name);
		}
		c->code[r->nrow] = code;
		return 0;
	}
	if (c->spec.type == RAI_COL_NUM && rai_num_double_in(f->p, f->len, &c->num[r->nrow]) == 0)
		return 0;
	if (rai_schema_text(&c->spec, f->p, f->len, &cell, err) != 0)
		return -1;
	c->num[r->nrow] = cell.num;
	return 0;
}

/* Adds the reason and the way out to a message about a value. */
static int
bad_value(
    const struct rai_reader *r, const struct rai_reader_col *c, size_t line, struct rai_err *err)
{
	const char *source = rai_source_name(rai_rows_source(r->rows));
	size_t n;

	if (err == NULL || err->code != RAI_EINPUT)
		return -1;
	rai_wrap(err, "%s:%zu", source, line);
	n = strlen(err->msg);
	if (!c->declared && c->role == RAI_ROLE_INPUT && c->spec.type != RAI_COL_CAT &&
	    n + 1 < sizeof(err->msg)) {
		const char *hint =
		    c->spec.type == RAI_COL_NUM
			? ", as the others of its column are (features.encode would "
			  "make it a category)"
			: ", as the others of its column are (features.dates declares the form)";

		strncat(err->msg, hint, sizeof(err->msg) - n - 1);
	}
	return -1;
}

int
rai_reader_row(
    struct rai_reader *r, const struct rai_field *field, size_t line, struct rai_err *err)
{
	int unique = r->opt->duplicates == RAI_DUPLICATES_DROP, rc = 0;
	uint64_t h[2];
	size_t i;

	r->counts.read++;
	if (rai_reader_grow(r, 1, err) != 0)
		return -1;
	if (r->target < r->width) {
		struct rai_reader_col *c = &r->col[r->target];

		if (put(r, c, &field[r->target], err) != 0)
			return bad_value(r, c, line, err);
		if (c->spec.type == RAI_COL_CAT ? c->code[r->nrow] < 0 : isnan(c->num[r->nrow])) {
			r->counts.no_target++;
			return rai_reader_refuse(
			    r, RAI_REFUSED_TARGET, field, line, "the target is missing", err);
		}
	}
	if (unique) {
		rai_seen_hash(field, r->width, r->rows->separator, h);
		rai_seen_fetch(&r->seen, h); /* looked at after the fields */
	}
	for (i = 0; i < r->width; i++)
		if (r->col[i].role == RAI_ROLE_INPUT && put(r, &r->col[i], &field[i], err) != 0)
			return bad_value(r, &r->col[i], line, err);
	if (unique && r->part)
		memcpy(r->hash[r->nrow], h, sizeof(h));
	else if (unique)
		rc = rai_seen_add(&r->seen, h, err);
	if (rc < 0)
		return -1;
	/* a row that was seen before is overwritten by the next one */
	r->counts.duplicates += rc == 1;
	r->nrow += rc == 0;
	if (rc == 0)
		return 0;
	return rai_reader_refuse(
	    r, RAI_REFUSED_DUPLICATE, field, line, "the same as an earlier row", err);
}
