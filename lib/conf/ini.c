#include "conf/ini.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

enum { MAX_BYTES = 1 << 20, MAX_ITEMS = 10000 };

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts blanks, and one pair of quotes, off both ends. */
static void
trim(const char **p, size_t *n)
{
	while (*n > 0 && is_blank(**p)) {
		(*p)++;
		(*n)--;
	}
	while (*n > 0 && is_blank((*p)[*n - 1]))
		(*n)--;
	if (*n >= 2 && (**p == '"' || **p == '\'') && (*p)[*n - 1] == **p) {
		(*p)++;
		*n -= 2;
	}
}

/* A comment begins at the start of a line or after a blank, outside quotes. */
static size_t
without_comment(const char *p, size_t n)
{
	char quote = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (quote != 0)
			quote = p[i] == quote ? 0 : quote;
		else if ((p[i] == '"' || p[i] == '\'') && (i == 0 || is_blank(p[i - 1])))
			quote = p[i];
		else if ((p[i] == '#' || p[i] == ';') && (i == 0 || is_blank(p[i - 1])))
			return i;
	}
	return n;
}

static int
add(struct rai_ini *ini, const char *section, const char *key, size_t nkey, const char *value,
    size_t nvalue, size_t line, struct rai_err *err)
{
	struct rai_ini_item *it;

	if (ini->n == MAX_ITEMS)
		return rai_fail(
		    err, RAI_EINPUT, "%s:%zu: more than %d settings", ini->file, line, MAX_ITEMS);
	if ((ini->n & (ini->n - 1)) == 0) {
		it = realloc(ini->item, (ini->n == 0 ? 1 : 2 * ini->n) * sizeof(*it));
		if (it == NULL)
			return rai_fail_memory(err);
		ini->item = it;
	}
	it = &ini->item[ini->n++];
	*it = (struct rai_ini_item){
	    strdup(section), strndup(key, nkey), strndup(value, nvalue), line};
	if (it->section == NULL || it->key == NULL || it->value == NULL)
		return rai_fail_memory(err);
	return 0;
}

/* One line without its end; *section (the caller's) is what was opened last. */
static int
read_line(
    struct rai_ini *ini, char **section, const char *p, size_t n, size_t line, struct rai_err *err)
{
	const char *value, *equals;
	size_t nvalue;

	n = without_comment(p, n);
	while (n > 0 && is_blank(*p)) {
		p++;
		n--;
	}
	while (n > 0 && is_blank(p[n - 1]))
		n--;
	if (n == 0)
		return 0;
	if (*p == '[') {
		if (p[n - 1] != ']' || n < 2)
			return rai_fail(
			    err, RAI_EINPUT, "%s:%zu: a section without its ]", ini->file, line);
		p++;
		n -= 2;
		trim(&p, &n);
		free(*section);
		*section = strndup(p, n);
		return *section == NULL ? rai_fail_memory(err) : 0;
	}
	equals = memchr(p, '=', n);
	if (equals == NULL || equals == p)
		return rai_fail(
		    err, RAI_EINPUT, "%s:%zu: neither [section] nor key = value", ini->file, line);
	value = equals + 1;
	nvalue = n - (size_t)(value - p);
	n = (size_t)(equals - p);
	trim(&p, &n);
	trim(&value, &nvalue);
	return add(ini, *section, p, n, value, nvalue, line, err);
}

int
rai_ini_parse(
    const char *file, const char *text, size_t len, struct rai_ini *out, struct rai_err *err)
{
	char *section = strdup("");
	const char *end = text + len, *stop;
	size_t line = 1;
	int rc = -1;

	*out = (struct rai_ini){strdup(file), NULL, 0};
	if (section == NULL || out->file == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (memchr(text, '\0', len) != NULL) {
		rai_fail(err, RAI_EINPUT, "%s: holds a NUL byte: no text", file);
		goto out;
	}
	for (; text < end; text = stop + 1, line++) {
		stop = memchr(text, '\n', (size_t)(end - text));
		if (stop == NULL)
			stop = end;
		if (read_line(out, &section, text, (size_t)(stop - text), line, err) != 0)
			goto out;
	}
	rc = 0;
out:
	free(section);
	if (rc != 0)
		rai_ini_release(out);
	return rc;
}

int
rai_ini_read(const char *path, struct rai_ini *out, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(MAX_BYTES);
	int rc = -1;

	*out = (struct rai_ini){NULL, NULL, 0};
	if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return rai_ini_parse(path, "", 0, out, err);
	if (rai_file_read(path, &text, err) == 0)
		rc = rai_ini_parse(path, text.ptr, text.len, out, err);
	rai_buf_free(&text);
	return rc;
}

void
rai_ini_release(struct rai_ini *ini)
{
	size_t i;

	for (i = 0; i < ini->n; i++) {
		free(ini->item[i].section);
		free(ini->item[i].key);
		free(ini->item[i].value);
	}
	free(ini->item);
	free(ini->file);
	*ini = (struct rai_ini){NULL, NULL, 0};
}

const char *
rai_ini_get(const struct rai_ini *ini, const char *section, const char *key)
{
	size_t i;

	for (i = ini->n; i > 0; i--)
		if (strcmp(ini->item[i - 1].section, section) == 0 &&
		    strcmp(ini->item[i - 1].key, key) == 0)
			return ini->item[i - 1].value;
	return NULL;
}
