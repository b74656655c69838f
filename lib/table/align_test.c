/* Several sources are one table, and say what keeps them from being one. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/tap.h"
#include "table/table.h"

#define MOST 4

/* The table of n texts, called a, b, c ... */
static struct rai_table *
read_texts(
    const char *const *text, size_t n, const struct rai_table_options *o, struct rai_err *err)
{
	struct rai_source *s[MOST] = {NULL, NULL, NULL, NULL};
	struct rai_table *t = NULL;
	char name[2] = "a";
	size_t i;

	for (i = 0; i < n; i++, name[0]++)
		if (rai_source_memory(name, text[i], strlen(text[i]), &s[i], err) != 0)
			return NULL;
	return rai_table_from_all(s, n, o, &t, err) == 0 ? t : NULL;
}

static void
test_several__one_table(void)
{
	static const char *const text[] = {"k,n,y\nb,1,10\na,2,20\n", "y,k,n\n",
	    "y,k,n\n30,c,3\n10,b,1\n", "{\"n\":4,\"y\":40,\"k\":\"a\"}\n"};
	static const double n[] = {1, 2, 3, 4}, y[] = {10, 20, 30, 40};
	static const int32_t k[] = {1, 0, 2, 0};
	struct rai_table_options o = {.target = "y"};

	/* whatever the threads and pieces; with a sample that ends inside the first source too */
	for (o.threads = 1; o.threads <= 3; o.threads++)
		for (o.sample = 0; o.sample <= 2; o.block = ++o.sample) {
			struct rai_err err = RAI_ERR_INIT;
			struct rai_table *t = read_texts(text, 4, &o, &err);
			size_t i, right = 0;

			if (!ok(t != NULL && t->nrow == 4, "four rows")) {
				printf("# %s\n", err.msg);
				rai_table_free(t);
				continue;
			}
			is_int(t->counts.duplicates, 1, "the fifth stands in the first source");
			is_str(t->schema.col[0].name, "k", "the order of the first source");
			for (i = 0; i < 4; i++)
				right += t->col[0].code[i] == k[i] && t->col[1].num[i] == n[i] &&
					 t->target[i] == y[i];
			is_int(right, 4, "values under their names");
			rai_table_free(t);
		}
}

static void
test_several__digest(void)
{
	static const char *const text[] = {"a\n1\n", "a\n2\n"};
	struct rai_buf lines = RAI_BUF_INIT(1024);
	char digest[RAI_HASH_DIGEST];
	struct rai_table *t;
	size_t i;

	for (i = 0; i < 2; i++) {
		rai_hash_bytes(text[i], strlen(text[i]), digest, NULL);
		rai_buf_printf(&lines, "%s\n", digest);
	}
	t = read_texts(text + 1, 1, NULL, NULL);
	is_str(t->digest, digest, "of one source: of its bytes");
	rai_table_free(t);
	rai_hash_bytes(lines.ptr, lines.len, digest, NULL);
	t = read_texts(text, 2, NULL, NULL);
	is_str(t->digest, digest, "of two: of the lines of their digests");
	rai_table_free(t);
	rai_buf_free(&lines);
}

static void
refused(const char *const *text, size_t n, const char *want, const char *name)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_table *t = read_texts(text, n, NULL, &err);

	ok(t == NULL, name);
	is_str(err.msg, want, "said");
	rai_table_free(t);
}

static void
test_several__refused(void)
{
	static const char *const less[] = {"x,y\n1,2\n", "x\n1\n"},
				 *const more[] = {"x\n1\n", "x,z\n1,2\n"},
				 *const another[] = {"x,y\n1,2\n", "y,z\n1,2\n"},
				 *const late[] = {"x,y\n1,2\n", "y,x\n1,2\n2,two\n"},
				 *const ragged[] = {"x,y\n1,2\n", "y,x\n1,2\n\n3\n"},
				 *const nothing[] = {"x,y\n", "x,y\n"},
				 *const empty[] = {"x,y\n1,2\n", ""};

	refused(less, 2, "b: no column \"y\", which a has", "a column less");
	refused(more, 2, "b: the column \"z\" is not among those of a", "a column more");
	refused(another, 2, "b: no column \"x\", which a has", "another column");
	refused(late, 2,
	    "b:3: x: \"two\" is not a number, as the others of its column are "
	    "(features.encode would make it a category)",
	    "a bad value of the second source, by its own line");
	refused(ragged, 2, "b:4: 1 field, where the header has 2", "a row that is too short");
	refused(nothing, 2, "b: no rows after the header", "headers alone");
	refused(empty, 2, "b: empty, where a header and rows were expected", "an empty one");
}

int
main(void)
{
	test_several__one_table();
	test_several__digest();
	test_several__refused();
	return tap_done();
}
