#include "alert/target.h"

const struct rai_target *
rai_target_find(const struct rai_target_call *call)
{
	if (call->github != NULL)
		return &rai_target_github;
	if (call->argv != NULL && call->argv[0] != NULL)
		return &rai_target_command;
	return NULL;
}
