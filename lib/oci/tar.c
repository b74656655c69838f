#include "oci/tar.h"

#include <stdio.h>
#include <string.h>

/* Offsets and lengths of the header's fields. */
enum {
	NAME = 0,
	NAME_LEN = 100,
	MODE = 100,
	OWNER = 108,
	GROUP = 116,
	SIZE = 124,
	SIZE_LEN = 12,
	MTIME = 136,
	SUM = 148,
	TYPE = 156,
	TARGET = 157,
	TARGET_LEN = 100,
	MAGIC = 257,
	DEVICE = 329, /* left as zeros */
	PREFIX = 345,
	PREFIX_LEN = 155
};

static unsigned
checksum(const unsigned char *block)
{
	unsigned sum = 0;
	int i;

	for (i = 0; i < RAI_TAR_BLOCK; i++)
		sum += i >= SUM && i < SUM + 8 ? ' ' : block[i];
	return sum;
}

/* A name of more than 100 bytes is cut at a slash: prefix and name. */
static int
put_name(unsigned char *block, const char *name, int folder)
{
	char whole[264];
	size_t n = (size_t)snprintf(whole, sizeof(whole), "%s%s", name, folder ? "/" : "");
	size_t cut;

	if (n >= sizeof(whole))
		return -1;
	if (n <= NAME_LEN) {
		memcpy(block + NAME, whole, n);
		return 0;
	}
	for (cut = n - NAME_LEN - 1; cut < n - 1 && cut <= PREFIX_LEN; cut++)
		if (whole[cut] == '/' && cut > 0) {
			memcpy(block + PREFIX, whole, cut);
			memcpy(block + NAME, whole + cut + 1, n - cut - 1);
			return 0;
		}
	return -1;
}

static void
put_octal(unsigned char *field, int digits, uint64_t v)
{
	for (field[digits] = '\0'; digits-- > 0; v >>= 3)
		field[digits] = (unsigned char)('0' + (v & 7));
}

int
rai_tar_write_header(
    const struct rai_tar_entry *e, unsigned char block[RAI_TAR_BLOCK], struct rai_err *err)
{
	static const char types[] = {'0', '5', '2'};
	uint64_t size = e->type == RAI_TAR_FILE ? e->size : 0;

	memset(block, 0, RAI_TAR_BLOCK);
	if (put_name(block, e->name, e->type == RAI_TAR_FOLDER) != 0)
		return rai_fail(err, RAI_EINPUT, "%s: the name is too long for a layer", e->name);
	if (size >> 33 != 0)
		return rai_fail(err, RAI_EINPUT, "%s: larger than 8 GiB", e->name);
	put_octal(block + MODE, 7, e->mode & 0777);
	put_octal(block + OWNER, 7, 0);
	put_octal(block + GROUP, 7, 0);
	put_octal(block + SIZE, SIZE_LEN - 1, size);
	put_octal(block + MTIME, 11, 0);
	block[TYPE] = (unsigned char)types[e->type];
	if (e->type == RAI_TAR_LINK)
		memcpy(block + TARGET, e->target, strnlen(e->target, TARGET_LEN));
	memcpy(block + MAGIC, "ustar\00000", 8);
	put_octal(block + SUM, 6, checksum(block));
	block[SUM + 7] = ' ';
	return 0;
}

/* Octal digits, ended by a blank, a NUL or the field's end. */
static int
get_octal(const unsigned char *field, int len, uint64_t *out)
{
	uint64_t v = 0;
	int i = 0, digits = 0;

	while (i < len && field[i] == ' ')
		i++;
	for (; i < len && field[i] >= '0' && field[i] <= '7'; i++, digits++)
		v = v << 3 | (uint64_t)(field[i] - '0');
	if (digits == 0 || digits > 12 || (i < len && field[i] != ' ' && field[i] != '\0'))
		return -1;
	*out = v;
	return 0;
}

/* No part of the path is empty, "." or ".."; it does not begin with a slash. */
static int
is_inside(const char *path)
{
	size_t n;

	for (;; path += n + 1) {
		n = strcspn(path, "/");
		if (n == 0 || (n == 1 && path[0] == '.') || (n == 2 && memcmp(path, "..", 2) == 0))
			return 0;
		if (path[n] == '\0')
			return 1;
	}
}

static void
get_name(const unsigned char *block, struct rai_tar_entry *e)
{
	int prefix = 0, name = (int)strnlen((const char *)block + NAME, NAME_LEN);
	const char *at;
	size_t n;

	if (memcmp(block + MAGIC, "ustar", 6) == 0)
		prefix = (int)strnlen((const char *)block + PREFIX, PREFIX_LEN);
	snprintf(e->name, sizeof(e->name), "%.*s%s%.*s", prefix, (const char *)block + PREFIX,
	    prefix > 0 ? "/" : "", name, (const char *)block + NAME);
	at = strncmp(e->name, "./", 2) == 0 ? e->name + 2 : e->name;
	n = strlen(at);
	memmove(e->name, at, n + 1);
	if (n > 0 && e->name[n - 1] == '/')
		e->name[n - 1] = '\0';
}

static int
get_type(const unsigned char *block, struct rai_tar_entry *e)
{
	switch (block[TYPE]) {
	case '0':
	case '\0':
		e->type = RAI_TAR_FILE;
		return 0;
	case '5':
		e->type = RAI_TAR_FOLDER;
		return 0;
	case '2':
		e->type = RAI_TAR_LINK;
		return 0;
	default:
		return -1;
	}
}

int
rai_tar_read_header(
    const unsigned char block[RAI_TAR_BLOCK], struct rai_tar_entry *out, struct rai_err *err)
{
	static const unsigned char zeros[RAI_TAR_BLOCK];
	uint64_t sum, mode;

	memset(out, 0, sizeof(*out));
	if (memcmp(block, zeros, RAI_TAR_BLOCK) == 0)
		return 1;
	if (get_octal(block + SUM, 8, &sum) != 0 || sum != checksum(block))
		return rai_fail(err, RAI_EINPUT, "layer: a header's checksum is wrong");
	get_name(block, out);
	if (get_type(block, out) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "layer: \"%.100s\" is neither file, folder nor symbolic link", out->name);
	if (get_octal(block + MODE, 8, &mode) != 0 ||
	    get_octal(block + SIZE, SIZE_LEN, &out->size) != 0)
		return rai_fail(
		    err, RAI_EINPUT, "layer: \"%.100s\": mode or size is no number", out->name);
	out->mode = (unsigned)(mode & 0777);
	if (!(out->type == RAI_TAR_FOLDER && strcmp(out->name, ".") == 0) && !is_inside(out->name))
		return rai_fail(
		    err, RAI_EINPUT, "layer: \"%.100s\" leads out of the image", out->name);
	if (out->type != RAI_TAR_FILE && out->size != 0)
		return rai_fail(
		    err, RAI_EINPUT, "layer: \"%.100s\" is no file but has content", out->name);
	snprintf(
	    out->target, sizeof(out->target), "%.*s", TARGET_LEN, (const char *)block + TARGET);
	if (out->type == RAI_TAR_LINK && !is_inside(out->target))
		return rai_fail(
		    err, RAI_EINPUT, "layer: link \"%.100s\" leads out of the image", out->name);
	return 0;
}

unsigned
rai_tar_padding(uint64_t size)
{
	return (unsigned)(-size & (RAI_TAR_BLOCK - 1));
}
