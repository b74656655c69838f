/*
 * replay: plays a table again in the order of its dates, so that a stretch of a real or generated
 * market can be trained on, sent as requests, or moved by a stated shift.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/cli.h"
#include "json/json.h"
#include "table/csv.h"
#include "table/source.h"

struct options {
	const char *date, *target, *format;
	struct rai_opt_list drop;
	double inflate;
	int64_t skip, limit;
};

struct row {
	int64_t day, order;
	char **field;
};

struct rows {
	char **name;
	size_t width, n, cap;
	struct row *row;
};

/* d/m/y or ISO; rows without a date come first. */
static int64_t
day_of(const char *s)
{
	int64_t d, m, y, ms;
	const char *a = strchr(s, '/'), *b = a != NULL ? strchr(a + 1, '/') : NULL;

	if (rai_clock_parse(s, strlen(s), &ms) == 0)
		return ms / 86400000;
	if (b == NULL || rai_num_int(s, (size_t)(a - s), 1, 31, &d) != 0 ||
	    rai_num_int(a + 1, (size_t)(b - a - 1), 1, 12, &m) != 0 ||
	    rai_num_int(b + 1, strlen(b + 1), 1, 9999, &y) != 0)
		return INT64_MIN;
	return rai_clock_days((int)y, (int)m, (int)d);
}

static int
by_day(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static int
add(struct rows *t, const struct rai_field *f, size_t date, struct rai_err *err)
{
	struct row *r;
	size_t i;

	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 1024;

		r = realloc(t->row, cap * sizeof(*r));
		if (r == NULL)
			return rai_fail_memory(err);
		t->row = r;
		t->cap = cap;
	}
	r = &t->row[t->n];
	r->field = calloc(t->width, sizeof(char *));
	if (r->field == NULL)
		return rai_fail_memory(err);
	r->order = (int64_t)t->n++;
	for (i = 0; i < t->width; i++)
		if ((r->field[i] = strndup(f[i].p, f[i].len)) == NULL)
			return rai_fail_memory(err);
	r->day = day_of(r->field[date]);
	return 0;
}

static int
column(const struct rows *t, const char *name, size_t *out, struct rai_err *err)
{
	for (*out = 0; *out < t->width; (*out)++)
		if (strcmp(t->name[*out], name) == 0)
			return 0;
	return rai_fail(err, RAI_EINPUT, "no column \"%s\"", name);
}

static int
load(const char *path, const char *date, struct rows *t, struct rai_err *err)
{
	const struct rai_field *field;
	struct rai_source *source;
	struct rai_rows *in = NULL;
	size_t i, at;
	int rc = -1, more;

	if (rai_source_open(path, NULL, 0, &source, err) != 0 ||
	    rai_rows_open(source, RAI_FORMAT_AUTO, 0, &in, err) != 0)
		return -1;
	t->width = rai_rows_width(in);
	t->name = calloc(t->width, sizeof(char *));
	for (i = 0; t->name != NULL && i < t->width; i++)
		t->name[i] = strdup(rai_rows_column(in, i));
	if (t->name == NULL || column(t, date, &at, err) != 0)
		goto out;
	while ((more = rai_rows_next(in, &field, err)) == 0)
		if (add(t, field, at, err) != 0)
			goto out;
	rc = more == 1 ? 0 : -1;
out:
	rai_rows_close(in);
	return rc;
}

/* The target, moved by the stated inflation and rounded as prices are. */
static void
inflate(char **field, double percent)
{
	char text[RAI_NUM_TEXT];
	double v;

	if (percent == 0 || rai_num_double(*field, strlen(*field), &v) != 0)
		return;
	rai_num_format(round(v * (1 + percent / 100)), text);
	free(*field);
	*field = strdup(text);
}

static void
csv_field(struct rai_buf *out, const char *s)
{
	if (strpbrk(s, ",\"\r\n") == NULL) {
		rai_buf_str(out, s);
		return;
	}
	rai_buf_char(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			rai_buf_char(out, '"');
		rai_buf_char(out, *s);
	}
	rai_buf_char(out, '"');
}

static void
csv_line(struct rai_buf *out, char *const *field, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i > 0)
			rai_buf_char(out, ',');
		csv_field(out, field[i]);
	}
	rai_buf_char(out, '\n');
}

