/* A table without its malformed rows is the table of a file that never had them. */
#include "table/refuse.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/rng.h"
#include "base/tap.h"
#include "json/json.h"
#include "table/table.h"

static struct rai_table *
read_text(const struct rai_buf *text, const struct rai_table_options *o, struct rai_err *err)
{
	struct rai_source *s = NULL;
	struct rai_table *t = NULL;

	if (rai_source_memory("f", text->ptr, text->len, &s, err) != 0 ||
	    rai_table_from(s, o, &t, err) != 0)
		return NULL;
	return t;
}

/* The same rows and the same schema? */
static int
same(const struct rai_table *a, const struct rai_table *b)
{
	struct rai_buf text[2] = {RAI_BUF_INIT(1 << 20), RAI_BUF_INIT(1 << 20)};
	const struct rai_table *t[2] = {a, b};
	struct rai_jw w;
	size_t i, j, k;
	int equal;

	for (k = 0; k < 2; k++) {
		rai_jw_init(&w, &text[k]);
		rai_jw_object(&w, NULL);
		rai_schema_write(&t[k]->schema, &w, "schema");
		rai_jw_nums(&w, "target", t[k]->target, t[k]->nrow);
		for (j = 0; j < t[k]->schema.n; j++)
			for (i = 0; i < t[k]->nrow; i++)
				rai_jw_num(&w, "v",
				    t[k]->col[j].num != NULL ? t[k]->col[j].num[i]
							     : t[k]->col[j].code[i]);
		rai_jw_end(&w);
	}
	equal = strcmp(text[0].ptr, text[1].ptr) == 0;
	rai_buf_free(&text[0]);
	rai_buf_free(&text[1]);
	return equal;
}

static const struct {
	const char *row;
	enum rai_refusal kind;
} bad[] = {
    {"1,x", RAI_REFUSED_FIELDS},
    {"1,x,2,3", RAI_REFUSED_FIELDS},
    {"\"two\nlines\",x", RAI_REFUSED_FIELDS},
    {"1,\xff,2", RAI_REFUSED_ENCODING},
    {"1,\"a\n\xff\",2", RAI_REFUSED_ENCODING},
    {"1,\"x\"y,2", RAI_REFUSED_QUOTES},
    {"1,x\"y,2", RAI_REFUSED_QUOTES},
    {"one,never,2", RAI_REFUSED_VALUE},
    {"1,never,two", RAI_REFUSED_VALUE},
    {"inf,seen,2", RAI_REFUSED_VALUE},
};

#define BAD (sizeof(bad) / sizeof(bad[0]))

static void
test_refused__as_if_they_were_not_there(void)
{
	size_t sample, i, k;

	for (sample = 1; sample <= 2000; sample = sample * 7 + 3) {
		struct rai_buf all = RAI_BUF_INIT(1 << 20), good = all;
		struct rai_refused refused = {.at_most = 0.5};
		struct rai_table_options o = {.target = "y", .sample = sample};
		struct rai_rng rng = rai_rng_new(sample, 1);
		struct rai_table *t, *want;
		struct rai_err err = RAI_ERR_INIT;
		size_t count[RAI_REFUSALS] = {0};

		rai_buf_init(&refused.rows, 1 << 20);
		rai_buf_str(&all, "n,k,y\n0,a,0\n");
		rai_buf_str(&good, "n,k,y\n0,a,0\n");
		for (i = 1; i < 3000; i++) {
			if (rai_rng_below(&rng, 5) == 0) {
				k = (size_t)rai_rng_below(&rng, BAD);
				rai_buf_printf(&all, "%s\n", bad[k].row);
				count[bad[k].kind]++;
			}
			rai_buf_printf(&all, "%zu,\"k%zu\"\"\",%zu\n", i, i % 13, i * 3);
			rai_buf_printf(&good, "%zu,\"k%zu\"\"\",%zu\n", i, i % 13, i * 3);
		}
		want = read_text(&good, &o, &err);
		o.refused = &refused;
		t = read_text(&all, &o, &err);
		if (!ok(t != NULL && want != NULL, "read"))
			printf("# %s\n", err.msg);
		else
			ok(same(t, want), "the same table");
		for (i = RAI_REFUSED_FIELDS; i < RAI_REFUSALS; i++)
			is_int(refused.count[i], count[i], rai_refusal_name((enum rai_refusal)i));
		rai_table_free(t);
		rai_table_free(want);
		rai_buf_free(&refused.rows);
		rai_buf_free(&all);
		rai_buf_free(&good);
	}
}

static void
check(const char *text, double at_most, const char *rows, const char *error, const char *name)
{
	struct rai_refused refused = {.at_most = at_most};
	struct rai_table_options o = {.target = "y", .refused = &refused};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf b = RAI_BUF_INIT(1 << 16);
	struct rai_table *t;

	rai_buf_init(&refused.rows, 1 << 16);
	rai_buf_str(&b, text);
	t = read_text(&b, &o, &err);
	is_str(refused.rows.ptr, rows, name);
	is_str(err.msg, error, "and this is said");
	rai_table_free(t);
	rai_buf_free(&refused.rows);
	rai_buf_free(&b);
}

static void
test_refused__records(void)
{
	check("a,y\n1,1\n1,1\n2,\n", 0,
	    "{\"line\":3,\"file\":\"f\",\"kind\":\"duplicate\",\"reason\":\"the same as an "
	    "earlier row\",\"row\":{\"a\":\"1\",\"y\":\"1\"}}\n"
	    "{\"line\":4,\"file\":\"f\",\"kind\":\"no_target\",\"reason\":\"the target is "
	    "missing\",\"row\":{\"a\":\"2\",\"y\":\"\"}}\n",
	    "", "what is left out without being malformed");
	check("a,y\n1,1\n2,2\n3\n", 0.34,
	    "{\"line\":4,\"file\":\"f\",\"kind\":\"fields\",\"reason\":\"1 field, where the "
	    "header has 2\",\"text\":\"3\"}\n",
	    "", "a third, where a little more is allowed");
	check("a,y\n1,1\n2,2\n3\n", 0.33,
	    "{\"line\":4,\"file\":\"f\",\"kind\":\"fields\",\"reason\":\"1 field, where the "
	    "header has 2\",\"text\":\"3\"}\n",
	    "1 of 3 rows are malformed, more than data.refused_at_most (0.33) allows; the first: "
	    "f:4: 1 field, where the header has 2",
	    "a third, where a little less is allowed");
	check("{\"a\":1,\"y\":1}\n{\"a\":[],\"y\":1}\n\n{\"a\":2,\"y\":2}\n", 0.5,
	    "{\"line\":2,\"file\":\"f\",\"kind\":\"json\",\"reason\":\"a: must be a number, a "
	    "string, true, false or null\",\"text\":\"{\\\"a\\\":[],\\\"y\\\":1}\"}\n",
	    "", "a JSON line that is no row");
	check("{\"a\":1,\"y\":1}\n{\"a\":\n", 0.5, "", "f:2: this row: not JSON at line 1, byte 4",
	    "but not one of those that the names come from");
	check("a,y\n1,1\n2,\"open\n3,3\n", 0.5,
	    "{\"line\":3,\"file\":\"f\",\"kind\":\"quotes\",\"reason\":\"a quote is opened and "
	    "never closed\",\"text\":\"2,\\\"open\"}\n",
	    "", "a quote that stays open costs one line");
}

int
main(void)
{
	test_refused__as_if_they_were_not_there();
	test_refused__records();
	return tap_done();
}
