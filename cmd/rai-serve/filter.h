#ifndef RAI_SERVE_CMD_FILTER_H
#define RAI_SERVE_CMD_FILTER_H

#include "options.h"

/*
 * rai-serve --stdin: predicts the rows on standard input.  0; 1 when some could not be read, which
 * cli is told about; -1.
 */
int filter_run(const struct options *o, struct rai_cli *cli, struct rai_err *err);

#endif