static int
dropped(const struct rai_opt_list *drop, const char *name)
{
	size_t i;

	for (i = 0; i < drop->n; i++)
		if (strcmp(drop->item[i], name) == 0)
			return 1;
	return 0;
}

/* {"actual": target, "features": {...}}: numbers as numbers, empty fields as null. */
static void
json_line(struct rai_buf *out, const struct rows *t, const struct row *r, size_t target,
    const struct rai_opt_list *drop)
{
	struct rai_jw w;
	double v;
	size_t i;

	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	if (rai_num_double(r->field[target], strlen(r->field[target]), &v) == 0)
		rai_jw_num(&w, "actual", v);
	rai_jw_object(&w, "features");
	for (i = 0; i < t->width; i++) {
		if (i == target || dropped(drop, t->name[i]))
			continue;
		if (r->field[i][0] == '\0')
			rai_jw_null(&w, t->name[i]);
		else if (rai_num_double(r->field[i], strlen(r->field[i]), &v) == 0)
			rai_jw_num(&w, t->name[i], v);
		else
			rai_jw_str(&w, t->name[i], r->field[i]);
	}
	rai_jw_end(&w);
	rai_jw_end(&w);
	rai_buf_char(out, '\n');
}

static int
run(const struct options *o, const char *path, struct rai_buf *out, struct rai_err *err)
{
	int json = strcmp(o->format, "jsonl") == 0;
	struct rows t = {NULL, 0, 0, 0, NULL};
	size_t i, k, target, first, last;
	int rc = -1;

	if (!json && strcmp(o->format, "csv") != 0)
		return rai_fail(err, RAI_EINPUT, "--format: csv or jsonl, not \"%s\"", o->format);
	if (load(path, o->date, &t, err) != 0 || column(&t, o->target, &target, err) != 0)
		goto out;
	qsort(t.row, t.n, sizeof(*t.row), by_day);
	first = (size_t)o->skip;
	last = o->limit > 0 && (uint64_t)o->limit < t.n ? first + (size_t)o->limit : t.n;
	if (!json)
		csv_line(out, t.name, t.width);
	for (i = first; i < last && i < t.n; i++) {
		inflate(&t.row[i].field[target], o->inflate);
		if (json)
			json_line(out, &t, &t.row[i], target, &o->drop);
		else
			csv_line(out, t.row[i].field, t.width);
	}
	rc = 0;
out:
	for (i = 0; i < t.n; i++) {
		for (k = 0; k < t.width; k++)
			free(t.row[i].field[k]);
		free(t.row[i].field);
	}
	for (i = 0; t.name != NULL && i < t.width; i++)
		free(t.name[i]);
	free(t.name);
	free(t.row);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o = {.date = "Date", .target = "Price", .format = "csv"};
	struct rai_opt opts[] = {
	    {RAI_OPT_STR, 0, "date", "column", "the date column (Date)", &o.date, 0},
	    {RAI_OPT_STR, 0, "target", "column", "the target column (Price)", &o.target, 0},
	    {RAI_OPT_INT, 0, "skip", "rows", "leave out so many of the oldest rows (0)", &o.skip,
		0},
	    {RAI_OPT_INT, 'n', "limit", "rows", "at most so many rows (0: all)", &o.limit, 0},
	    {RAI_OPT_NUM, 0, "inflate", "percent", "raise the target (0)", &o.inflate, 0},
	    {RAI_OPT_LIST, 0, "drop", "column", "leave it out of jsonl", &o.drop, 0},
	    {RAI_OPT_STR, 0, "format", "csv|jsonl", "how rows are written (csv)", &o.format, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};
	struct rai_cli cli = {.name = "replay",
	    .synopsis = "file",
	    .opts = opts,
	    .summary = "play a table again in the order of its dates"};
	struct rai_buf out = RAI_BUF_INIT((size_t)1 << 30);
	struct rai_err err = RAI_ERR_INIT;
	int i, status;

	i = rai_cli_parse(&cli, argc, argv);
	if (i != argc - 1)
		rai_cli_usage(&cli, "needs one file");
	status = rai_cli_finish(&cli, run(&o, argv[i], &out, &err), &out, &err);
	rai_buf_free(&out);
	return status;
}
