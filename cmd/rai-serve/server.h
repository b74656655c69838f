#ifndef RAI_SERVE_SERVER_H
#define RAI_SERVE_SERVER_H

#include "options.h"

/*
 * The process: sockets, signals, and the order in which things begin and end.  Serves until SIGTERM
 * or SIGINT; SIGHUP reads the model again and opens the logs anew.
 */
int server_run(const struct options *o, struct rai_cli *cli, struct rai_err *err);

#endif
