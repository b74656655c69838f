#ifndef RAI_CONF_SECRET_H
#define RAI_CONF_SECRET_H

#include "base/err.h"

/*
 * A secret by reference, never by value: "env:NAME" or "file:PATH" (the first line of the file).
 * Caller frees *out and prints it nowhere.  Anything else is an error that does not repeat it.
 */
int rai_secret_read(const char *reference, char **out, struct rai_err *err);

#endif
