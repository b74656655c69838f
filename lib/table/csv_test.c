#include "table/csv.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/tap.h"

/* All rows as text: fields in brackets, rows by line; or "error: message".  Uses *s up. */
static void
show(struct rai_source **s, enum rai_format format, char separator, struct rai_buf *out)
{
	struct rai_err err = RAI_ERR_INIT;
	const struct rai_field *f;
	struct rai_rows *r = NULL;
	size_t i;
	int rc;

	rai_buf_clear(out);
	if (*s == NULL)
		return;
	rc = rai_rows_open(*s, format, separator, &r, &err);
	*s = NULL;
	if (rc != 0) {
		rai_buf_printf(out, "error: %s", err.msg);
		return;
	}
	for (i = 0; i < rai_rows_width(r); i++)
		rai_buf_printf(out, "[%s]", rai_rows_column(r, i));
	while ((rc = rai_rows_next(r, &f, &err)) == 0) {
		rai_buf_printf(out, "|%zu:", rai_rows_line(r));
		for (i = 0; i < rai_rows_width(r); i++) {
			rai_buf_char(out, '[');
			rai_buf_add(out, f[i].p, f[i].len);
			rai_buf_char(out, ']');
		}
	}
	if (rc < 0) {
		rai_buf_clear(out);
		rai_buf_printf(out, "error: %s", err.msg);
	}
	rai_rows_close(r);
}

static void
check(const char *text, char separator, const char *want, const char *name)
{
	struct rai_buf out = RAI_BUF_INIT(1 << 20);
	struct rai_source *s = NULL;

	rai_source_memory("f", text, strlen(text), &s, NULL);
	show(&s, RAI_FORMAT_AUTO, separator, &out);
	is_str(out.ptr, want, name);
	rai_buf_free(&out);
}

static void
test_csv__forms(void)
{
	check("a,b\n1,2\n3,4\n", 0, "[a][b]|2:[1][2]|3:[3][4]", "plain");
	check("\xef\xbb\xbf"
	      "a,b\r\n1,2\r\n",
	    0, "[a][b]|2:[1][2]", "byte-order mark and CRLF");
	check("a,b\n1,2", 0, "[a][b]|2:[1][2]", "no line break at the end");
	check("a,b\n1,", 0, "[a][b]|2:[1][]", "an empty field at the end");
	check("a,b\n,\n", 0, "[a][b]|2:[][]", "empty fields");
	check("a,b\n\n1,2\n\r\n3,4\n\n", 0, "[a][b]|3:[1][2]|5:[3][4]", "empty lines are skipped");
	check("a;b\n1,5;2\n", ';', "[a][b]|2:[1,5][2]", "another separator");
	check("a\tb\n1\t2\n", '\t', "[a][b]|2:[1][2]", "tabs");
	check("a,b\n\"x, \"\"y\"\"\nz\",\"\"\n5,6\n", 0, "[a][b]|2:[x, \"y\"\nz][]|4:[5][6]",
	    "quotes, separators and line breaks inside quotes");
	check("\"a\",\"b\"\r\n\"1\",\"2\"\r\n", 0, "[a][b]|2:[1][2]", "all quoted, CRLF");
	check("a\n\"\"\n1\n", 0, "[a]|2:[]|3:[1]", "a quoted empty line is a row");
	check("a,b\n1,\"2\"", 0, "[a][b]|2:[1][2]", "a quote at the very end");
	check("a,b\n\xc3\xa9,2\n", 0, "[a][b]|2:[\xc3\xa9][2]", "UTF-8");
	check("a,b\n1\r2,3\n", 0, "[a][b]|2:[1\r2][3]", "a carriage return alone is text");
	check("a,b\n", 0, "[a][b]", "a header alone");
}

