#include <pthread.h>

#include "serve/tried.h"

static void
refused(struct fixture *f, struct rai_serve_model m, const char *why)
{
	struct rai_err err = RAI_ERR_INIT;

	ok(rai_serve_app_try(f->at.app, &f->trial, &m, &err) != 0, "refused");
	is_str(err.msg, why, why);
}

static void
test_refusals(void)
{
	struct rai_serve_model m;
	struct fixture f;

	begin(&f, RAI_ROLE_CANARY, 0.1, "Suburb");
	refused(&f, fake("v1", "sha256:01", 1, "[]", 0, &f.released),
	    "the canary is the model that is served (sha256:01)");
	m = fake("v1", "sha256:02", 1, "[]", 0, &f.released);
	m.name = "flat";
	refused(
	    &f, m, "no model is served under the name \"flat\", beside which it could be tried");
	f.trial.key = "Suburbia";
	refused(&f, fake("v1", "sha256:02", 1, "[]", 0, &f.released),
	    "the key \"Suburbia\" is no column of model house (a request header is called "
	    "header:NAME)");
	is_int(f.released, 3, "each is given back");
	ok(isnan(metric(&f, PAIRS)), "and nothing is tried");
	end(&f);
	is_int(f.released, 5, "the champions too");
	clean(&f);
}

static void
test_swaps(void)
{
	struct rai_serve_model m;
	struct fixture f;

	begin(&f, RAI_ROLE_SHADOW, 1, NULL);
	begin_try(&f, 90);
	one_pair(&f, 1, "Kew", 100);
	ok(comes_to(&f, PAIRS, 1), "a pair");
	begin_try(&f, 90);
	ok(metric(&f, PAIRS) == 1, "the same file again: the trial goes on");
	m = fake("v3", "sha256:03", 80, "[]", 0, &f.released);
	ok(rai_serve_app_try(f.at.app, &f.trial, &m, NULL) == 0 && metric(&f, PAIRS) == 0,
	    "another challenger: it begins anew");
	m = fake("v0", "sha256:00", 70, "[]", 0, &f.released);
	ok(rai_serve_app_swap(f.at.app, &m, NULL) == 0 && metric(&f, PAIRS) == 0,
	    "another champion: it begins anew");
	is_str(f.warning, "", "without a word");
	m = fake("v3", "sha256:03", 80, "[]", 0, &f.released);
	ok(rai_serve_app_swap(f.at.app, &m, NULL) == 0, "the challenger is promoted");
	is_str(f.warning, "the trial has ended: the shadow is the model that is served (sha256:03)",
	    "the trial has ended, and that is said");
	ok(isnan(metric(&f, PAIRS)), "there is none");
	ask(&f.at, "POST", "/predict", "{\"Rooms\":3}");
	is_str(header(&f.at, "X-Model-Version"), "v3", "and the promoted one answers");
	end(&f);
	is_int(f.released, 7, "all are given back");
	clean(&f);
}

/* A trial that has just ended may begin again at once: its file is let go of first. */
static void
test_back_again(void)
{
	struct rai_serve_model m;
	struct fixture f;
	char path[96];
	int i, failed = 0;

	begin(&f, RAI_ROLE_SHADOW, 1, NULL);
	f.trial.state = f.dir;
	begin_try(&f, 90);
	one_pair(&f, 1, "Kew", 100);
	ok(comes_to(&f, PAIRS, 1), "a pair");
	for (i = 0; i < 20; i++) {
		m = fake("v2", "sha256:02", 90, "[]", 0, &f.released);
		failed += rai_serve_app_swap(f.at.app, &m, NULL) != 0;
		m = fake("v1", "sha256:01", 100, "[\"Kew\",\"Lalor\"]", 0, &f.released);
		failed += rai_serve_app_swap(f.at.app, &m, NULL) != 0;
		m = fake("v2", "sha256:02", 90, "[]", 0, &f.released);
		failed += rai_serve_app_try(f.at.app, &f.trial, &m, NULL) != 0;
	}
	is_int(failed, 0, "promoted, taken back and tried again");
	ok(metric(&f, PAIRS) == 1, "with the evidence there was");
	end(&f);
	snprintf(path, sizeof(path), "%s/house.trial", f.dir);
	ok(unlink(path) == 0, "which is a file");
	clean(&f);
}

