#include "base/file.h"
#include "drift.h"
#include "drift/html.h"
#include "drift/textfile.h"

#define PAGE_MAX ((size_t)64 << 20) /* bytes */

/* Between two versions of a file that say the same verdict. */
enum { FILES_MS = 15000 };

int
drift_output_begin(struct run *r, struct rai_err *err)
{
	struct rai_drift_listener hears;

	r->about.file = r->o->model;
	r->about.config = r->o->config;
	r->about.rows = r->o->rows;
	if (rai_drift_history_init(&r->history, r->ref.profile, err) != 0)
		return -1;
	hears = rai_drift_history_listener(&r->history);
	if (r->o->html != NULL)
		rai_drift_watch_listen(r->watch, &hears);
	return 0;
}

void
drift_output_end(struct run *r)
{
	if (r->history.profile != NULL)
		rai_drift_history_release(&r->history);
}

int
drift_write_whole(const char *path, const struct rai_buf *text, struct rai_err *err)
{
	if (rai_buf_check(text, path, err) != 0 || rai_file_mkdirs_for(path, err) != 0)
		return -1;
	return rai_file_write(path, text->ptr, text->len, 0644, err);
}

static int
write_page(struct run *r, struct rai_err *err)
{
	const struct rai_drift_page page = {
	    rai_drift_watch_state(r->watch), &r->about, &r->history, rai_clock_now(&r->cli->clock)};
	struct rai_buf text = RAI_BUF_INIT(PAGE_MAX);
	int rc;

	rai_drift_html(&page, &text);
	rc = drift_write_whole(r->o->html, &text, err);
	rai_buf_free(&text);
	return rc;
}

static int
write_textfile(struct run *r, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(PAGE_MAX);
	int rc;

	rai_drift_textfile(rai_drift_watch_state(r->watch), &r->about, r->written_ms, &text);
	rc = drift_write_whole(r->o->textfile, &text, err);
	rai_buf_free(&text);
	return rc;
}

int
drift_write_files(struct run *r, struct rai_err *err)
{
	r->about.version = r->version[0] != '\0' ? r->version : NULL;
	r->written_ms = rai_clock_now(&r->cli->clock);
	if (r->o->html != NULL && write_page(r, err) != 0)
		return -1;
	return r->o->textfile != NULL ? write_textfile(r, err) : 0;
}

void
drift_table(struct run *r)
{
	const struct rai_drift_look look = {rai_cli_columns(), rai_cli_coloured()};

	rai_drift_report_table(rai_drift_watch_state(r->watch), &r->about, &look, r->out);
}

/* Is there a file whose time has come? */
static int
due(const struct run *r)
{
	return r->stream && (r->o->html != NULL || r->o->textfile != NULL) &&
	       rai_clock_now(&r->cli->clock) - r->written_ms >= FILES_MS;
}

int
drift_idle(struct run *r, struct rai_err *err)
{
	return due(r) ? drift_write_files(r, err) : 0;
}

int
drift_pushed(struct run *r, int rc, struct rai_err *err)
{
	const struct rai_drift_state *s = rai_drift_watch_state(r->watch);
	int judged;

	if (rc < 0)
		return -1;
	judged = rai_drift_history_see(&r->history, s);
	if (s->confirmed > r->confirmed && !r->stream && s->verdict == RAI_DRIFT_MOVED) {
		r->incident.open = 0;
		rc = 1; /* the one event that is written says what the window found */
	}
	r->confirmed = s->confirmed;
	if (rc > 0 && drift_tell(r, err) != 0)
		return -1;
	if (r->stream && (rc > 0 || (judged && due(r))))
		return drift_write_files(r, err);
	return 0;
}
