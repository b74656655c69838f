/*
 * Prediction logs: whatever the lines hold, those that are read are whole, the verdict stands on
 * every one of them, and reading the same bytes again gives the same event.
 */
#include "drift/log.h"
#include "drift/report.h"

#include <math.h>
#include <string.h>

#include "fuzz.h"

enum { N = 40 };

struct reference {
	char rooms[8], type[8], when[8], house[2], unit[2];
	char *level[2];
	struct rai_col_spec col[3];
	struct rai_schema schema;
	struct rai_profile profile;
	struct rai_drift_reference ref;
};

static void
need(int good)
{
	if (!good)
		abort();
}

static void
make_reference(struct reference *r)
{
	double num[N], price[N];
	int32_t code[N];
	int i;

	memset(r, 0, sizeof(*r));
	memcpy(r->rooms, "Rooms", 6);
	memcpy(r->type, "Type", 5);
	memcpy(r->when, "Date", 5);
	r->house[0] = 'h';
	r->unit[0] = 'u';
	r->level[0] = r->house;
	r->level[1] = r->unit;
	for (i = 0; i < N; i++) {
		num[i] = i % 7 == 0 ? NAN : i % 5;
		price[i] = 100000 + 1000 * i;
		code[i] = i % 9 == 0 ? -1 : i % 2;
	}
	r->col[0] = (struct rai_col_spec){.name = r->rooms, .type = RAI_COL_NUM};
	r->col[1] = (struct rai_col_spec){
	    .name = r->type, .type = RAI_COL_CAT, .level = r->level, .nlevel = 2};
	r->col[2] = (struct rai_col_spec){.name = r->when, .type = RAI_COL_DATE};
	r->schema.col = r->col;
	r->schema.n = 3;
	r->profile.col = calloc(3, sizeof(*r->profile.col));
	need(r->profile.col != NULL);
	r->profile.n = 3;
	r->profile.rows = N;
	r->profile.accuracy = 0.8;
	need(rai_profile_from_num(&r->profile.col[0], r->rooms, num, N, NULL) == 0 &&
	     rai_profile_from_cat(&r->profile.col[1], r->type, r->level, 2, code, N, NULL) == 0 &&
	     rai_profile_from_num(&r->profile.col[2], r->when, num, N, NULL) == 0 &&
	     rai_profile_from_num(&r->profile.target, "Price", price, N, NULL) == 0 &&
	     rai_profile_from_num(&r->profile.prediction, "prediction", price, N, NULL) == 0 &&
	     rai_drift_reference(&r->profile, &r->schema, &r->ref, NULL) == 0);
}

static void
take(struct rai_drift_log *log, struct rai_drift_watch *watch, const char *p, size_t n)
{
	struct rai_drift_line line;
	struct rai_drift_row row;

	if (rai_drift_log_read(log, p, n, &line, NULL) != 0 || line.kind == RAI_DRIFT_SKIP)
		return;
	need(line.id[0] != '\0' && strnlen(line.id, RAI_DRIFT_ID) < RAI_DRIFT_ID);
	need(isfinite(line.value));
	row = (struct rai_drift_row){line.id, line.time_ms, log->cells, line.value, log->withheld};
	need((line.kind == RAI_DRIFT_LABEL
		     ? rai_drift_watch_label(watch, line.id, line.value, line.time_ms, NULL)
		     : rai_drift_watch_prediction(watch, &row, NULL)) >= 0);
}

static void
judge(const struct reference *r, const char *p, size_t n, struct rai_buf *out)
{
	const struct rai_drift_rule rule = {.window = RAI_DRIFT_LEAST,
	    .sustain = 1,
	    .alpha = 0.01,
	    .false_alarm_every_ms = 86400000,
	    .psi_above = NAN,
	    .accuracy_below = 0.5,
	    .coverage_least = 0.1,
	    .ask_after_ms = 86400000};
	const struct rai_drift_subject about = {
	    .name = "house-price", .digest = "sha256:0", .rule = rule};
	struct rai_drift_incident incident = {.open = 0};
	struct rai_drift_watch *watch = NULL;
	struct rai_drift_log log;
	const char *newline;

	need(rai_drift_watch_new(&r->ref, &rule, &watch, NULL) == 0 &&
	     rai_drift_log_init(&log, &r->schema, NULL, NULL) == 0);
	for (; n > 0 && (newline = memchr(p, '\n', n)) != NULL; p = newline + 1) {
		take(&log, watch, p, (size_t)(newline - p));
		n -= (size_t)(newline - p) + 1;
	}
	take(&log, watch, p, n);
	need(rai_drift_watch_end(watch, NULL) >= 0);
	rai_drift_report_event(rai_drift_watch_state(watch), &about, &incident, 1, out);
	rai_drift_report_table(
	    rai_drift_watch_state(watch), &about, &(struct rai_drift_look){100, 1}, out);
	rai_drift_log_release(&log);
	rai_drift_watch_free(watch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rai_buf a = RAI_BUF_INIT((size_t)8 << 20), b = RAI_BUF_INIT((size_t)8 << 20);
	struct reference r;

	make_reference(&r);
	judge(&r, (const char *)data, size, &a);
	judge(&r, (const char *)data, size, &b);
	need(a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0);
	rai_profile_release(&r.profile);
	rai_buf_free(&a);
	rai_buf_free(&b);
	return 0;
}
