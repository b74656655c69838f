#ifndef RAI_HOST_STORE_H
#define RAI_HOST_STORE_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The state folder:
 *   lock                    held (flock) by the one rai-sync that acts; holds its process number
 *   live/deployment-X.json  the object as it runs: what a hand may edit and rai-sync puts back
 *   replicas/NAME.json      the process behind a replica
 *   status/X.json           the newest event about a Deployment
 *   images/ logs/ data/ git/
 */

/* Makes the folders; *path is absolute, caller frees. */
int rai_host_store_make(const char *state, char **path, struct rai_err *err);

/* 0: *fd holds the lock; 1: another process does (its number in *holder, 0 unknown). */
int rai_host_store_lock(const char *state, int *fd, pid_t *holder, struct rai_err *err);

/* STATE/folder/prefix name .json; caller frees. */
char *rai_host_store_path(
    const char *state, const char *folder, const char *prefix, const char *name);

/* Puts text into the file unless it is that already.  Not synced: what counts is the kernel's. */
int rai_host_store_put(const char *path, const char *text, size_t n, struct rai_err *err);

/* 1 when the file holds exactly text. */
int rai_host_store_is(const char *path, const char *text, size_t n);

/*
 * Where an edited JSON text first differs from what it was: "spec.replicas: 3 -> 0" into out.
 */
void rai_host_store_difference(const char *was, const char *is, char *out, size_t size);

#endif
