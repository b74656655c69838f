/*
 * A signature, a NUL, and the allowed signers: what is taken for one message is not taken for
 * another, and names somebody.
 */
#include "base/sshsig.h"

#include <string.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t n = strnlen((const char *)data, size);
	char who[RAI_SSHSIG_WHO] = "", *signature = malloc(n + 1), *signers = malloc(size - n + 1);

	if (signature == NULL || signers == NULL)
		abort();
	memcpy(signature, data, n);
	signature[n] = '\0';
	memcpy(signers, data + n + (n < size), size - n - (n < size));
	signers[size - n - (n < size)] = '\0';
	if (rai_sshsig_check(signature, signers, "rai-model", "a model", 7, who, NULL) == 0 &&
	    (who[0] == '\0' ||
		rai_sshsig_check(signature, signers, "rai-model", "a modem", 7, who, NULL) == 0))
		abort();
	free(signature);
	free(signers);
	return 0;
}
