#include "serve/tls.h"

#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"

enum { PEM = 1 << 20 };

/* One reading of the files; lives until the last connection that began with it has ended. */
struct rai_serve_tls_hold {
	gnutls_certificate_credentials_t cred;
	size_t held; /* guarded by the lock of the whole */
};

struct rai_serve_tls {
	struct rai_serve_tls_config config;
	pthread_mutex_t lock;
	struct rai_serve_tls_hold *current;
	struct rai_buf cert, key;
};

/* Forward secrecy always: no RSA key exchange. */
const char *
rai_serve_tls_priorities(void)
{
	return "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-SHA1:%SERVER_PRECEDENCE";
}

static int
read_files(const struct rai_serve_tls_config *c, gnutls_certificate_credentials_t cred,
    struct rai_err *err)
{
	int rc = gnutls_certificate_set_x509_key_file2(
	    cred, c->cert, c->key, GNUTLS_X509_FMT_PEM, NULL, 0);

	if (rc < 0)
		return rai_fail(err, RAI_EINPUT,
		    "%s and %s: no certificate chain and its private key in PEM: %s", c->cert,
		    c->key, gnutls_strerror(rc));
	if (c->client_ca == NULL)
		return 0;
	rc = gnutls_certificate_set_x509_trust_file(cred, c->client_ca, GNUTLS_X509_FMT_PEM);
	if (rc < 1)
		return rai_fail(err, RAI_EINPUT, "%s: no certificate in PEM%s%s", c->client_ca,
		    rc < 0 ? ": " : "", rc < 0 ? gnutls_strerror(rc) : "");
	return 0;
}

static void
drop(struct rai_serve_tls_hold *h)
{
	if (h->cred != NULL)
		gnutls_certificate_free_credentials(h->cred);
	free(h);
}

/* Under the lock. */
static void
let_go(struct rai_serve_tls_hold *h)
{
	if (--h->held == 0)
		drop(h);
}

int
rai_serve_tls_reload(struct rai_serve_tls *t, struct rai_err *err)
{
	struct rai_serve_tls_hold *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return rai_fail_memory(err);
	h->held = 1;
	if (gnutls_certificate_allocate_credentials(&h->cred) < 0) {
		h->cred = NULL;
		drop(h);
		return rai_fail_memory(err);
	}
	if (read_files(&t->config, h->cred, err) != 0) {
		drop(h);
		return -1;
	}
	pthread_mutex_lock(&t->lock);
	if (t->current != NULL)
		let_go(t->current);
	t->current = h;
	pthread_mutex_unlock(&t->lock);
	return 0;
}

int
rai_serve_tls_new(
    const struct rai_serve_tls_config *config, struct rai_serve_tls **out, struct rai_err *err)
{
	struct rai_serve_tls *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return rai_fail_memory(err);
	t->config = *config;
	pthread_mutex_init(&t->lock, NULL);
	rai_buf_init(&t->cert, PEM);
	rai_buf_init(&t->key, PEM);
	if (rai_file_read(config->cert, &t->cert, err) != 0 ||
	    rai_file_read(config->key, &t->key, err) != 0 || rai_serve_tls_reload(t, err) != 0) {
		rai_serve_tls_free(t);
		return -1;
	}
	*out = t;
	return 0;
}

void
rai_serve_tls_free(struct rai_serve_tls *t)
{
	if (t == NULL)
		return;
	if (t->current != NULL)
		let_go(t->current);
	if (t->key.cap > 0)
		explicit_bzero(t->key.ptr, t->key.cap);
	rai_buf_free(&t->cert);
	rai_buf_free(&t->key);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

struct rai_serve_tls_hold *
rai_serve_tls_begin(struct rai_serve_tls *t, void *session)
{
	struct rai_serve_tls_hold *h;

	pthread_mutex_lock(&t->lock);
	h = t->current;
	h->held++;
	pthread_mutex_unlock(&t->lock);
	/* instead of what the library has set from the texts of the start */
	(void)gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, h->cred);
	if (t->config.client_ca != NULL) {
		gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
		gnutls_session_set_verify_cert(session, NULL, 0);
	}
	return h;
}

void
rai_serve_tls_end(struct rai_serve_tls *t, struct rai_serve_tls_hold *h)
{
	if (h == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	let_go(h);
	pthread_mutex_unlock(&t->lock);
}

int
rai_serve_tls_say(void *session, const char *text, size_t n)
{
	/* GnuTLS refuses it as long as it would go unencrypted */
	if (gnutls_record_send(session, text, n) != (ssize_t)n)
		return -1;
	(void)gnutls_bye(session, GNUTLS_SHUT_WR);
	return 0;
}

const char *
rai_serve_tls_cert(const struct rai_serve_tls *t)
{
	return t->cert.ptr;
}

const char *
rai_serve_tls_key(const struct rai_serve_tls *t)
{
	return t->key.ptr;
}