static void
test_csv__errors(void)
{
	check("", 0, "error: f: empty, where a header and rows were expected", "empty");
	check("\n\n", 0, "error: f: empty, where a header and rows were expected", "empty lines");
	check("a,b\n1,2\n3\n", 0, "error: f:3: 1 field, where the header has 2", "too few fields");
	check("a,b\n1,2,3\n", 0, "error: f:2: 3 fields, where the header has 2", "too many fields");
	check("a,b\n\"1\n2\",3\n4,5,6\n", 0, "error: f:4: 3 fields, where the header has 2",
	    "lines are counted inside quotes");
	check("a,b,a\n", 0, "error: f:1: the header has the column \"a\" twice", "a name twice");
	check("a,,c\n", 0, "error: f:1: column 2 of the header has no name", "no name");
	check("a,b\n1,x\"y\n", 0, "error: f:2: a quote inside a field that is not quoted",
	    "a stray quote");
	check("a,b\n1,\"x\"y\n", 0, "error: f:2: text after a closing quote", "text after a quote");
	check("a,b\n1,\"x\n\n", 0, "error: f:2: a quote is opened and never closed", "open quote");
	check("a,b\n1,2\n\xe9,3\n", 0,
	    "error: f:3: byte 0xe9 is not valid UTF-8 (save the file as UTF-8)", "Latin-1");
	check("a,b\n\"1\n\xe9\",3\n", 0,
	    "error: f:3: byte 0xe9 is not valid UTF-8 (save the file as UTF-8)",
	    "Latin-1 inside quotes, with its own line");
}

/*
 * Rows of every length around that of the stretches of text that are looked at together, now and
 * then with quotes.
 */
static void
test_csv__long(size_t width, unsigned longest)
{
	struct rai_buf text = RAI_BUF_INIT((size_t)8 << 20), want = text, got = text;
	struct rai_rng rng = rai_rng_new(3, width);
	struct rai_source *s = NULL;
	size_t row, k, line = 2;
	char name[80];

	for (k = 0; k < width; k++) {
		rai_buf_printf(&text, "c%zu%c", k, k + 1 < width ? ',' : '\n');
		rai_buf_printf(&want, "[c%zu]", k);
	}
	for (row = 0; row < 2000000 / (width * (longest + 2)); row++) {
		rai_buf_printf(&want, "|%zu:", line++);
		for (k = 0; k < width; k++) {
			uint64_t u = rai_rng_u64(&rng);
			int len = (int)((u >> 8) % longest) + (k == 0);
			const char *quote = u % 500 == 0 ? "\"" : "";

			rai_buf_printf(&text, "%s%0*d%s%s%s", quote, len, 7,
			    u % 700 == 1 ? "\xc3\xa9" : "", quote,
			    k + 1 < width ? ","
			    : u % 3 == 0  ? "\r\n"
					  : "\n");
			rai_buf_printf(&want, "[%0*d%s]", len, 7, u % 700 == 1 ? "\xc3\xa9" : "");
		}
	}
	rai_source_memory("f", text.ptr, text.len, &s, NULL);
	show(&s, RAI_FORMAT_AUTO, 0, &got);
	snprintf(name, sizeof(name), "%zu columns of up to %u characters", width, longest);
	ok(text.len > 100000 && strcmp(got.ptr, want.ptr) == 0, name);
	rai_buf_free(&text);
	rai_buf_free(&want);
	rai_buf_free(&got);
}

/* A byte that is no UTF-8, at every place around those where one stretch of text ends. */
static void
test_csv__encoding_anywhere(void)
{
	struct rai_buf out = RAI_BUF_INIT(1 << 20);
	char text[9000], want[100];
	struct rai_source *s = NULL;
	size_t at, i, wrong = 0;

	for (at = 3900; at < 4300; at++) {
		for (i = 0; i < sizeof(text); i++)
			text[i] = i % 300 == 299 ? '\n' : i % 10 == 9 ? ',' : '5';
		if (text[at] != '5')
			continue;
		memcpy(text, "a,b,c,d,e", 9);
		for (i = 0; i < 30; i++)
			text[10 * i] = (char)(i < 26 ? 'a' + i : 'A' + i);
		memset(text + 1, 'x', 8);
		text[at] = '\xff';
		snprintf(want, sizeof(want),
		    "error: f:%zu: byte 0xff is not valid UTF-8 (save the file as UTF-8)",
		    at / 300 + 1);
		rai_source_memory("f", text, sizeof(text), &s, NULL);
		show(&s, RAI_FORMAT_AUTO, 0, &out);
		wrong += strcmp(out.ptr, want) != 0;
	}
	is_int((int)wrong, 0, "bad bytes around the end of a stretch of text");
	rai_buf_free(&out);
}

