#ifndef RAI_TRAIN_RELEASED_H
#define RAI_TRAIN_RELEASED_H

#include "base/buf.h"
#include "base/err.h"

/* A released model, as the ledger of the repository around the current folder has it. */
struct released {
	char *model;         /* its name */
	char *file;          /* a temporary copy of the model file; removed with this */
	char *config;        /* the path of its rai.yaml in the work tree */
	struct rai_buf yaml; /* what that file held in the commit that the release stands on */
};

/*
 * version: "model-v20251123-1", or its Git tag "house-price/model-v20251123-1"; model may be NULL
 * where one model alone has that version.  The image must be in a local layout.
 */
int released_find(
    const char *version, const char *model, struct released *out, struct rai_err *err);
void released_release(struct released *r);

#endif
