#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "model/save.h"
#include "model/score.h"
#include "tool.h"

#define GOLDEN 4 /* held-out rows stored with their predictions */

void
ticking_start(struct ticking *t, const char *what, size_t total)
{
	*t = (struct ticking){PTHREAD_MUTEX_INITIALIZER, {0, 0}, what, 0, total};
	rai_progress_start(&t->progress, rai_clock_mono_ns());
}

void
ticking_tick(void *ctx)
{
	struct ticking *t = ctx;
	char line[RAI_PROGRESS_TEXT];

	pthread_mutex_lock(&t->lock);
	t->done++;
	if (rai_progress_line(&t->progress, t->what, t->done, t->total, rai_clock_mono_ns(), line))
		rai_cli_status(line);
	pthread_mutex_unlock(&t->lock);
}

int
train_table(struct plan *p, const struct rai_table *t, struct rai_trained *out, struct rai_err *err)
{
	struct ticking status;
	int rc;

	ticking_start(&status, "fitting", rai_train_units(&p->train));
	p->train.tick = ticking_tick;
	p->train.tick_ctx = &status;
	rc = rai_train(t, &p->train, out, err);
	rai_cli_status("");
	return rc == 0 ? 0 : rai_wrap(err, "%s", p->source);
}

/* Golden rows spread over the hold-out. */
static struct rai_cell *
golden_rows(const struct result *r, size_t *n)
{
	const struct rai_split *s = &r->trained->split;
	size_t width = r->table->schema.n, i;
	struct rai_cell *cells;

	*n = s->ntest < GOLDEN ? s->ntest : GOLDEN;
	cells = calloc(*n * width + 1, sizeof(*cells));
	for (i = 0; cells != NULL && i < *n; i++)
		rai_table_cells(r->table, s->test[i * s->ntest / *n], cells + i * width);
	return cells;
}

int
render_model(const struct result *r, const char *profile, const char *calibration,
    struct rai_buf *out, struct rai_err *err)
{
	const struct plan *p = r->plan;
	struct rai_buf metrics = RAI_BUF_INIT(1 << 16), split = RAI_BUF_INIT(1 << 16);
	char newest[16];
	struct rai_model_parts parts = {.name = p->model->name,
	    .schema = &r->table->schema,
	    .pipeline = &r->trained->pipeline,
	    .profile = profile,
	    .calibration = calibration,
	    .data_digest = r->table->digest,
	    .config_digest = p->loop.digest,
	    .code_version = RAI_VERSION,
	    .newest = newest,
	    .from = r->from,
	    .seed = p->train.seed};
	struct rai_cell *golden = golden_rows(r, &parts.ngolden);
	struct rai_impact *impact = NULL;
	struct rai_jw w;
	int rc = -1;

	if (p->model->drift.impact && rai_impact_fit(r->table, r->trained, p->train.seed,
					  p->train.threads, &impact, err) != 0)
		goto out;
	parts.impact = impact;
	newest_date(p, r->table, newest);
	rai_jw_init(&w, &split);
	write_rule(&w, &p->train.split, &r->trained->split, p->train.seed);
	parts.split = split.ptr;
	rai_jw_init(&w, &metrics);
	rai_metric_write(r->trained->metric, r->trained->pipeline.fitted.nclass, &w, NULL);
	parts.metrics = metrics.ptr;
	parts.golden = golden;
	if (golden == NULL)
		rai_fail_memory(err);
	else if (rai_buf_check(&metrics, "metrics", err) == 0 &&
		 rai_buf_check(&split, "split", err) == 0)
		rc = rai_model_render(&parts, out, err);
out:
	rai_impact_free(impact);
	free(golden);
	rai_buf_free(&metrics);
	rai_buf_free(&split);
	return rc;
}

/* The model file appears whole, or the old one stays. */
static int
deliver(const struct result *r, const struct rai_buf *model, struct rai_err *err)
{
	const char *path = r->plan->output;

	if (rai_file_mkdirs_for(path, err) != 0)
		return -1;
	return rai_file_write(path, model->ptr, model->len, 0644, err);
}

