#ifndef RAI_MODEL_CHOOSE_H
#define RAI_MODEL_CHOOSE_H

#include "model/train.h"

/*
 * Step 2 of a training: measures the candidates on parts of hold->train, makes their searches,
 * and says which is the best.  Private to this room.
 */
int rai_choose(const struct rai_table *t, const struct rai_train_options *o, enum rai_unit unit,
    const struct rai_split *hold, size_t *chosen, struct rai_err *err);

#endif