static void
test_jsonl(void)
{
	check("{\"a\":1,\"b\":\"x,y\"}\n\n{\"b\":null,\"a\":2.5}\n", 0,
	    "[a][b]|1:[1][x,y]|3:[2.5][]", "members in any order");
	check("{\"a\":1}\n{\"b\":true}", 0, "[a][b]|1:[1][]|2:[][true]", "absent members");
	check("{\"a\":0.1}\n{\"a\":1e300}\n", 0, "[a]|1:[0.1]|2:[1e+300]", "numbers as they are");
	check("{\"a\":[1]}\n", 0, "error: f:1: a: must be a number, a string, true, false or null",
	    "nested");
	check("{\"a\":1}\n{\"a\":\n", 0, "error: f:2: this row: not JSON at line 1, byte 4",
	    "cut off");
	check("{\"a\":1}\n[1]\n", 0, "error: f:2: a row must be a JSON object ({\"Rooms\":3})",
	    "no object");
	check("{\"a\":1,\"a\":2}\n", 0, "error: f:1: a: stands twice", "a member twice");
	check("{}\n", 0, "error: f:1: no row has a member", "nothing in it");
}

static void
test_jsonl__late_member(void)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 20), out = RAI_BUF_INIT(1 << 20);
	struct rai_source *s = NULL;
	int i;

	for (i = 0; i < RAI_ROWS_SAMPLE; i++)
		rai_buf_str(&text, "{\"a\":1}\n");
	rai_buf_str(&text, "{\"late\":1}\n");
	rai_source_memory("f", text.ptr, text.len, &s, NULL);
	show(&s, RAI_FORMAT_AUTO, 0, &out);
	is_str(out.ptr, "error: f:1001: late: not among the members of the first 1000 rows",
	    "a member that comes too late");
	rai_buf_free(&text);
	rai_buf_free(&out);
}

/* Rows that lie across the borders of blocks, some larger than a block, in every source. */
static void
test_sources__same_rows(const char *folder)
{
	struct rai_buf text = RAI_BUF_INIT((size_t)8 << 20), want = text, got = text;
	char path[256], digest[RAI_HASH_DIGEST], again[RAI_HASH_DIGEST];
	const char *command[] = {"cat", path};
	struct rai_source *s = NULL;
	gzFile gz;
	int i, k;

	rai_buf_str(&text, "a,b\n");
	for (i = 0; i < 3000; i++) {
		rai_buf_printf(&text, "%d,\"", i);
		for (k = 0; k < i % 400 + (i == 1500 ? 300000 : 0); k++)
			rai_buf_str(&text, k % 50 == 49 ? "\"\"\n" : "x");
		rai_buf_str(&text, "\"\n");
	}
	rai_source_memory("f", text.ptr, text.len, &s, NULL);
	show(&s, RAI_FORMAT_AUTO, 0, &want);
	ok(strncmp(want.ptr, "[a][b]|2:[0][]|3:[1][x]", 23) == 0, "from memory");

	snprintf(path, sizeof(path), "%s/rows.csv", folder);
	rai_file_write(path, text.ptr, text.len, 0644, NULL);
	ok(rai_source_open(path, NULL, 0, &s, NULL) == 0, "a file opens");
	show(&s, RAI_FORMAT_AUTO, 0, &got);
	is_str(got.ptr, want.ptr, "from a file");
	ok(rai_source_open("f", command, 2, &s, NULL) == 0, "a command starts");
	show(&s, RAI_FORMAT_AUTO, 0, &got);
	is_str(got.ptr, want.ptr, "from a command");
	snprintf(path, sizeof(path), "%s/rows.csv.gz", folder);
	gz = gzopen(path, "wb");
	gzwrite(gz, text.ptr, (unsigned)(text.len / 2));
	gzclose(gz);
	gz = gzopen(path, "ab"); /* a second member */
	gzwrite(gz, text.ptr + text.len / 2, (unsigned)(text.len - text.len / 2));
	gzclose(gz);
	ok(rai_source_open(path, NULL, 0, &s, NULL) == 0, "gzip opens");
	show(&s, RAI_FORMAT_AUTO, 0, &got);
	is_str(got.ptr, want.ptr, "from gzip of two members");
	rai_hash_file(path, digest, NULL);
	rai_source_open(path, NULL, 0, &s, NULL);
	rai_source_keep_digest(s, NULL);
	{
		char chunk[4096];
		size_t n = 1;

		while (n > 0 && rai_source_read(s, chunk, sizeof(chunk), &n, NULL) == 0)
			;
	}
	rai_source_digest(s, again);
	is_str(again, digest, "the digest is of the raw bytes");
	rai_source_close(s);
	rai_buf_free(&text);
	rai_buf_free(&want);
	rai_buf_free(&got);
}

