#ifndef RAI_MODEL_GIVEN_H
#define RAI_MODEL_GIVEN_H

#include "model/train.h"

/*
 * The pipeline of a training that starts from a given one (options->given), which is only read:
 * - with a candidate, which must be of its kind: fitted further on the training rows, the
 *   preparation as it was;
 * - without: as it is.
 * out->split is made; sets out->pipeline and out->borrowed.  Private to this room.
 */
int rai_train_given(const struct rai_table *t, const struct rai_train_options *o,
    struct rai_trained *out, struct rai_err *err);

#endif
