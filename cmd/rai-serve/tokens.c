#include "tokens.h"

#include <stdlib.h>

#include "conf/secret.h"

int
tokens_read(const struct rai_opt_list *where, struct rai_serve_tokens *t, struct rai_err *err)
{
	char **token = calloc(where->n ? where->n : 1, sizeof(*token));
	size_t i;
	int rc = token == NULL ? rai_fail_memory(err) : 0;

	for (i = 0; rc == 0 && i < where->n; i++)
		if (rai_secret_read(where->item[i], &token[i], err) != 0)
			rc = rai_wrap(err, "--token");
	if (rc == 0)
		rc = rai_serve_tokens_set(t, token, where->n, err);
	for (i = 0; token != NULL && i < where->n; i++)
		free(token[i]);
	free(token);
	return rc;
}
