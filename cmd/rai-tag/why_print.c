#include <string.h>

#include "base/clock.h"
#include "why.h"

static const char *const states[] = {"verified", "wrong", "absent"};

void
why_text(struct rai_buf *out, const struct why *w)
{
	static const char *const marks[] = {"\xe2\x9c\x93", "\xe2\x9c\x97", "-"};
	size_t i, wrong = 0, absent = 0;

	rai_buf_printf(out, "%s %s\n", w->release.model, w->release.version);
	for (i = 0; i < w->n; i++) {
		const struct why_link *l = &w->link[i];

		rai_buf_printf(out, "  %s %-8s  %-10s  %s\n", marks[l->state], states[l->state],
		    l->name, l->text);
		wrong += l->state == WHY_WRONG;
		absent += l->state == WHY_ABSENT;
	}
	if (wrong > 0)
		rai_buf_printf(out, "NOT verified: %zu of %zu links are wrong\n", wrong, w->n);
	else if (absent > 0)
		rai_buf_printf(out, "verified, but for %zu of %zu links that cannot be seen here\n",
		    absent, w->n);
	else
		rai_buf_printf(out, "verified: all %zu links\n", w->n);
}

void
why_json(struct rai_buf *out, const struct why *w)
{
	const struct rai_release *r = &w->release;
	char time[RAI_CLOCK_TEXT];
	struct rai_jw j;
	size_t i;

	rai_clock_format(r->time_ms, time);
	rai_jw_init(&j, out);
	rai_jw_object(&j, NULL);
	rai_jw_str(&j, "model", r->model);
	rai_jw_str(&j, "version", r->version);
	rai_jw_str(&j, "time", time);
	rai_jw_str(&j, "image", r->image);
	rai_jw_str(&j, "image_digest", r->image_digest);
	rai_jw_str(&j, "artifact_digest", r->artifact_digest);
	rai_jw_str(&j, "commit", w->commit);
	rai_jw_str(&j, "data_source", r->data_source);
	rai_jw_str(&j, "data_digest", r->data_digest);
	rai_jw_str(&j, "data_newest", r->data_newest);
	rai_jw_str(&j, "config_digest", r->config_digest);
	rai_jw_str(&j, "code_commit", r->code_commit);
	rai_jw_str(&j, "correlation", r->correlation);
	rai_jw_str(&j, "cause", r->cause);
	rai_jw_str(&j, "author", w->made.author);
	rai_jw_str(&j, "committer", w->made.committer);
	rai_jw_str(&j, "approved_by", w->approved[0] != '\0' ? w->approved : NULL);
	rai_metrics_write(&j, "metrics", r->metric, r->metrics);
	rai_jw_array(&j, "links");
	for (i = 0; i < w->n; i++) {
		rai_jw_object(&j, NULL);
		rai_jw_str(&j, "name", w->link[i].name);
		rai_jw_str(&j, "state", states[w->link[i].state]);
		rai_jw_str(&j, "text", w->link[i].text);
		rai_jw_end(&j);
	}
	rai_jw_end(&j);
	rai_jw_end(&j);
	rai_buf_char(out, '\n');
}
