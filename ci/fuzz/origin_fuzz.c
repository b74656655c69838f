/* A DVC pointer, a folder's list, settings, and the name of a source: foreign text is read or
 * refused with a reason, an md5 is one, and a URL made of a key holds no byte that needs escaping.
 */
#include "conf/ini.h"
#include "origin/origin.h"
#include "origin/pointer.h"
#include "origin/s3.h"

#include <string.h>

#include "fuzz.h"

static void
is_md5(const char *md5)
{
	if (strlen(md5) != 32 || strspn(md5, "0123456789abcdef") != 32)
		abort();
}

static void
documents(const char *text, size_t n)
{
	struct rai_err err = RAI_ERR_INIT;
	char md5[RAI_POINTER_MD5];
	struct rai_pointer p;
	struct rai_ini ini;
	size_t i;

	if (rai_pointer_parse("fuzz", text, n, &p, &err) == 0)
		is_md5(p.md5);
	else if (err.msg[0] == '\0')
		abort();
	rai_pointer_release(&p);
	if (rai_pointer_find("fuzz", text, n, "a.csv", md5, &err) == 0)
		is_md5(md5);
	if (rai_ini_parse("fuzz", text, n, &ini, &err) == 0) {
		for (i = 0; i < ini.n; i++)
			if (rai_ini_get(&ini, ini.item[i].section, ini.item[i].key) == NULL)
				abort();
		rai_ini_release(&ini);
	}
}

static void
names(const char *text)
{
	struct rai_buf url = RAI_BUF_INIT(8192);

	if (strlen(text) > 10000)
		return;
	rai_origin_is_url(text);
	free(rai_origin_name(text));
	if (strncmp(text, "s3://", 5) == 0 &&
	    rai_origin_s3_url(text, "http://e", "r", &url, NULL) == 0 &&
	    (strncmp(url.ptr, "http://e/", 9) != 0 ||
		strspn(url.ptr + 9, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~/%") != url.len - 9))
		abort();
	rai_buf_free(&url);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	documents(text, size);
	names(text);
	free(text);
	return 0;
}
