#include "challenge.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "served.h"

enum { EVENT_BYTES = 1 << 20, VERDICT_AFTER = 200, AFTER_MAX = 1000000000 };

#define RISK 0.05
#define SHARE 0.1 /* of a canary */

/* "10%" or "0.1". */
static int
parse_share(const char *option, const char *text, double *out, struct rai_err *err)
{
	size_t n = strlen(text);
	int percent = n > 0 && text[n - 1] == '%';

	if (rai_num_double(text, n - (size_t)percent, out) == 0) {
		*out /= percent ? 100 : 1;
		if (*out >= 0 && *out <= 1)
			return 0;
	}
	return rai_fail(
	    err, RAI_EINPUT, "%s is a share, such as 10%% or 0.1, and not \"%.40s\"", option, text);
}

static int
check_canary(const struct challenge *c, struct rai_serve_trial_config *out, struct rai_err *err)
{
	out->role = RAI_ROLE_CANARY;
	out->key = c->canary_key;
	out->share = SHARE;
	if (c->canary_key == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "--canary needs --canary-key: the column or header:NAME by which a sender "
		    "always gets the same model");
	if (c->canary_share != NULL &&
	    parse_share("--canary-share", c->canary_share, &out->share, err) != 0)
		return -1;
	if (out->share == 0)
		return rai_fail(err, RAI_EINPUT,
		    "--canary-share %s: it would answer nobody (leave --canary out, or give "
		    "--shadow)",
		    c->canary_share);
	if (out->share == 1)
		return rai_fail(err, RAI_EINPUT,
		    "--canary-share %s: it would answer everybody (give the file as --model)",
		    c->canary_share);
	return 0;
}

static int
check_shadow(const struct challenge *c, struct rai_serve_trial_config *out, struct rai_err *err)
{
	out->role = RAI_ROLE_SHADOW;
	out->share = 1;
	if (c->shadow_share != NULL &&
	    parse_share("--shadow-share", c->shadow_share, &out->share, err) != 0)
		return -1;
	if (out->share == 0)
		return rai_fail(err, RAI_EINPUT,
		    "--shadow-share %s: it would predict nothing (leave --shadow out)",
		    c->shadow_share);
	return 0;
}

static int
check_rule(const struct challenge *c, struct rai_stat_rule *out, struct rai_err *err)
{
	out->alpha = isnan(c->risk) ? RISK : c->risk;
	out->margin = isnan(c->margin) ? 0 : c->margin;
	out->least = c->verdict_after < 0 ? VERDICT_AFTER : c->verdict_after;
	if (out->alpha < 1e-6 || out->alpha > 0.5)
		return rai_fail(err, RAI_EINPUT, "--risk is a probability from 1e-6 to 0.5");
	if (out->margin < 0 || out->margin >= 1)
		return rai_fail(
		    err, RAI_EINPUT, "--margin is a difference of losses, from 0 to below 1");
	if (out->least < 1 || out->least > AFTER_MAX)
		return rai_fail(err, RAI_EINPUT, "--verdict-after is 1 to %d", AFTER_MAX);
	return 0;
}

/* What would be without effect is a mistake. */
static int
check_idle(const struct challenge *c, struct rai_err *err)
{
	if (c->canary == NULL && (c->canary_share != NULL || c->canary_key != NULL))
		return rai_fail(err, RAI_EINPUT,
		    "--canary-share and --canary-key are about a --canary: give one");
	if (c->shadow == NULL && c->shadow_share != NULL)
		return rai_fail(err, RAI_EINPUT, "--shadow-share is about a --shadow: give one");
	if (c->canary == NULL && c->shadow == NULL &&
	    (!isnan(c->risk) || !isnan(c->margin) || c->verdict_after >= 0 || c->events != NULL))
		return rai_fail(err, RAI_EINPUT,
		    "--verdict-after, --risk, --margin and --events are about a --canary or a "
		    "--shadow: give one");
	return 0;
}

int
challenge_configure(const struct challenge *c, const char *log, struct rai_serve_trial_config *out,
    struct rai_err *err)
{
	if (check_idle(c, err) != 0)
		return -1;
	if (c->canary == NULL && c->shadow == NULL)
		return 0;
	if (c->canary != NULL && c->shadow != NULL)
		return rai_fail(err, RAI_EINPUT,
		    "--canary and --shadow: one model is tried at a time (start another server "
		    "for the other)");
	if (c->events == NULL && log != NULL && strcmp(log, "-") == 0)
		return rai_fail(err, RAI_EINPUT,
		    "--log -: verdicts go to standard output, too (give --events a file)");
	if (c->events != NULL && log != NULL && strcmp(log, c->events) == 0)
		return rai_fail(err, RAI_EINPUT, "--events and --log are the same file: %s", log);
	if ((c->canary != NULL ? check_canary : check_shadow)(c, out, err) != 0 ||
	    check_rule(c, &out->rule, err) != 0)
		return -1;
	return 1;
}

static void
warn(void *cli, const char *message)
{
	rai_cli_warn(cli, "%s", message);
}

int
challenge_open_events(const struct challenge *c, struct rai_cli *cli,
    struct rai_serve_trial_config *out, struct rai_err *err)
{
	struct rai_serve_log_config events = {.path = c->events != NULL ? c->events : "-",
	    .max_bytes = EVENT_BYTES,
	    .warn = warn,
	    .payload = cli};

	out->clock = &cli->clock;
	out->warn = warn;
	out->payload = cli;
	return rai_serve_log_open(&events, &out->events, err) == 0 ? 0 : rai_wrap(err, "--events");
}

/* The value of the option, and the file that it names. */
static const char *
file_of(const struct challenge *c, const char **text)
{
	const char *file;

	*text = c->canary != NULL ? c->canary : c->shadow;
	file = sources_behind_name(*text);
	return file == NULL ? *text : file;
}

int
challenge_read(const struct challenge *c, struct challenged *files, const char *signers,
    struct rai_serve_app *app, struct rai_err *err)
{
	const char *text, *file = file_of(c, &text);
	char *name = file == text ? NULL : strndup(text, (size_t)(file - 1 - text));
	const struct served_from from = {.path = file, .name = name, .signers = signers};
	struct rai_serve_model m;
	int rc = -1;

	sources_stamps(file, files->read);
	if (file != text && name == NULL)
		rai_fail_memory(err);
	else if (served_open(&from, &m, err) == 0)
		rc = rai_serve_app_try(app, &m, err);
	free(name);
	return rc == 0 ? 0 : rai_wrap(err, c->canary != NULL ? "--canary" : "--shadow");
}

int
challenge_has_changed(const struct challenge *c, struct challenged *files)
{
	struct stamp now[SOURCE_FILES];
	const char *text;
	int changed;

	sources_stamps(file_of(c, &text), now);
	changed = !sources_same(now, files->read) && sources_same(now, files->seen);
	memcpy(files->seen, now, sizeof(now));
	return changed;
}
