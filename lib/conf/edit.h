#ifndef RAI_CONF_EDIT_H
#define RAI_CONF_EDIT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Changing one token of somebody's YAML file and nothing else: comments, quotes, line ends and
 * layout stay byte for byte.  The tokens are the image references of containers whose repository
 * part (what stands before the tag or the digest) is the given one.
 */
struct rai_image_use {
	char *text;          /* the whole reference, as it stands */
	size_t line, column; /* from 1 */
};

struct rai_image_uses {
	struct rai_image_use *use; /* n, in the order of the file */
	size_t n;
};

/*
 * All uses in the file (repository NULL: of any image); none is no error.  A file that is no YAML
 * is an error only when the repository's name stands in it.
 */
int rai_edit_find_images(const char *file, const char *text, size_t len, const char *repository,
    struct rai_image_uses *out, struct rai_err *err);
void rai_image_uses_free(struct rai_image_uses *u);

/*
 * The text with every use replaced by reference.  Refuses with file:line:column where that could
 * not be read back as exactly that change (block scalars, escapes, more than one line).
 */
int rai_edit_set_image(const char *file, const char *text, size_t len, const char *repository,
    const char *reference, struct rai_buf *out, struct rai_err *err);

#endif
