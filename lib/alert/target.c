#include "alert/target.h"

const struct rai_target *
rai_target_find(const struct rai_target_call *call)
{
	const char *const *argv = call->argv;

	if (call->github != NULL)
		return &rai_target_github;
	return argv != NULL && *argv != NULL ? &rai_target_command : NULL;
}
