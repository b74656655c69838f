#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/history.h"

static int
is_running(const struct rai_running *now, const char *image)
{
	size_t i;

	for (i = 0; i < now->n; i++)
		if (strcmp(now->image[i], image) == 0)
			return 1;
	return 0;
}

static const char *
state_of(const struct rai_history *h, const struct rai_running *now, const struct rai_release *r)
{
	if (is_running(now, r->image))
		return "**current**";
	return rai_history_tomb(h, r->model, r->artifact_digest) != NULL ? "rolled back"
									 : "superseded";
}

/* Text from outside must not end a table cell or a line. */
static void
cell(struct rai_buf *out, const char *s)
{
	for (; s != NULL && *s != '\0'; s++)
		if (*s == '|')
			rai_buf_str(out, "\\|");
		else
			rai_buf_char(out, (unsigned char)*s < ' ' ? ' ' : *s);
}

/* "r2 0.853 (0.841 to 0.864)" */
static void
metric(struct rai_buf *out, const struct rai_release *r)
{
	const struct rai_release_metric *m =
	    r->headline != NULL ? rai_metrics_find(r, r->headline) : NULL;

	if (m == NULL)
		return;
	rai_buf_printf(out, "%s %.4g", m->name, m->value);
	if (!isnan(m->low) && !isnan(m->high))
		rai_buf_printf(out, " (%.4g to %.4g)", m->low, m->high);
}

void
rai_page_registry(struct rai_buf *out, const struct rai_history *h, const struct rai_running *now)
{
	size_t i;

	rai_buf_str(out,
	    "# Model registry\n\nMade by rai-tag from `models/*/versions/*.json` and the "
	    "manifests; "
	    "do not edit.\nNewest first.\n\n"
	    "| Model | Version | State | Data until | Metric (interval) | Kind | Image |\n"
	    "| --- | --- | --- | --- | --- | --- | --- |\n");
	for (i = h->n; i-- > 0;) {
		const struct rai_release *r = &h->release[i];

		rai_buf_printf(out, "| %s | %s | %s | ", r->model, r->version, state_of(h, now, r));
		cell(out, r->data_newest != NULL ? r->data_newest : "unknown");
		rai_buf_str(out, " | ");
		metric(out, r);
		rai_buf_str(out, " | ");
		cell(out, r->kind);
		rai_buf_printf(out, " | `%.19s` |\n", r->image_digest);
	}
}

static void
day(struct rai_buf *out, int64_t time_ms)
{
	char text[RAI_CLOCK_TEXT];

	rai_clock_format(time_ms, text);
	rai_buf_printf(out, "%.10s", text);
}

static void
change(struct rai_buf *out, const struct rai_history *h, const struct rai_release *r)
{
	const struct rai_tombstone *t = rai_history_tomb(h, r->model, r->artifact_digest);

	rai_buf_printf(out, "\n## %s (", r->version);
	day(out, r->time_ms);
	rai_buf_str(out, ")\n\n- ");
	cell(out, r->kind != NULL ? r->kind : "model");
	rai_buf_str(out, ", ");
	metric(out, r);
	rai_buf_printf(out, "\n- data: %lld rows", (long long)r->data_rows);
	if (r->data_newest != NULL) {
		rai_buf_str(out, " until ");
		cell(out, r->data_newest);
	}
	rai_buf_printf(out, ", `%.19s`\n- model file `%.19s`, code %.12s\n", r->data_digest,
	    r->artifact_digest, r->code_commit);
	if (r->cause != NULL) {
		rai_buf_str(out, "- cause: event ");
		cell(out, r->cause);
		rai_buf_char(out, '\n');
	}
	if (t != NULL && strcmp(t->version, r->version) == 0) {
		rai_buf_str(out, "- **rolled back** on ");
		day(out, t->time_ms);
		rai_buf_str(out, " to ");
		cell(out, t->to);
		rai_buf_str(out, t->reason[0] != '\0' ? ": " : "");
		cell(out, t->reason);
		rai_buf_char(out, '\n');
	}
}

void
rai_page_changelog(struct rai_buf *out, const struct rai_history *h, const char *model)
{
	size_t i;

	rai_buf_printf(out,
	    "# Changes of %s\n\nMade by rai-tag from `versions/*.json`; do not edit.\n", model);
	for (i = h->n; i-- > 0;)
		if (strcmp(h->release[i].model, model) == 0)
			change(out, h, &h->release[i]);
}
