#include "serve/trace.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* LENGTH: "vv-<32>-<16>-ff"; KNOWN: bits of the flags that level 2 defines. */
enum { LENGTH = 55, AT_ID = 3, AT_PARENT = 36, AT_FLAGS = 53, KNOWN = 3 };

static int
hex(const char *s, size_t n)
{
	return strspn(s, "0123456789abcdef") >= n;
}

static int
zero(const char *s, size_t n)
{
	return strspn(s, "0") >= n;
}

static unsigned
digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

int
rai_serve_trace_read(const char *header, struct rai_serve_trace *out)
{
	size_t len = header == NULL ? 0 : strlen(header);

	memset(out, 0, sizeof(*out));
	if (len < LENGTH || header[2] != '-' || header[AT_PARENT - 1] != '-' ||
	    header[AT_FLAGS - 1] != '-')
		return -1;
	if (!hex(header, 2) || !hex(header + AT_ID, RAI_TRACE_ID - 1) ||
	    !hex(header + AT_PARENT, RAI_SPAN_ID - 1) || !hex(header + AT_FLAGS, 2))
		return -1;
	if (zero(header + AT_ID, RAI_TRACE_ID - 1) || zero(header + AT_PARENT, RAI_SPAN_ID - 1) ||
	    memcmp(header, "ff", 2) == 0)
		return -1;
	/* a version to come may say more, behind another dash */
	if (len > LENGTH && (memcmp(header, "00", 2) == 0 || header[LENGTH] != '-'))
		return -1;
	memcpy(out->id, header + AT_ID, RAI_TRACE_ID - 1);
	memcpy(out->parent, header + AT_PARENT, RAI_SPAN_ID - 1);
	out->flags = (digit(header[AT_FLAGS]) << 4 | digit(header[AT_FLAGS + 1])) & KNOWN;
	return 0;
}

void
rai_serve_trace_span(struct rai_serve_trace *t, const char *ulid)
{
	static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint64_t bits = 0;
	size_t i;

	/* its last 13 letters are 65 of the 80 random bits */
	for (i = strlen(ulid) - 13; ulid[i] != '\0'; i++)
		bits = bits << 5 | (uint64_t)(strchr(base32, ulid[i]) - base32);
	snprintf(t->span, sizeof(t->span), "%016llx", (unsigned long long)(bits == 0 ? 1 : bits));
}

void
rai_serve_trace_write(const struct rai_serve_trace *t, char out[RAI_TRACE_TEXT])
{
	snprintf(out, RAI_TRACE_TEXT, "00-%s-%s-%02x", t->id, t->span, t->flags & 0xff);
}