/* Two models, a trial beside each, with settings of its own. */
static void
test_two(void)
{
	struct rai_serve_trial_config other;
	struct rai_serve_model m;
	struct fixture f;
	const char *at;

	begin(&f, RAI_ROLE_SHADOW, 1, NULL);
	begin_try(&f, 90);
	other = f.trial;
	other.role = RAI_ROLE_CANARY;
	other.share = 0.25;
	other.key = "header:X-User";
	m = fake("y2", "sha256:92", 11, "[]", 0, &f.released);
	m.name = "yard";
	ok(rai_serve_app_try(f.at.app, &other, &m, NULL) == 0, "a trial beside the other model");
	ok(metric(&f, "rai_challenger_share{model=\"house\"}") == 1 &&
		metric(&f, "rai_challenger_share{model=\"yard\"}") == 0.25,
	    "each has its share");
	at = strstr(f.at.reply.body.ptr, "# TYPE rai_challenger_share ");
	ok(at != NULL && strstr(at + 1, "# TYPE rai_challenger_share ") == NULL, "in one family");
	one_pair(&f, 1, "Kew", 100);
	ok(comes_to(&f, PAIRS, 1), "a pair of the one");
	ok(metric(&f, "rai_challenger_pairs{model=\"yard\"}") == 0, "is none of the other");
	m = fake("y3", "sha256:93", 12, "[]", 0, &f.released);
	m.name = "yard";
	ok(rai_serve_app_swap(f.at.app, &m, NULL) == 0 && metric(&f, PAIRS) == 1,
	    "and goes on when the other's champion changes");
	ask(&f.at, "GET", "/dashboard", "");
	at = strstr(f.at.reply.body.ptr, "On trial");
	ok(at != NULL && strstr(at + 1, "On trial") != NULL, "the dashboard shows both");
	end(&f);
	is_int(f.released, 5, "all are given back");
	clean(&f);
}

/* One of several who ask and tell the truth at once, while challengers and champions change. */
struct customer {
	pthread_t thread;
	struct fixture f; /* a slot and a reply of its own; the rest is shared */
	int wrong;
};

static void *
ask_many(void *payload)
{
	struct customer *a = payload;
	int i;

	for (i = 0; i < 400; i++) {
		one_pair(&a->f, 1 + i % 7, i % 2 ? "Kew" : "Carlton", 100 * (1 + i % 7));
		a->wrong += a->f.at.reply.status != 200;
	}
	return NULL;
}

static void
test_threads(void)
{
	enum { CUSTOMERS = 4, CHANGES = 20 };
	static struct customer customer[CUSTOMERS];
	static const char *const digest[] = {"sha256:11", "sha256:12", "sha256:13"};
	struct rai_serve_model m;
	struct fixture f;
	int i, wrong = 0, failed = 0;

	begin(&f, RAI_ROLE_CANARY, 0.5, "Rooms");
	begin_try(&f, 150);
	for (i = 0; i < CUSTOMERS; i++) {
		customer[i].f = f;
		failed += asker_begin(&customer[i].f.at, f.at.app) != 0;
		customer[i].f.at.lane = (unsigned)i % 2;
		failed += pthread_create(&customer[i].thread, NULL, ask_many, &customer[i]) != 0;
	}
	for (i = 0; i < CHANGES; i++) {
		m = fake("v", digest[(i + 2) % 3], 100 + i, "[\"Kew\"]", 0, &f.released);
		failed += rai_serve_app_try(f.at.app, &f.trial, &m, NULL) != 0;
		m = fake("w", digest[(i + 1) % 3], 90 + i, "[\"Carlton\",\"Kew\"]", 1, &f.released);
		failed += rai_serve_app_swap(f.at.app, &m, NULL) != 0;
		ok(!isnan(metric(&f, "rai_challenger_share{model=\"house\"}")),
		    "there is a trial all the time");
	}
	for (i = 0; i < CUSTOMERS; i++) {
		pthread_join(customer[i].thread, NULL);
		wrong += customer[i].wrong;
		asker_end(&customer[i].f.at);
	}
	is_int(failed, 0, "every change is made");
	is_int(wrong, 0, "while requests and feedback go on");
	end(&f);
	clean(&f);
}

int
main(void)
{
	test_threads();
	test_refusals();
	test_swaps();
	test_back_again();
	test_two();
	return tap_done();
}
