#ifndef RAI_TAG_TRAINED_H
#define RAI_TAG_TRAINED_H

#include "tag.h"

/* A model.trained event, read from stdin. */
struct trained {
	struct cJSON *doc;            /* owner of the strings */
	const char *model, *artifact; /* artifact: path of the model file */
	char digest[RAI_HASH_DIGEST];
	struct rai_release release; /* what a statement takes from the event; no doc */
	struct rai_event_chain chain;
	int by_person; /* no event caused the training */
};

/* 1: it was a model.rejected, which has been passed on to out. */
int trained_read(struct trained *t, struct rai_buf *out, struct rai_err *err);
void trained_free(struct trained *t);

#endif
