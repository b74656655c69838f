#include "table/leak.h"

#include <math.h>
#include <stdlib.h>

#include "base/fpmath.h"
#include "base/rng.h"
#include "base/tap.h"

#define ROWS 2000

static const char names[] =
    "Log,Less,Band,Code,Noisy,Strong,Trend,Half,Group,Region,Const,Day,Price";

/* Skewed prices in steps, as people set them, and columns made of them. */
static void
add_row(struct rai_buf *csv, struct rai_rng *r, size_t i, size_t n)
{
	double u = rai_rng_unit(r), v = rai_rng_unit(r);
	double price = floor(rai_exp(12 + 2 * u * u + u) / 1000) * 1000;

	rai_buf_printf(csv, "%.8f,%.6f,", rai_log(price), 5 - price / 3);
	rai_buf_printf(csv, "%.1f,c%d,", rai_log(price), (int)(price / 1000));
	rai_buf_printf(csv, "%.3f,", price * (1 + 0.002 * (v - 0.5)));     /* another currency */
	rai_buf_printf(csv, "%.3f,", price / 1000 + 20 * rai_rng_unit(r)); /* rank 0.999 */
	rai_buf_printf(csv, "%zu,", i);
	if (i % 3 == 0)
		rai_buf_printf(csv, "%.8f", rai_log(price));
	rai_buf_printf(csv, ",g%d,%s,1,2017-01-%02d,%.0f\n", (int)(rai_rng_unit(r) * 30),
	    price > 400000 ? "dear" : "cheap", (int)(i * 28 / n) + 1, price);
}

static struct rai_table *
read(const struct rai_buf *csv, const char *target, enum rai_target_type type)
{
	const struct rai_table_options o = {
	    .target = target, .target_type = type, .duplicates = RAI_DUPLICATES_KEEP};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_source *s = NULL;
	struct rai_table *t = NULL;

	if (rai_source_memory("rows.csv", csv->ptr, csv->len, &s, &err) != 0 ||
	    rai_table_from(s, &o, &t, &err) != 0)
		printf("# %s\n", err.msg);
	if (t == NULL)
		abort();
	return t;
}

/* The names of the columns found, with blanks between them. */
static void
find(const struct rai_table *t, const char *but, struct rai_buf *out)
{
	size_t *rows = malloc((t->nrow + 1) * sizeof(*rows)), i;
	char leak[64];
	struct rai_err err = RAI_ERR_INIT;

	if (rows == NULL)
		abort();
	for (i = 0; i < t->nrow; i++)
		rows[i] = i;
	ok(rai_leak_find(t, rows, t->nrow, but, leak, &err) == 0, "looks");
	rai_buf_str(out, "");
	for (i = 0; i < t->schema.n; i++)
		if (leak[i])
			rai_buf_printf(out, "%s%s", out->len > 0 ? " " : "", t->schema.col[i].name);
	free(rows);
}

static void
check(const struct rai_buf *csv, const char *target, enum rai_target_type type, const char *but,
    const char *want, const char *name)
{
	struct rai_table *t = read(csv, target, type);
	struct rai_buf found = RAI_BUF_INIT(4096);

	find(t, but, &found);
	is_str(found.ptr, want, name);
	rai_buf_free(&found);
	rai_table_free(t);
}

static void
test_find__numbers(void)
{
	struct rai_rng r = rai_rng_new(3, 0);
	struct rai_buf csv = RAI_BUF_INIT(1 << 20);
	size_t i;

	rai_buf_printf(&csv, "%s\n", names);
	for (i = 0; i < ROWS; i++)
		add_row(&csv, &r, i, ROWS);
	check(&csv, "Price", RAI_TARGET_NUMBER, NULL, "Log Less Band",
	    "the target's logarithm, a multiple, a rounded logarithm; nothing else");
	check(&csv, "Price", RAI_TARGET_NUMBER, "Less", "Log Band", "but the named one");
	check(&csv, "Strong", RAI_TARGET_NUMBER, NULL, "", "a noisy target has no other form");
	rai_buf_free(&csv);
	csv = (struct rai_buf)RAI_BUF_INIT(1 << 20);
	r = rai_rng_new(3, 0);
	rai_buf_printf(&csv, "%s\n", names);
	for (i = 0; i < RAI_LEAK_ROWS - 1; i++)
		add_row(&csv, &r, i, ROWS);
	check(&csv, "Price", RAI_TARGET_NUMBER, NULL, "", "few rows prove nothing");
	rai_buf_free(&csv);
}

/* Rows sorted by the target: their number rises with it, and is not made of it. */
static void
test_find__what_rises_along(void)
{
	struct rai_rng r = rai_rng_new(4, 0);
	struct rai_buf csv = RAI_BUF_INIT(1 << 20);
	double count = 0;
	size_t i;

	rai_buf_str(&csv, "Row,Year,Count\n");
	for (i = 0; i < ROWS; i++) {
		count += -100 * rai_log(1 - rai_rng_unit(&r));
		rai_buf_printf(&csv, "%zu,%zu,%.3f\n", i, 1900 + i / 2, count);
	}
	check(&csv, "Count", RAI_TARGET_NUMBER, NULL, "", "a running number of a growing count");
	rai_buf_free(&csv);
}

static void
test_find__categories(void)
{
	struct rai_rng r = rai_rng_new(5, 0);
	struct rai_buf csv = RAI_BUF_INIT(1 << 20);
	size_t i;

	rai_buf_str(&csv, "Sku,Mixed,Rare,Price\n");
	for (i = 0; i < ROWS; i++) {
		int k = (int)(rai_rng_unit(&r) * 50);

		rai_buf_printf(&csv, "s%d,m%d,r%zu,%d\n", k, i % 400 == 0 ? 0 : k, i, 100 + k * k);
	}
	check(&csv, "Price", RAI_TARGET_NUMBER, NULL, "Sku",
	    "a category that says the number; not one with exceptions, nor one of single rows");
	rai_buf_free(&csv);
}

static void
test_find__classes(void)
{
	struct rai_rng r = rai_rng_new(6, 0);
	struct rai_buf csv = RAI_BUF_INIT(1 << 20);
	size_t i;

	rai_buf_str(&csv, "Code,Word,Suburb,Size,Almost,Flag,Region\n");
	for (i = 0; i < ROWS; i++) {
		int k = (int)(rai_rng_unit(&r) * 3), suburb = 10 * k + (int)(i % 10);

		rai_buf_printf(&csv, "%d,w%d,s%d,%.4f,%d,%d,region%d\n", 7 - k * k, k, suburb,
		    10 * k + rai_rng_unit(&r), i == 777 ? 9 : k, k == 1, k);
	}
	check(&csv, "Region", RAI_TARGET_CATEGORY, NULL, "Code Word",
	    "codes of the class; not what determines it, parts it, or is a part of it");
	check(&csv, "Flag", RAI_TARGET_NUMBER, NULL, "", "nor of a number of two values");
	check(&csv, "Code", RAI_TARGET_NUMBER, NULL, "Word Region", "a number of three values");
	rai_buf_free(&csv);
}

int
main(void)
{
	test_find__numbers();
	test_find__what_rises_along();
	test_find__categories();
	test_find__classes();
	return tap_done();
}
