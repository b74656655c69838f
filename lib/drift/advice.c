#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "drift/report.h"

/* What to do next: from a verdict and its advice to a sentence and a command. */

/* " --option value" */
static void
option(struct rai_buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	rai_buf_printf(b, " --%s ", name);
	rai_buf_word(b, value);
}

/* The columns that are broken, or "the labels". */
static void
broken_names(const struct rai_drift_state *s, char *out, size_t size)
{
	struct rai_buf b = RAI_BUF_INIT(size);
	size_t i, n = 0;

	for (i = 0; s->broken && s->in != NULL && i < s->in->n; i++)
		if (s->in->col[i].broken && n++ < 3)
			rai_buf_printf(&b, "%s%.60s", n > 1 ? ", " : "", s->in->col[i].name);
	if (n > 3)
		rai_buf_printf(&b, " and %zu more", n - 3);
	if (!s->broken)
		rai_buf_str(&b, "the labels");
	else if (n == 0)
		rai_buf_str(&b, "the input");
	snprintf(out, size, "%s", b.ptr);
	rai_buf_free(&b);
}

static void
fix(const struct rai_drift_state *s, const struct rai_drift_subject *about,
    struct rai_drift_next *out, struct rai_buf *b)
{
	char names[300];

	broken_names(s, names, sizeof(names));
	snprintf(out->text, sizeof(out->text),
	    "Repair %s where it comes from: nothing is learned from such rows. Where it began with "
	    "a release, go back to the one before.",
	    names);
	if (about->file == NULL)
		return;
	rai_buf_str(b, "rai-tag");
	option(b, "config", about->config);
	option(b, "model", about->name);
	rai_buf_str(b, " --rollback --reason ");
	snprintf(names, sizeof(names), "%.120s", s->message);
	rai_buf_word(b, names);
}

static void
retrain(const struct rai_drift_state *s, const struct rai_drift_subject *about,
    struct rai_drift_next *out, struct rai_buf *b)
{
	snprintf(out->text, sizeof(out->text),
	    "%s: train again with the newest rows; the gate decides whether the new model is "
	    "better. rai-dispatch does so when this event is piped into it.",
	    s->error.on ? "The error is worse than it was"
	    : s->inputs.on && s->cost.on
		? "The inputs moved, and the model's own estimate says that it costs too much"
		: "What moved is to be answered with a retrain");
	if (about->file == NULL)
		return;
	rai_buf_str(b, "rai-train");
	option(b, "config", about->config);
	option(b, "model", about->name);
	rai_buf_str(b, " | rai-tag");
	option(b, "config", about->config);
}

static void
labels(const struct rai_drift_state *s, const struct rai_drift_subject *about,
    struct rai_drift_next *out, struct rai_buf *b)
{
	char body[160], rows[40];

	if (about->file == NULL) {
		snprintf(out->text, sizeof(out->text),
		    "The rows are not as they were. Whether that costs anything only a model and "
		    "true values can say.");
		return;
	}
	snprintf(rows, sizeof(rows), "%" PRId64 " rows", about->rule.window);
	snprintf(out->text, sizeof(out->text),
	    "The inputs moved and nobody knows yet what it costs: get the true values of %s from "
	    "here on%s, then judge again.",
	    about->rule.window > 0 ? rows : "the rows",
	    about->rows ? ", as the target column of the file"
			: " and send each to the server that made the prediction");
	if (about->rows) {
		rai_buf_str(b, "rai-drift");
		option(b, "model", about->file);
		option(b, "config", about->config);
		rai_buf_str(b, " --rows labelled.csv");
		return;
	}
	rai_buf_str(b, "curl -d ");
	snprintf(body, sizeof(body), "{\"id\":\"%s\",\"actual\":1234.5}", s->span.first);
	rai_buf_word(b, body);
	rai_buf_str(b, " http://127.0.0.1:5000/feedback");
}

static void
wait(const struct rai_drift_state *s, struct rai_drift_next *out)
{
	if (s->verdict == RAI_DRIFT_INSUFFICIENT)
		snprintf(out->text, sizeof(out->text),
		    "Nothing yet: %" PRId64
		    " more rows decide it. This is not \"no drift\"; judge again when they are "
		    "there.",
		    s->missing_rows);
	else if (s->verdict == RAI_DRIFT_MOVED)
		snprintf(out->text, sizeof(out->text), "Nothing: %s. Keep watching.",
		    s->error.on ? "the error is worse, but only drift is to be answered with a "
				  "retrain"
				: "it moved, and the true values of those rows say that the error "
				  "is no worse");
	else
		snprintf(out->text, sizeof(out->text), "Nothing: it is as it was. Keep watching.");
}

void
rai_drift_next(const struct rai_drift_state *s, const struct rai_drift_subject *about,
    struct rai_drift_next *out)
{
	struct rai_buf b = RAI_BUF_INIT(sizeof(out->command) - 1);

	memset(out, 0, sizeof(*out));
	switch (s->advice) {
	case RAI_ADVISE_RETRAIN:
		retrain(s, about, out, &b);
		break;
	case RAI_ADVISE_LABELS:
		labels(s, about, out, &b);
		break;
	case RAI_ADVISE_INPUT:
		fix(s, about, out, &b);
		break;
	case RAI_ADVISE_WAIT:
		wait(s, out);
		break;
	}
	if (!b.bad) /* half a command is none */
		snprintf(out->command, sizeof(out->command), "%s", b.ptr);
	rai_buf_free(&b);
}
