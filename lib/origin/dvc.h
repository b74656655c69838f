#ifndef RAI_ORIGIN_DVC_H
#define RAI_ORIGIN_DVC_H

#include "origin/origin.h"

/*
 * What a DVC pointer stands for: from the project's cache, from the place in the work tree where
 * it belongs, else from its remote (a folder, https, S3); nothing is written into any of them.
 * Always checked against the pointer's MD5 and size.  inside: the path below the pointer's folder,
 * or NULL.  As rai_origin_open().
 */
int rai_origin_dvc(const char *pointer, const char *inside, const struct rai_origin_options *opt,
    int *fd, struct rai_err *err);

#endif
