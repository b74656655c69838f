#ifndef RAI_TAG_WHY_H
#define RAI_TAG_WHY_H

#include "tag.h"

/* One link of the chain behind what runs. */
enum why_state {
	WHY_VERIFIED, /* checked now, and right */
	WHY_WRONG,    /* checked now, and wrong */
	WHY_ABSENT    /* cannot be checked here: the thing is elsewhere */
};

struct why_link {
	const char *name; /* "manifest" */
	enum why_state state;
	char text[600]; /* for people */
};

enum { WHY_LINKS = 40 };

struct why {
	struct rai_release release;
	char commit[RAI_OID_TEXT];
	struct rai_commit made; /* the release's commit */
	char approved[200];     /* Approved-By, or "" */
	struct why_link link[WHY_LINKS];
	size_t n;
};

/* Which version an operand means: a version, image, digest or commit; NULL: what runs at head. */
int why_version(struct desk *d, const char *head, const char *operand, char *out, size_t size,
    struct rai_err *err);

void why_text(struct rai_buf *out, const struct why *w);
void why_json(struct rai_buf *out, const struct why *w);

#endif
