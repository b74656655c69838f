#include "conf/ini.h"

#include "base/tap.h"

static struct rai_err err;

static int
parse(const char *text, struct rai_ini *ini)
{
	err = (struct rai_err)RAI_ERR_INIT;
	return rai_ini_parse("f", text, strlen(text), ini, &err);
}

static void
test_form(void)
{
	struct rai_ini ini;

	/* As DVC 3 writes its configuration, and as people write it. */
	is_int(parse("top = 1\n[core]\n    remote = store\n['remote \"store\"']\n"
		     "    url = s3://b/a # where\n\turl=s3://b/c#d\r\n; nothing\n\n[x y]\n"
		     "password = \"  a # b \"\nempty =\n",
		   &ini),
	    0, "settings");
	is_str(rai_ini_get(&ini, "", "top"), "1", "before any section");
	is_str(rai_ini_get(&ini, "core", "remote"), "store", "in a section");
	is_str(rai_ini_get(&ini, "remote \"store\"", "url"), "s3://b/c#d",
	    "a quoted section; the last value; no comment without a blank");
	is_str(rai_ini_get(&ini, "x y", "password"), "  a # b ", "quotes keep what they hold");
	is_str(rai_ini_get(&ini, "x y", "empty"), "", "an empty value");
	ok(rai_ini_get(&ini, "core", "url") == NULL, "not of another section");
	rai_ini_release(&ini);
	is_int(parse("[a]\nk = v", &ini), 0, "no end of line at the end");
	is_str(rai_ini_get(&ini, "a", "k"), "v", "is fine");
	rai_ini_release(&ini);
	is_int(rai_ini_read("/nonexistent/f", &ini, &err), 0, "no file");
	is_int(ini.n, 0, "is an empty one");
	rai_ini_release(&ini);
}

static void
test_bad(void)
{
	struct rai_ini ini;

	is_int(parse("[a]\nsecret\n", &ini), -1, "neither section nor setting");
	is_str(err.msg, "f:2: neither [section] nor key = value", "its place, not its text");
	is_int(parse("[a\n", &ini), -1, "an open section");
	is_int(parse("[", &ini), -1, "the shortest one");
	is_int(parse("= v\n", &ini), -1, "no key");
	is_int(rai_ini_parse("f", "a\0=b", 4, &ini, &err), -1, "a NUL byte");
}

int
main(void)
{
	test_form();
	test_bad();
	return tap_done();
}
