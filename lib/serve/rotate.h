#ifndef RAI_SERVE_ROTATE_H
#define RAI_SERVE_ROTATE_H

#include "base/err.h"

/*
 * The file at path becomes path.1, what was path.1 becomes path.2, and so on; path.keep is
 * replaced.  The oldest moves first, so that a reader that looks for a file's successor finds
 * either it or nothing, never a later one.  keep 0: path is removed.
 * 0; or -1, and the file at path is where it was.
 */
int rai_serve_rotate(const char *path, unsigned keep, struct rai_err *err);

#endif
