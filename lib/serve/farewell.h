#ifndef RAI_SERVE_FAREWELL_H
#define RAI_SERVE_FAREWELL_H

/*
 * Inside of this room: the last words to a client for which the library has no reply, past it. tls:
 * the connection's session, or NULL.  -1: nothing is said, as it does not fit, or as the handshake
 * is not over.  Never waits.
 */
int rai_serve_farewell(int fd, void *tls, int status);

#endif
