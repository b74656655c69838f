#ifndef RAI_BASE_LIBRARY_H
#define RAI_BASE_LIBRARY_H

#include <stddef.h>

#include "base/err.h"

/*
 * A shared library that is opened when it is first needed: to open it with every process would take
 * longer than most of them run.  Its calls are pointers in a struct of the caller's.
 */
struct rai_library_call {
	const char *name;
	size_t at; /* where its pointer stands in the struct */
};

/* Fills in n calls of *into; 0, or -1: the library (its file name) or a call is not there. */
int rai_library_open(const char *name, const struct rai_library_call *call, size_t n, void *into,
    struct rai_err *err);

#endif
