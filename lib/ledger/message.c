#include "ledger/message.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One line of text: what comes from outside must not begin a new trailer. */
static void
line(struct rai_buf *out, const char *s)
{
	for (; s != NULL && *s != '\0'; s++)
		rai_buf_char(out, (unsigned char)*s < ' ' ? ' ' : *s);
}

static void
trailer(struct rai_buf *out, const char *key, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	rai_buf_printf(out, "%s: ", key);
	line(out, value);
	rai_buf_char(out, '\n');
}

static const struct rai_release_metric *
headline(const struct rai_release *r)
{
	return r != NULL && r->headline != NULL ? rai_metrics_find(r, r->headline) : NULL;
}

/* "house-price: model-v20251123-1 r2 0.853 (+0.021)" */
static void
subject(struct rai_buf *out, const struct rai_release *r, const struct rai_release *before)
{
	const struct rai_release_metric *now = headline(r), *was = NULL;

	rai_buf_printf(out, "release(%s): %s", r->model, r->version);
	if (now != NULL) {
		rai_buf_printf(out, " %s %.3f", now->name, now->value);
		was = before != NULL ? rai_metrics_find(before, now->name) : NULL;
	}
	if (was != NULL)
		rai_buf_printf(out, " (%+.3f)", now->value - was->value);
	rai_buf_str(out, " [skip ci]\n\n");
}

static void
metrics_trailer(struct rai_buf *out, const struct rai_release *r)
{
	size_t i;

	if (r->metrics == 0)
		return;
	rai_buf_str(out, "Metrics:");
	for (i = 0; i < r->metrics; i++)
		rai_buf_printf(out, " %s=%.6g", r->metric[i].name, r->metric[i].value);
	rai_buf_char(out, '\n');
}

void
rai_message_release(
    struct rai_buf *out, const struct rai_release *r, const struct rai_release *before)
{
	const struct rai_release_metric *m = headline(r);

	subject(out, r, before);
	line(out, r->kind != NULL ? r->kind : "A model");
	rai_buf_printf(out, ", trained on %lld rows", (long long)r->data_rows);
	if (r->data_newest != NULL) {
		rai_buf_str(out, " until ");
		line(out, r->data_newest);
	}
	rai_buf_str(out, ".\n");
	if (m != NULL && !isnan(m->low) && !isnan(m->high))
		rai_buf_printf(out, "Held-out %s is %.4g, between %.4g and %.4g.\n", m->name,
		    m->value, m->low, m->high);
	if (before != NULL)
		rai_buf_printf(out, "Takes the place of %s.\n", before->version);
	rai_buf_char(out, '\n');
	trailer(out, "Model", r->model);
	trailer(out, "Version", r->version);
	trailer(out, "Artifact-Digest", r->artifact_digest);
	trailer(out, "Image", r->image);
	trailer(out, "Data-Digest", r->data_digest);
	trailer(out, "Config-Digest", r->config_digest);
	metrics_trailer(out, r);
	trailer(out, "Cause", r->cause);
	trailer(out, "Correlation-Id", r->correlation);
	rai_buf_printf(out, "Loop-Depth: %lld\n", (long long)r->loop_depth);
}

void
rai_message_rollback(
    struct rai_buf *out, const struct rai_release *to, const struct rai_tombstone *t)
{
	rai_buf_printf(
	    out, "rollback(%s): %s to %s [skip ci]\n\n", t->model, t->version, to->version);
	if (t->reason[0] != '\0') {
		line(out, t->reason);
		rai_buf_char(out, '\n');
	}
	rai_buf_printf(
	    out, "The model file of %s may not be released again (tombstone).\n\n", t->version);
	trailer(out, "Model", to->model);
	trailer(out, "Version", to->version);
	trailer(out, "Rolled-Back", t->version);
	trailer(out, "Artifact-Digest", to->artifact_digest);
	trailer(out, "Image", to->image);
	trailer(out, "Tombstone", t->digest);
}

int
rai_trailer_get(const char *message, const char *key, char *out, size_t size)
{
	size_t n = strlen(key), end = strlen(message), len;
	const char *p, *block = NULL;

	while (end > 0 && message[end - 1] == '\n')
		end--;
	for (p = message; (p = strstr(p, "\n\n")) != NULL && p < message + end; p++)
		block = p + 2;
	for (p = block; p != NULL && p < message + end; p += len + 1) {
		len = strcspn(p, "\n");
		if (len > n + 1 && strncasecmp(p, key, n) == 0 && p[n] == ':' && p[n + 1] == ' ') {
			snprintf(out, size, "%.*s", (int)(len - n - 2), p + n + 2);
			return 0;
		}
		if (p[len] == '\0')
			break;
	}
	return 1;
}
