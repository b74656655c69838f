#include "challenge.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"

enum { VERDICT_AFTER = 200, AFTER_MAX = 1000000000 };

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

/* Is it this one whose name stands before value in text, "NAME=value"? */
static int
is_named(const struct challenger *one, const char *text, const char *value)
{
	size_t n = (size_t)(value - 1 - text);

	return one->name != NULL && strlen(one->name) == n && memcmp(one->name, text, n) == 0;
}

/*
 * The value that is about this one by its name, else that about all; *out stays where there is
 * neither.
 */
static int
choose(const struct rai_opt_list *values, const char *option, const struct challenger *one,
    const char **out, struct rai_err *err)
{
	const char *by_name = NULL, *of_all = NULL, **to, *value;
	size_t i;

	for (i = 0; i < values->n; i++) {
		value = sources_behind_name(values->item[i]);
		if (value != NULL && !is_named(one, values->item[i], value))
			continue;
		to = value != NULL ? &by_name : &of_all;
		if (*to != NULL)
			return rai_fail(err, RAI_EINPUT,
			    "%s %.90s: it is given twice for one model", option, values->item[i]);
		*to = value != NULL ? value : values->item[i];
	}
	if (by_name != NULL || of_all != NULL)
		*out = by_name != NULL ? by_name : of_all;
	return 0;
}

static int
configure_canary(const struct challenge *c, struct challenger *one, struct rai_err *err)
{
	struct rai_serve_trial_config *out = &one->config;
	const char *share = NULL;

	out->share = SHARE;
	if (choose(&c->canary_keys, "--canary-key", one, &out->key, err) != 0 ||
	    choose(&c->canary_shares, "--canary-share", one, &share, err) != 0)
		return -1;
	if (out->key == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "--canary %s needs --canary-key: the column or header:NAME by which a sender "
		    "always gets the same model",
		    one->path);
	if (share != NULL && parse_share("--canary-share", share, &out->share, err) != 0)
		return -1;
	if (out->share == 0)
		return rai_fail(err, RAI_EINPUT,
		    "--canary-share %s: it would answer nobody (leave --canary out, or give "
		    "--shadow)",
		    share);
	if (out->share == 1)
		return rai_fail(err, RAI_EINPUT,
		    "--canary-share %s: it would answer everybody (give the file as --model)",
		    share);
	return 0;
}

static int
configure_shadow(const struct challenge *c, struct challenger *one, struct rai_err *err)
{
	const char *share = NULL;

	one->config.share = 1;
	if (choose(&c->shadow_shares, "--shadow-share", one, &share, err) != 0 ||
	    (share != NULL && parse_share("--shadow-share", share, &one->config.share, err) != 0))
		return -1;
	return one->config.share > 0
		   ? 0
		   : rai_fail(err, RAI_EINPUT,
			 "--shadow-share %s: it would predict nothing (leave --shadow out)", share);
}

static int
configure_rule(const struct challenge *c, struct challenger *one, struct rai_err *err)
{
	const char *risk = NULL, *margin = NULL, *after = NULL;
	struct rai_stat_rule *out = &one->config.rule;

	*out = (struct rai_stat_rule){.alpha = RISK, .least = VERDICT_AFTER};
	if (choose(&c->risks, "--risk", one, &risk, err) != 0 ||
	    choose(&c->margins, "--margin", one, &margin, err) != 0 ||
	    choose(&c->verdict_after, "--verdict-after", one, &after, err) != 0)
		return -1;
	if (risk != NULL && (rai_num_double(risk, strlen(risk), &out->alpha) != 0 ||
				out->alpha < 1e-6 || out->alpha > 0.5))
		return rai_fail(
		    err, RAI_EINPUT, "--risk %.40s: a probability from 1e-6 to 0.5", risk);
	if (margin != NULL && (rai_num_double(margin, strlen(margin), &out->margin) != 0 ||
				  out->margin < 0 || out->margin >= 1))
		return rai_fail(err, RAI_EINPUT,
		    "--margin %.40s: a difference of losses, from 0 to below 1", margin);
	if (after != NULL && rai_num_int(after, strlen(after), 1, AFTER_MAX, &out->least) != 0)
		return rai_fail(
		    err, RAI_EINPUT, "--verdict-after %.40s: from 1 to %d", after, AFTER_MAX);
	return 0;
}