static void
test_sources__errors(const char *folder)
{
	struct rai_buf out = RAI_BUF_INIT(1 << 20), file = RAI_BUF_INIT(1 << 24);
	struct rai_err err = RAI_ERR_INIT;
	const char *absent[] = {"/nonexistent/program"}, *fails[] = {"sh", "-c", "echo a; exit 3"};
	struct rai_source *s = NULL;
	char path[256], want[300];

	ok(rai_source_open("/nonexistent/x.csv", NULL, 0, &s, &err) == -1, "no such file");
	is_str(err.msg, "/nonexistent/x.csv: No such file or directory", "said");
	/* under valgrind, which makes a fork of posix_spawn, the failure shows one step later */
	if (rai_source_open("q", absent, 1, &s, &err) == 0)
		show(&s, RAI_FORMAT_AUTO, 0, &out);
	ok(strcmp(err.msg, "q: cannot run /nonexistent/program: No such file or directory") == 0 ||
		strncmp(out.ptr, "error: q", 8) == 0,
	    "no such program");
	ok(rai_source_open("q", fails, 3, &s, &err) == 0, "a command that will fail");
	show(&s, RAI_FORMAT_AUTO, 0, &out);
	is_str(out.ptr, "error: q: the command ended with status 3", "is an error");

	snprintf(path, sizeof(path), "%s/rows.csv.gz", folder);
	rai_file_read(path, &file, NULL);
	rai_file_write(path, file.ptr, file.len - 20, 0644, NULL);
	rai_source_open(path, NULL, 0, &s, NULL);
	show(&s, RAI_FORMAT_AUTO, 0, &out);
	snprintf(want, sizeof(want), "error: %s: gzip is cut off", path);
	is_str(out.ptr, want, "gzip cut off");
	file.ptr[10] = 7; /* a block of the kind that RFC 1951 reserves */
	rai_file_write(path, file.ptr, file.len, 0644, NULL);
	rai_source_open(path, NULL, 0, &s, NULL);
	show(&s, RAI_FORMAT_AUTO, 0, &out);
	snprintf(want, sizeof(want), "error: %s: gzip is damaged", path);
	ok(strncmp(out.ptr, want, strlen(want)) == 0, "gzip damaged");
	rai_buf_free(&out);
	rai_buf_free(&file);
}

int
main(void)
{
	char folder[] = "/tmp/rai-csv-test.XXXXXX";

	test_csv__forms();
	test_csv__errors();
	test_csv__long(1, 5000);
	test_csv__long(2, 7);
	test_csv__long(20, 9);
	test_csv__long(300, 40);
	test_csv__long(2000, 2);
	test_csv__encoding_anywhere();
	test_jsonl();
	test_jsonl__late_member();
	if (!ok(mkdtemp(folder) != NULL, "a folder to work in"))
		return tap_done();
	test_sources__same_rows(folder);
	test_sources__errors(folder);
	rai_file_remove_tree(folder, NULL);
	return tap_done();
}
