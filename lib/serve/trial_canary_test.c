#include "base/file.h"
#include "serve/tried.h"

static void
test_canary__share(void)
{
	enum { KEYS = 4000 };
	static char first[KEYS];
	struct fixture f;
	char body[128];
	int i, round, n = 0, stable = 1, named = 1;

	for (round = 0; round < 2; round++) {
		begin(&f, RAI_ROLE_CANARY, 0.1, "Suburb");
		begin_try(&f, 200);
		for (i = 0; i < KEYS; i++) {
			char by;

			snprintf(body, sizeof(body), "{\"Rooms\":3,\"Suburb\":\"s%d\"}", i);
			by = strstr(ask(&f.at, "POST", "/predict", body), "\"prediction\":600,") !=
			     NULL;
			named &= strcmp(header(&f.at, "X-Model-Version"), by ? "v2" : "v1") == 0;
			if (round == 0)
				n += first[i] = by;
			stable &= first[i] == by;
		}
		ok(metric(&f, BY("challenger")) == n && metric(&f, BY("champion")) == KEYS - n,
		    "counted by who answered");
		ask(&f.at, "POST", "/predict", "{\"Rooms\":3}");
		is_str(
		    header(&f.at, "X-Model-Version"), "v1", "a row without the key: the champion");
		ok(metric(&f, BY("champion_no_key")) == 1, "which is counted");
		end(&f);
		clean(&f);
	}
	/* 4 standard deviations of a binomial */
	ok(fabs(n - 0.1 * KEYS) < 4 * sqrt(KEYS * 0.1 * 0.9), "the share is that of the keys");
	printf("# %d of %d keys\n", n, KEYS);
	ok(stable, "a key has the same model after a new start");
	ok(named, "and every reply names the model that gave it");
}

/* Suburbs of either side, found by asking. */
static void
find_keys(struct fixture *f, char canary[16], char champion[16])
{
	char body[128], key[16];
	int i;

	canary[0] = champion[0] = '\0';
	for (i = 0; i < 1000 && (canary[0] == '\0' || champion[0] == '\0'); i++) {
		snprintf(key, sizeof(key), "s%d", i);
		snprintf(body, sizeof(body), "{\"Rooms\":3,\"Suburb\":\"%s\"}", key);
		ask(&f->at, "POST", "/predict", body);
		memcpy(strcmp(header(&f->at, "X-Model-Version"), "v2") == 0 ? canary : champion,
		    key, sizeof(key));
	}
}

static void
test_canary__batch(void)
{
	char canary[16], champion[16], body[256];
	const char *p;
	struct fixture f;

	begin(&f, RAI_ROLE_CANARY, 0.3, "Suburb");
	begin_try(&f, 200);
	find_keys(&f, canary, champion);
	snprintf(body, sizeof(body),
	    "[{\"Rooms\":1,\"Suburb\":\"%s\"},{\"Rooms\":2,\"Suburb\":\"%s\"}]", champion, canary);
	p = ask(&f.at, "POST", "/predict", body);
	ok(strstr(p, "[{\"prediction\":100,") == p && strstr(p, "\"prediction\":400,") != NULL,
	    "rows of a batch go where their keys go");
	ok(strstr(p, "\"v1\"") < strstr(p, "\"v2\"") && strstr(p, "\"v2\"") != NULL,
	    "each answer names its model");
	is_str(header(&f.at, "X-Model-Version"), "v1", "a mixed reply as a whole the champion");
	snprintf(body, sizeof(body), "[{\"Rooms\":1,\"Suburb\":\"%s\"}]", canary);
	ask(&f.at, "POST", "/predict", body);
	is_str(header(&f.at, "X-Model-Version"), "v2", "one of its rows alone the canary");
	end(&f);
	clean(&f);
}

