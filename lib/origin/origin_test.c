#include "origin/origin.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/tap.h"
#include "origin/pointer.h"
#include "origin/s3.h"

static struct rai_err err;

static void
test_names(void)
{
	static const struct {
		const char *source;
		int url;
	} text[] = {{"https://h/x", 1}, {"S3://b/k", 1}, {"file:/x", 1}, {"gs://b/k", 1},
	    {"a+b-c.1://x", 1}, {"x.csv", 0}, {"-", 0}, {"", 0}, {"a:b", 0}, {"c://b", 0},
	    {"1a://b", 0}, {"dir/https://x", 0}, {"://x", 0}};
	char *name;
	size_t i;

	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		is_int(rai_origin_is_url(text[i].source), text[i].url, text[i].source);
	name = rai_origin_name("https://u:hush@h/x%20y?sig=hush#f");
	is_str(name, "https://h/x%20y", "what may be shown of a URL");
	free(name);
	name = rai_origin_name("s3://b/k?x#y");
	is_str(name, "s3://b/k?x#y", "of a key all");
	free(name);
}

static void
s3_url(const char *source, const char *endpoint, const char *region, const char *want)
{
	struct rai_buf b = RAI_BUF_INIT(8192);
	int rc = rai_origin_s3_url(source, endpoint, region, &b, &err);

	is_int(rc, want != NULL ? 0 : -1, source);
	if (want != NULL)
		is_str(b.ptr, want, "where it is");
	rai_buf_free(&b);
}

static void
test_s3(void)
{
	char longest[1100] = "s3://bucket/";

	s3_url("s3://bucket/a/b.csv", NULL, "eu-west-1",
	    "https://bucket.s3.eu-west-1.amazonaws.com/a/b.csv");
	s3_url("s3://my.bucket/k", NULL, "us-east-1",
	    "https://s3.us-east-1.amazonaws.com/my.bucket/k");
	s3_url(
	    "s3://bucket/k", NULL, "cn-north-1", "https://bucket.s3.cn-north-1.amazonaws.com.cn/k");
	/* The escapes of Amazon's UriEncode(); botocore 1.43 writes the same. */
	s3_url("s3://bucket/a b+c%41?d#e/\xc3\xbc~._-", "http://127.0.0.1:9000//", "r",
	    "http://127.0.0.1:9000/bucket/a%20b%2Bc%2541%3Fd%23e/%C3%BC~._-");
	s3_url("s3://bucket/../x//y", "https://e", "r", "https://e/bucket/../x//y");
	s3_url("s3://bucket", NULL, "r", NULL);
	s3_url("s3://bucket/", NULL, "r", NULL);
	s3_url("s3://b/k", NULL, "r", NULL);
	s3_url("s3://buc@evil.example/k", NULL, "r", NULL);
	s3_url("s3://bucket/k", NULL, "r.evil.example/", NULL);
	s3_url("s3://bucket/k", NULL, "", NULL);
	memset(longest + 12, 'x', 1025);
	s3_url(longest, NULL, "r", NULL);
}

static int
pointer(const char *text, struct rai_pointer *p)
{
	err = (struct rai_err)RAI_ERR_INIT;
	return rai_pointer_parse("p.dvc", text, strlen(text), p, &err);
}

static void
refused(const char *text, const char *message, const char *name)
{
	struct rai_pointer p;

	is_int(pointer(text, &p), -1, name);
	if (!ok(strstr(err.msg, message) != NULL, "and says what would be right"))
		printf("# %s\n", err.msg);
	rai_pointer_release(&p);
}

#define MD5 "babd02254b5e2370f7da43932163df49"

static void
test_pointer(void)
{
	struct rai_pointer p;

	is_int(pointer("outs:\n- md5: " MD5 "\n  size: 371\n  hash: md5\n  path: a b.csv\n", &p), 0,
	    "a pointer of DVC 3");
	is_str(p.md5, MD5, "its md5");
	ok(p.size == 371 && !p.folder && !p.legacy && p.remote == NULL, "a file of today");
	is_str(p.path, "a b.csv", "its name");
	rai_pointer_release(&p);
	is_int(pointer("md5: 0\nouts:\n- md5: " MD5 ".dir\n  nfiles: 2\n  path: d\n  remote: r\n"
		       "meta:\n  x: [1]\n",
		   &p),
	    0, "one of DVC 2");
	ok(p.size == -1 && p.folder && p.legacy, "a folder, of old, its size not told");
	is_str(p.remote, "r", "its remote");
	rai_pointer_release(&p);
	refused("outs: []\n", ":1:7: outs: must be a list of one output", "nothing in it");
	refused("x: 1\n", "outs: must be a list", "no outs");
	refused("outs:\n- etag: x\n  path: y\n", ":2:3: outs: no md5", "an object by its etag");
	refused("outs:\n- md5: ../../../../etc/passwd\n  path: y\n",
	    ":2:8: outs.md5: must be 32 digits", "a path for an md5");
	refused("outs:\n- md5: BABD02254b5e2370f7da43932163df49\n  path: y\n", "outs.md5: must be",
	    "capitals");
	refused("outs:\n- md5: [1]\n  path: y\n", "outs.md5: must be one word", "a list");
	refused("outs:\n- md5: " MD5 "\n", "outs.path: is missing", "no path");
	refused("outs:\n- md5: " MD5 "\n  path: y\n  size: -1\n", ":4:9: outs.size: must be",
	    "less than nothing");
	refused("outs:\n- md5: " MD5 "\n  path: y\n---\nx: 1\n", "one YAML document", "two");
	refused("outs: &a\n", "1:", "no YAML of ours");
}

static int
find(const char *list, const char *inside, char md5[RAI_POINTER_MD5])
{
	err = (struct rai_err)RAI_ERR_INIT;
	return rai_pointer_find("d.dvc", list, strlen(list), inside, md5, &err);
}

static void
test_folder(void)
{
	const char *list = "[{\"md5\": \"1a7a30ab2d08217f9d933e0ff435a55b\", \"relpath\": "
			   "\"a.csv\"}, {\"md5\": \"" MD5 "\", \"relpath\": \"b/c.csv\"}]";
	char md5[RAI_POINTER_MD5];

	is_int(find(list, "b/c.csv", md5), 0, "a file of a folder");
	is_str(md5, MD5, "its md5");
	is_int(find(list, "c.csv", md5), -1, "a file that is not there");
	is_str(err.msg, "d.dvc: no file \"c.csv\" in this folder, but a.csv, b/c.csv",
	    "those that are");
	is_int(find(list, NULL, md5), -1, "the folder itself");
	is_str(err.msg,
	    "d.dvc: stands for a folder of 2 files: name one of them below it (a.csv, b/c.csv)",
	    "is no file");
	is_int(find("{}", "x", md5), -1, "no list");
	is_int(find("[1]", "x", md5), -1, "no object in it");
	is_int(find("[{\"relpath\": \"x\", \"md5\": \"zz\"}]", "x", md5), -1, "no md5");
	is_int(find("[", "x", md5), -1, "no JSON");
	is_int(find("[]", "x", md5), -1, "an empty one");
}

int
main(void)
{
	test_names();
	test_s3();
	test_pointer();
	test_folder();
	return tap_done();
}