static int
add(const char *option, enum rai_serve_role role, const char *text, struct challengers *out,
    struct rai_err *err)
{
	struct challenger *one = &out->one[out->n++];
	const char *path = sources_behind_name(text);

	one->option = option;
	one->path = path != NULL ? path : text;
	one->config.role = role;
	if (*one->path == '\0')
		return rai_fail(err, RAI_EINPUT, "%s %s: no file is named", option, text);
	if (path == NULL)
		return 0;
	one->name = strndup(text, (size_t)(path - 1 - text));
	return one->name != NULL ? 0 : rai_fail_memory(err);
}

/* An option whose values are about trials, and of which roles those are. */
enum { CANARY = 1 << RAI_ROLE_CANARY, SHADOW = 1 << RAI_ROLE_SHADOW, EITHER = CANARY | SHADOW };

struct setting {
	const char *option;
	unsigned roles;
	const struct rai_opt_list *values;
};

static const char *
about(unsigned roles)
{
	return roles == CANARY ? "--canary" : roles == SHADOW ? "--shadow" : "--canary or --shadow";
}

/* What would be without effect is a mistake: no trial that the value could be about. */
static int
check_value(
    const struct challengers *all, const struct setting *s, const char *text, struct rai_err *err)
{
	const char *value = sources_behind_name(text);
	size_t i;

	for (i = 0; i < all->n; i++)
		if ((s->roles & 1u << all->one[i].config.role) != 0 &&
		    (value == NULL || is_named(&all->one[i], text, value)))
			return 0;
	if (value == NULL)
		return rai_fail(
		    err, RAI_EINPUT, "%s is about a %s: give one", s->option, about(s->roles));
	return rai_fail(err, RAI_EINPUT, "%s %.90s: there is no %s %.*s=FILE", s->option, text,
	    about(s->roles), (int)(value - 1 - text), text);
}

static int
check_values(const struct challenge *c, const struct challengers *all, struct rai_err *err)
{
	const struct setting settings[] = {
	    {"--canary-share", CANARY, &c->canary_shares},
	    {"--canary-key", CANARY, &c->canary_keys},
	    {"--shadow-share", SHADOW, &c->shadow_shares},
	    {"--verdict-after", EITHER, &c->verdict_after},
	    {"--risk", EITHER, &c->risks},
	    {"--margin", EITHER, &c->margins},
	};
	size_t i, k;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		for (k = 0; k < settings[i].values->n; k++)
			if (check_value(all, &settings[i], settings[i].values->item[k], err) != 0)
				return -1;
	if (c->events != NULL && all->n == 0)
		return rai_fail(err, RAI_EINPUT, "--events is about a %s: give one", about(EITHER));
	return 0;
}

static int
check_events(const char *events, const char *log, struct rai_err *err)
{
	if (events == NULL && log != NULL && strcmp(log, "-") == 0)
		return rai_fail(err, RAI_EINPUT,
		    "--log -: verdicts go to standard output, too (give --events a file)");
	if (events != NULL && log != NULL && strcmp(log, events) == 0)
		return rai_fail(err, RAI_EINPUT, "--events and --log are the same file: %s", log);
	return 0;
}

int
challenge_configure(
    const struct challenge *c, const char *log, struct challengers *out, struct rai_err *err)
{
	size_t i, n = c->canaries.n + c->shadows.n;

	out->events_path = c->events != NULL ? c->events : "-";
	out->one = calloc(n + 1, sizeof(*out->one));
	if (out->one == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++) {
		int canary = i < c->canaries.n;

		if (add(canary ? "--canary" : "--shadow",
			canary ? RAI_ROLE_CANARY : RAI_ROLE_SHADOW,
			canary ? c->canaries.item[i] : c->shadows.item[i - c->canaries.n], out,
			err) != 0)
			return -1;
	}
	if (check_values(c, out, err) != 0 || (n > 0 && check_events(c->events, log, err) != 0))
		return -1;
	for (i = 0; i < n; i++)
		if ((out->one[i].config.role == RAI_ROLE_CANARY
			    ? configure_canary
			    : configure_shadow)(c, &out->one[i], err) != 0 ||
		    configure_rule(c, &out->one[i], err) != 0)
			return -1;
	return 0;
}
