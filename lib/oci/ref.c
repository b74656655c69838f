#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "oci/layout.h"

/* [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127} (distribution-spec, "Pulling manifests"). */
static int
is_tag(const char *s)
{
	static const char word[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t n = strlen(s);

	return n >= 1 && n <= 128 && strspn(s, word) == n && s[0] != '.' && s[0] != '-';
}

int
rai_oci_ref_parse(const char *text, struct rai_oci_ref *out, struct rai_err *err)
{
	const char *at, *colon, *dir = text + 4;
	size_t end = strlen(text);

	memset(out, 0, sizeof(*out));
	if (strncmp(text, "oci:", 4) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "image \"%.200s\": only oci:DIR:TAG is read here (a layout directory)", text);
	at = strchr(text, '@');
	if (at != NULL) {
		if (!rai_hash_is_digest(at + 1))
			return rai_fail(err, RAI_EINPUT,
			    "image \"%.200s\": after @ must stand sha256: and 64 hex digits", text);
		end = (size_t)(at - text);
		out->digest = strdup(at + 1);
	}
	colon = memchr(dir, ':', end - 4);
	out->dir = strndup(dir, colon != NULL ? (size_t)(colon - dir) : end - 4);
	if (colon != NULL)
		out->tag = strndup(colon + 1, end - (size_t)(colon + 1 - text));
	if (out->dir == NULL || (colon != NULL && out->tag == NULL) ||
	    (at != NULL && out->digest == NULL)) {
		rai_oci_ref_release(out);
		return rai_fail_memory(err);
	}
	if (out->dir[0] == '\0' || (out->tag != NULL && !is_tag(out->tag))) {
		rai_oci_ref_release(out);
		return rai_fail(err, RAI_EINPUT,
		    "image \"%.200s\": must be oci:DIR:TAG or oci:DIR:TAG@sha256:...", text);
	}
	return 0;
}

void
rai_oci_ref_release(struct rai_oci_ref *ref)
{
	free(ref->dir);
	free(ref->tag);
	free(ref->digest);
	memset(ref, 0, sizeof(*ref));
}
