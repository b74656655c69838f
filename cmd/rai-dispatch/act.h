#ifndef RAI_DISPATCH_ACT_H
#define RAI_DISPATCH_ACT_H

#include "alert/policy.h"
#include "alert/target.h"
#include "cli/cli.h"
#include "conf/loop.h"
#include "ledger/claim.h"

/* One run of the program: what was given, and what has happened so far. */
struct dispatch {
	struct rai_cli *cli;
	const struct rai_loop *loop;
	const char *only;   /* --model, or NULL */
	const char *remote; /* NULL: claims are kept in the repository itself */
	struct rai_repo *repo;
	int dry_run;
	int64_t timeout_ms, retry_for_ms;
	struct rai_buf out; /* the next events */
	size_t dispatched, failed, unreachable, bad;
	int stopped; /* a signal asked us to end */
};

/* Decides on one alert and acts.  -1: this machine or the configuration is at fault. */
int act_on(struct dispatch *d, const struct rai_alert *alert, struct rai_err *err);

#endif
