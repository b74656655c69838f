/*
 * <output>.journal: what a training has measured so far, so that an interrupted one goes on where
 * it was and ends with the same bytes; <output>.checkpoint.*: what a long fit has so far.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "model/journal.h"
#include "tool.h"

/* All that a measurement depends on, as one line of JSON. */
static void
bind(const struct plan *p, const struct rai_table *t, struct rai_buf *out)
{
	struct rai_jw w;
	size_t i;

	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	rai_jw_int(&w, "journal", 1);
	rai_jw_str(&w, "model", p->model->name);
	rai_jw_str(&w, "data", t->digest);
	rai_jw_str(&w, "config", p->loop.digest);
	rai_jw_str(&w, "code", RAI_VERSION);
	rai_jw_int(&w, "seed", (int64_t)p->train.seed);
	rai_jw_array(&w, "external");
	for (i = 0; i < p->nexternal; i++)
		rai_jw_str(&w, NULL, p->external[i]);
	rai_jw_end(&w);
	rai_jw_end(&w);
}

static void
tell(const struct options *o, const char *path, enum rai_journal_state state, size_t known)
{
	if (state == RAI_JOURNAL_FOUND && known > 0)
		rai_cli_warn(o->cli,
		    "%s: going on with what an interrupted training has measured (%zu)", path,
		    known);
	else if (state == RAI_JOURNAL_FOREIGN && !o->no_resume)
		rai_cli_warn(o->cli, "%s: of another training, begun anew", path);
	else if (state == RAI_JOURNAL_BUSY)
		rai_cli_warn(
		    o->cli, "%s: another training writes it; this one cannot be resumed", path);
}

/* Long fits leave <output>.checkpoint.<fit>. */
static void
begin_checkpoints(const struct options *o, struct plan *p, const struct rai_buf *binding)
{
	struct rai_buf path = RAI_BUF_INIT(8192);

	rai_buf_printf(&path, "%s.checkpoint", p->output);
	p->checkpoints = (struct rai_checkpoints){
	    strdup(path.ptr), strdup(binding->ptr), RAI_CHECKPOINT_MS, o->no_resume};
	if (!path.bad && !binding->bad && p->checkpoints.path != NULL &&
	    p->checkpoints.binding != NULL)
		p->train.checkpoints = &p->checkpoints;
	rai_buf_free(&path);
}

void
resume_begin(const struct options *o, struct plan *p, const struct rai_table *t)
{
	struct rai_buf path = RAI_BUF_INIT(8192), binding = RAI_BUF_INIT(8192);
	enum rai_journal_state state = RAI_JOURNAL_NEW;
	struct rai_err err = RAI_ERR_INIT;
	struct stat st;

	if (stat(p->output, &st) == 0 && !S_ISREG(st.st_mode))
		return; /* a device: nothing stands beside it */
	rai_buf_printf(&path, "%s.journal", p->output);
	bind(p, t, &binding);
	begin_checkpoints(o, p, &binding);
	if (rai_buf_check(&path, "journal", &err) == 0 &&
	    rai_buf_check(&binding, "journal", &err) == 0 &&
	    rai_file_mkdirs_for(p->output, &err) == 0 &&
	    rai_journal_open(
		path.ptr, binding.ptr, o->no_resume, &p->train.journal, &state, &err) == 0)
		tell(o, path.ptr, state,
		    p->train.journal != NULL ? rai_journal_known(p->train.journal) : 0);
	else
		rai_cli_warn(o->cli, "%s; this training cannot be resumed", err.msg);
	rai_buf_free(&path);
	rai_buf_free(&binding);
}

void
resume_end(struct plan *p, int rc, const struct rai_err *err)
{
	if (rc >= 0 || err->code == RAI_EINPUT)
		rai_journal_end(p->train.journal);
	else
		rai_journal_close(p->train.journal);
	p->train.journal = NULL;
	free((char *)(uintptr_t)p->checkpoints.path);
	free((char *)(uintptr_t)p->checkpoints.binding);
	p->train.checkpoints = NULL;
}
