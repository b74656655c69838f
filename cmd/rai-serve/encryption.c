#include "encryption.h"

#include <sys/stat.h>

int
encryption_open(const struct rai_serve_tls_config *c, const struct rai_cli *cli,
    struct rai_serve_tls **out, struct rai_err *err)
{
	struct stat st;

	if (c->cert == NULL && c->key == NULL && c->client_ca == NULL)
		return 0;
	if (c->cert == NULL || c->key == NULL)
		rai_cli_usage(cli, "TLS needs --tls-cert and --tls-key together");
	if (rai_serve_tls_new(c, out, err) != 0)
		return rai_wrap(err, "TLS");
	if (stat(c->key, &st) == 0 && (st.st_mode & 0077) != 0)
		rai_cli_warn(
		    cli, "%s: other users can read the private key (chmod go= it)", c->key);
	return 0;
}

void
encryption_reload(struct rai_serve_tls *t, const struct rai_cli *cli)
{
	struct rai_err err = RAI_ERR_INIT;

	if (t != NULL && rai_serve_tls_reload(t, &err) != 0)
		rai_cli_warn(cli, "the certificate stays as it was: %s", err.msg);
}
