#ifndef RAI_SERVE_TLS_H
#define RAI_SERVE_TLS_H

#include <stddef.h>

#include "base/err.h"

/*
 * The certificate with which a server shows itself over TLS 1.2 and 1.3 (RFC 8446), from PEM
 * files that may be read again while connections are open: those that are open keep what they
 * began with.  With a client_ca only clients that show a certificate of it get past the handshake.
 */
struct rai_serve_tls_config {
	const char *cert, *key; /* files: the chain with the server's own first; its private key */
	const char *client_ca;  /* file, or NULL: any client */
};

struct rai_serve_tls;

/* config's strings stay the caller's and must live as long. */
int rai_serve_tls_new(
    const struct rai_serve_tls_config *config, struct rai_serve_tls **out, struct rai_err *err);

/* New connections get what is in the files now.  On failure all is as it was. */
int rai_serve_tls_reload(struct rai_serve_tls *t, struct rai_err *err);

void rai_serve_tls_free(struct rai_serve_tls *t); /* NULL is fine; no connection may be left */

/* For conn.c.  session is a gnutls_session_t; what begin gives back is due at the end. */
struct rai_serve_tls_hold;
struct rai_serve_tls_hold *rai_serve_tls_begin(struct rai_serve_tls *t, void *session);
void rai_serve_tls_end(struct rai_serve_tls *t, struct rai_serve_tls_hold *h); /* NULL is fine */

/*
 * The last of a connection, text of n bytes; -1: before the handshake is over, or where it does
 * not fit, it is not said.  Never waits.
 */
int rai_serve_tls_say(void *session, const char *text, size_t n);

/* PEM texts of the start, and the priorities in GnuTLS' words: what libmicrohttpd asks for. */
const char *rai_serve_tls_cert(const struct rai_serve_tls *t);
const char *rai_serve_tls_key(const struct rai_serve_tls *t);
const char *rai_serve_tls_priorities(void);

#endif
