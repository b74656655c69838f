#ifndef RAI_HOST_PORT_H
#define RAI_HOST_PORT_H

#include <sys/types.h>

#include "base/err.h"

/*
 * The sockets that replicas inherit.  A Service's socket is opened once and shared: its queue of
 * connections belongs to all replicas, so none is lost when one of them goes.
 */

/* Opens, binds and listens on address:port; *fd is close-on-exec.  A port in use is RAI_EINPUT
 * and names the process that holds it, where that can be found. */
int rai_host_port_open(const char *address, int port, int *fd, struct rai_err *err);

/* A listening loopback socket on a port that the system chooses. */
int rai_host_port_probe(int *fd, int *port, struct rai_err *err);

/*
 * Takes descriptor 3 out of a living replica (pidfd_getfd, Linux 5.6), if it is the socket of
 * that address and port.  1: it is not, or the kernel does not allow it.
 */
int rai_host_port_take(int pidfd, const char *address, int port, int *fd);

#endif
