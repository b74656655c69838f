#ifndef RAI_MODEL_CHECKPOINT_H
#define RAI_MODEL_CHECKPOINT_H

#include "model/kind.h"

/*
 * Long fits of kinds with RAI_CAN_RESUME leave what they have so far in a file, <path>.<key>, so
 * that an interrupted one goes on from there and ends with the same bytes.  It is a safetensors
 * file with the kind's own tensors, bound to one training and sealed by a digest; one that does
 * not fit is passed over.
 */
struct rai_checkpoints {
	const char *path;    /* "<output>.checkpoint" */
	const char *binding; /* all that a fit depends on, besides its key */
	uint32_t every_ms;
	int fresh; /* nothing is resumed */
};

#define RAI_CHECKPOINT_MS 30000

/* One fit under way. */
struct rai_checkpoint;

/*
 * Completes opt for a fit of spec on width features.  NULL where c is NULL, the kind cannot resume
 * or there is no memory: then the fit starts at its beginning and leaves nothing.
 */
struct rai_checkpoint *rai_checkpoint_begin(const struct rai_checkpoints *c, const char *key,
    const struct rai_fitted *spec, size_t width, size_t nclass, struct rai_fit_options *opt);

/* The fit is over: the file is removed.  NULL is fine. */
void rai_checkpoint_end(struct rai_checkpoint *p);

#endif
