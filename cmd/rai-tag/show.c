#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "oci/image.h"
#include "tag.h"

static int
read_head(struct desk *d, char head[RAI_OID_TEXT], struct rai_err *err)
{
	return rai_repo_resolve(d->repo, d->ref, head, err);
}

static int
extract(struct desk *d, struct rai_err *err)
{
	char head[RAI_OID_TEXT], version[128];
	const char *want = d->o->operand;
	struct rai_oci_ref ref;
	struct rai_release r;
	int rc;

	if (read_head(d, head, err) != 0)
		return -1;
	if (want == NULL || strcmp(want, "current") == 0) {
		rc = running_version(d, head, version, sizeof(version), err);
		if (rc == 1)
			rc = rai_fail(err, RAI_EINPUT, "%s: runs no release yet", d->folder);
	} else
		rc = (size_t)snprintf(version, sizeof(version), "%s", want) < sizeof(version) ? 0
											      : 1;
	if (rc == 0)
		rc = rai_history_release(d->repo, head, d->model->name, version, &r, err);
	if (rc != 0)
		return rc < 0 ? -1
			      : rai_fail(err, RAI_EINPUT, "%s has no release %s (rai-tag --list)",
				    d->model->name, want != NULL ? want : version);
	rc = rai_oci_ref_parse(r.image, &ref, err);
	if (rc == 0) {
		rc = rai_oci_extract(d->image_root, &ref, r.artifact_digest, d->o->output, err);
		rai_oci_ref_release(&ref);
	}
	rai_release_free(&r);
	return rc;
}

int
run_extract(const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err)
{
	struct desk d;
	int rc = desk_open(&d, o, cli, o->model, err);

	(void)out;
	if (rc == 0)
		rc = extract(&d, err);
	desk_close(&d);
	return rc;
}

static const char *
state_of(const struct rai_history *h, const struct rai_release *r, const char *running)
{
	if (strcmp(r->version, running) == 0)
		return "current";
	return rai_history_tomb(h, r->model, r->artifact_digest) != NULL ? "rolled-back"
									 : "superseded";
}

static void
list_text(struct rai_buf *out, const struct rai_release *r, const char *state)
{
	const struct rai_release_metric *m =
	    r->headline != NULL ? rai_metrics_find(r, r->headline) : NULL;
	char time[RAI_CLOCK_TEXT], value[64] = "-";

	rai_clock_format(r->time_ms, time);
	if (m != NULL)
		snprintf(value, sizeof(value), "%s %.4g", m->name, m->value);
	rai_buf_printf(out, "%-28s %-11s %s  %-14s %.19s\n", r->version, state, time, value,
	    r->artifact_digest);
}

static void
list_json(struct rai_buf *out, const struct rai_release *r, const char *state)
{
	char time[RAI_CLOCK_TEXT];
	struct rai_jw w;

	rai_clock_format(r->time_ms, time);
	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "model", r->model);
	rai_jw_str(&w, "version", r->version);
	rai_jw_str(&w, "state", state);
	rai_jw_str(&w, "time", time);
	rai_jw_str(&w, "image", r->image);
	rai_jw_str(&w, "artifact_digest", r->artifact_digest);
	rai_jw_str(&w, "data_digest", r->data_digest);
	rai_metrics_write(&w, "metrics", r->metric, r->metrics);
	rai_jw_end(&w);
	rai_buf_char(out, '\n');
}

static int
list(struct desk *d, struct rai_buf *out, struct rai_err *err)
{
	char head[RAI_OID_TEXT], running[128] = "";
	struct rai_history h = {NULL, 0, NULL, 0};
	const char *state;
	size_t i;

	if (read_head(d, head, err) != 0 ||
	    running_version(d, head, running, sizeof(running), err) < 0 ||
	    rai_history_read(d->repo, head, &h, err) != 0)
		return -1;
	for (i = h.n; i-- > 0;) {
		if (strcmp(h.release[i].model, d->model->name) != 0)
			continue;
		state = state_of(&h, &h.release[i], running);
		if (d->o->json)
			list_json(out, &h.release[i], state);
		else
			list_text(out, &h.release[i], state);
	}
	rai_history_free(&h);
	return 0;
}

int
run_list(const struct options *o, struct rai_cli *cli, struct rai_buf *out, struct rai_err *err)
{
	struct desk d;
	int rc = desk_open(&d, o, cli, o->model, err);

	if (rc == 0)
		rc = list(&d, out, err);
	desk_close(&d);
	return rc;
}