/* The canary is wrong by half; the champion sees its rows too, in its own codes. */
static void
test_canary__worse(void)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 24);
	char canary[16], champion[16];
	struct cJSON *doc;
	const struct cJSON *data;
	const char *s = "";
	struct fixture f;
	double n = 0;
	int i;

	begin(&f, RAI_ROLE_CANARY, 0.3, "Suburb");
	begin_try(&f, 150);
	find_keys(&f, canary, champion);
	for (i = 0; i < 99; i++)
		one_pair(&f, 1 + i % 7, canary, 100 * (1 + i % 7));
	ok(comes_to(&f, PAIRS, 99), "every row of the canary makes a pair");
	ok(metric(&f, VERDICT("undecided")) == 1, "99 pairs are too few");
	one_pair(&f, 3, champion, 300);
	one_pair(&f, 3, canary, 300);
	ok(comes_to(&f, VERDICT("worse"), 1), "100 are enough for one so bad");
	ok(metric(&f, PAIRS) == 100, "the champion's own rows make none");
	ok(metric(&f, VERDICT("undecided")) == 0, "one verdict stands");
	ok_rel(metric(&f, "rai_challenger_loss_difference{model=\"house\"}"), 0.5, 1e-12,
	    "half a true value worse");
	ok(metric(&f, "rai_challenger_loss_difference_low{model=\"house\"}") > 0, "surely");
	for (i = 0; i < 50; i++)
		one_pair(&f, 1, canary, 100);
	end(&f);
	ok(rai_file_read(f.events, &text, NULL) == 0, "events");
	doc = rai_json_parse(text.ptr, text.len, NULL);
	ok(doc != NULL, "one event for one verdict");
	ok(rai_json_str(doc, "type", &s, NULL) == 0, "of a type");
	is_str(s, "ai.reconciled.challenger.judged.v1", "that rai-json(5) names");
	data = rai_json_get(doc, "data");
	ok(rai_json_str(data, "verdict", &s, NULL) == 0 && strcmp(s, "worse") == 0, "worse");
	ok(rai_json_str(data, "advice", &s, NULL) == 0 && strcmp(s, "keep") == 0, "keep");
	ok(rai_json_num(data, "pairs", &n, NULL) == 0 && n == 100, "after 100 pairs");
	rai_json_free(doc);
	rai_buf_clear(&text);
	ok(rai_file_read(f.log, &text, NULL) == 0, "log");
	ok(strstr(text.ptr, "\"role\":\"canary\",\"model\":\"house\",\"version\":\"v2\"") != NULL &&
		strstr(text.ptr, "\"role\":\"champion\",\"model\":\"house\",\"version\":\"v1\"") !=
		    NULL,
	    "the log says who answered");
	ok(strstr(text.ptr, "{\"type\":\"mirrored\",") != NULL, "and what was mirrored");
	rai_buf_free(&text);
	clean(&f);
}

/* Everything falls into the first of its bins. */
static size_t
first_bin(const void *p, size_t col, const struct rai_cell *cell)
{
	(void)p;
	(void)col;
	(void)cell;
	return 0;
}

static size_t
first_bin_of_prediction(const void *p, const double *out)
{
	(void)p;
	(void)out;
	return 0;
}

/* A champion whose bins are counted. */
static int
swap_counted(struct fixture *f, const char *version, const char *digest)
{
	static const size_t nbin[] = {3, 3, 3};
	struct rai_serve_model m =
	    fake(version, digest, 100, "[\"Kew\",\"Lalor\"]", 0, &f->released);

	m.nbin = nbin;
	m.bin = first_bin;
	m.bin_prediction = first_bin_of_prediction;
	return rai_serve_app_swap(f->at.app, &m, NULL);
}

#define ROOMS "rai_feature_observations_total{model=\"house\",feature=\"Rooms\",bin=\"0\"}"
#define PREDICTIONS "rai_prediction_observations_total{model=\"house\",bin=\"0\"}"

/* The same file again, under another version: the trial goes on, and beside what answers now. */
static void
test_canary__champion_read_again(void)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 24);
	char canary[16], champion[16], *line, *rest;
	struct fixture f;
	int i, named = 0;

	begin(&f, RAI_ROLE_CANARY, 0.3, "Suburb");
	ok(swap_counted(&f, "v1", "sha256:01") == 0, "a champion with bins");
	begin_try(&f, 150);
	find_keys(&f, canary, champion);
	one_pair(&f, 1, canary, 100);
	ok(comes_to(&f, PAIRS, 1) && comes_to(&f, SCORED, metric(&f, BY("challenger"))), "a pair");
	ok(swap_counted(&f, "v1b", "sha256:01") == 0 && metric(&f, PAIRS) == 1,
	    "the champion's file again: the trial goes on");
	ok(metric(&f, PREDICTIONS) == 0, "its counters begin anew");
	for (i = 0; i < 99; i++)
		one_pair(&f, 1 + i % 7, canary, 100 * (1 + i % 7));
	one_pair(&f, 1, champion, 100);
	ok(comes_to(&f, PAIRS, 100), "with more pairs");
	is_int((long)metric(&f, ROOMS), 100, "features are counted where it answers now");
	ok(comes_to(&f, PREDICTIONS, 100), "and so is what it predicts of the canary's rows");
	ok(comes_to(&f, VERDICT("worse"), 1), "a verdict");
	ok(swap_counted(&f, "v1c", "sha256:0c") == 0 && metric(&f, PAIRS) == 0,
	    "another file: it begins anew");
	end(&f);
	ok(rai_file_read(f.events, &text, NULL) == 0, "events");
	ok(strstr(text.ptr, "\"champion\":{\"version\":\"v1b\",") != NULL,
	    "the event names the version that answers");
	rai_buf_clear(&text);
	ok(rai_file_read(f.log, &text, NULL) == 0, "a log");
	for (line = strtok_r(text.ptr, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		named += strstr(line, "\"mirrored\"") != NULL &&
			 strstr(line, "\"version\":\"v1b\"") != NULL;
	is_int(named, 99, "and so do the mirrored lines of the log");
	rai_buf_free(&text);
	is_int(f.released, 6, "all are given back");
	clean(&f);
}

int
main(void)
{
	test_canary__champion_read_again();
	test_canary__share();
	test_canary__batch();
	test_canary__worse();
	return tap_done();
}