static int
finish(const struct options *o, struct result *r, struct rai_buf *out, struct rai_err *err)
{
	struct rai_buf profile = RAI_BUF_INIT((size_t)64 << 20), model = RAI_BUF_INIT(MODEL_MAX);
	struct rai_buf report = RAI_BUF_INIT(1 << 20), calibration = RAI_BUF_INIT(1 << 20);
	int rc = -1, passed = rai_gate_passed(r->gate);

	if (profile_text(r, &profile, err) != 0 ||
	    rai_hash_bytes(profile.ptr, profile.len, r->profile_digest, err) != 0)
		goto out;
	if (passed && (calibration_text(o->cli, r, profile.ptr, &calibration, err) != 0 ||
			  render_model(r, profile.ptr, calibration.ptr, &model, err) != 0 ||
			  rai_hash_bytes(model.ptr, model.len, r->artifact_digest, err) != 0))
		goto out;
	r->artifact_bytes = model.len;
	/* the model comes last: where a page or an event cannot be written, the old one stays */
	if (write_event(o, r, out, err) != 0 || (o->html != NULL && write_html(o, r, err) != 0) ||
	    (passed && deliver(r, &model, err) != 0))
		goto out;
	if (o->report || rai_cli_watched()) {
		write_report(r, &report);
		rai_cli_say(&report);
	}
	rc = passed ? RAI_EXIT_YES : RAI_EXIT_NO;
out:
	rai_buf_free(&profile);
	rai_buf_free(&calibration);
	rai_buf_free(&model);
	rai_buf_free(&report);
	return rc;
}

/* The event needs a place to go to; that it has room is seen when it goes. */
static int
check_stdout(struct rai_err *err)
{
	return fcntl(STDOUT_FILENO, F_GETFD) >= 0
		   ? 0
		   : rai_fail(err, RAI_EINPUT,
			 "stdout is closed, where the event goes (>/dev/null forgets it)");
}

/* The model stands where it should: who starts the next step by the event can open it. */
static int
send_event(const struct result *r, struct rai_buf *out, struct rai_err *err)
{
	if (rai_cli_emit(out, err) == 0)
		return 0;
	return r->artifact_bytes == 0
		   ? -1
		   : rai_wrap(err, "%s is written, but not its event", r->plan->output);
}

int
run_train(const struct options *o, struct rai_buf *out, struct rai_err *err)
{
	struct rai_model *champion = NULL;
	struct rai_table *table = NULL;
	struct rai_trained trained = {.chosen = 0};
	struct rai_gate gate = {.n = 0};
	struct start start;
	struct plan plan;
	struct result r = {.plan = &plan, .trained = &trained};
	size_t i;
	int rc = -1;

	if (check_stdout(err) != 0 || plan_read(o, NEED_MODEL, &plan, err) != 0)
		return -1;
	if (start_open(o, &plan, &start, err) != 0 || read_chain(o, &r.chain, err) != 0 ||
	    open_champion(o, &plan, &champion, err) != 0 || data_read(o, &plan, &table, err) != 0)
		goto out;
	resume_begin(o, &plan, table);
	if (start_table(o, &plan, &start, table, &r.table, err) != 0 ||
	    judge_check(&plan, r.table, champion, err) != 0 ||
	    train_table(&plan, r.table, &trained, err) != 0)
		goto out;
	if (start.model != NULL)
		snprintf(r.from, sizeof(r.from), "%s", rai_model_digest(start.model));
	if (judge(&r, champion, &gate, err) != 0 || explain(o, &r, err) != 0)
		goto out;
	rc = finish(o, &r, out, err);
	if (rc >= 0 && send_event(&r, out, err) != 0)
		rc = -1;
out:
	resume_end(&plan, rc, err);
	for (i = 0; i < r.nslices; i++)
		rai_slices_release(&r.slices[i]);
	free(r.slices);
	explain_release(&r);
	rai_trained_release(&trained);
	start_release(&start);
	rai_table_free(table);
	rai_model_free(champion);
	plan_release(&plan);
	return rc;
}
