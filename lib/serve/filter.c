#include "serve/filter.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/par.h"
#include "base/team.h"
#include "serve/quick.h"
#include "serve/score.h"

/* LOAD: bytes read before they are answered, when there are so many; TEXT: of a piece's answers. */
enum { ROWS = 1024, LOAD = 8 << 20, PIECES = 64, TEXT = 1 << 30 };

/* Whole lines that one thread answers. */
struct piece {
	const char *p, *end;
	uint64_t first, lines; /* the number of its first line, and how many there are */
	uint64_t refused;
	struct rai_buf out;
	struct rai_err err; /* what ended it, if anything did */
};

/* A thread's own: rows that are not predicted yet. */
struct worker {
	struct rai_serve_rows rows;
	double *out;         /* ROWS x outputs */
	uint64_t line[ROWS]; /* where they stand */
};

struct filter {
	struct rai_serve_filter *f;
	size_t outputs, rows; /* rows: that are predicted at once */
	struct rai_serve_names names;
	char *buf; /* f->max_line + LOAD */
	size_t cap, len;
	char *ahead; /* as much, for what comes next while this is answered */
	size_t nahead;
	struct rai_err read_err; /* of reading that */
	int ended, skipping;     /* skipping: the rest of a line that was too long */
	uint64_t line;           /* of buf[0] */
	struct rai_team *team;
	struct worker *worker;
	size_t nworker, npiece;
	struct piece piece[PIECES];
};

static void
refuse(struct piece *p, uint64_t line, const char *why)
{
	struct rai_jw w;

	p->refused++;
	rai_jw_init(&w, &p->out);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "error", why);
	rai_jw_int(&w, "line", (int64_t)line);
	rai_jw_end(&w);
	rai_buf_char(&p->out, '\n');
}

static void
refuse_long(const struct filter *f, struct piece *p, uint64_t line)
{
	char why[96];

	snprintf(why, sizeof(why), "a line of more than %zu bytes (see rai-serve --max-body)",
	    f->f->max_line);
	refuse(p, line, why);
}

/* Predicts the rows that the worker holds. */
static int
answer_rows(const struct filter *f, struct worker *w, struct piece *p)
{
	const struct rai_serve_model *m = f->f->model;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_jw jw;
	size_t i;

	if (w->rows.n > 0 && m->predict_rows != NULL)
		m->predict_rows(m->payload, w->rows.cell, w->rows.n, w->out);
	for (i = 0; i < w->rows.n; i++) {
		const struct rai_cell *cell = w->rows.cell + i * w->rows.ncol;
		double *out = w->out + i * f->outputs;

		if (m->predict_rows == NULL)
			m->predict(m->payload, cell, out);
		if (rai_serve_score_check(m->schema, cell, out, f->outputs, &err) != 0) {
			refuse(p, w->line[i], err.msg);
			continue;
		}
		rai_jw_init(&jw, &p->out);
		rai_jw_object(&jw, NULL);
		rai_serve_score_write(m, out, &jw);
		rai_jw_end(&jw);
		rai_buf_char(&p->out, '\n');
	}
	return rai_serve_rows_begin(m->schema, &w->rows, &p->err);
}

/* The long way, which knows what is wrong.  0: the row is there; 1: it is answered by an error. */
static int
read_long(const struct filter *f, struct worker *w, struct piece *p, const char *at, size_t len)
{
	const struct rai_schema *s = f->f->model->schema;
	struct rai_err err = RAI_ERR_INIT;
	struct cJSON *doc = rai_json_parse(at, len, &err);
	size_t n = w->rows.n;
	int rc = doc == NULL ? -1 : rai_serve_rows_json(s, doc, &w->rows, &err);

	rai_json_free(doc);
	if (rc == 0)
		return 0;
	w->rows.n = n;
	if (answer_rows(f, w, p) != 0)
		return -1;
	refuse(p, p->first + p->lines, err.msg);
	return 1;
}

/* One line without its end. */
static int
answer_line(
    const struct filter *f, struct worker *w, struct piece *p, const char *at, const char *end)
{
	const char *begin = at = rai_serve_quick_blank(at, end);
	int rc = 0;

	if (at == end)
		return 0;
	if ((size_t)(end - at) > f->f->max_line) {
		if (answer_rows(f, w, p) != 0)
			return -1;
		refuse_long(f, p, p->first + p->lines);
		return 0;
	}
	if (rai_serve_rows_quick(f->f->model->schema, &f->names, &at, end, &w->rows) == 0 &&
	    rai_serve_quick_blank(at, end) != end) {
		w->rows.n--; /* something follows */
		at = begin;
	}
	if (at == begin)
		rc = read_long(f, w, p, begin, (size_t)(end - begin));
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	w->line[w->rows.n - 1] = p->first + p->lines;
	return w->rows.n == f->rows ? answer_rows(f, w, p) : 0;
}

static void
answer_piece(void *ctx, size_t i, size_t worker)
{
	const struct filter *f = ctx;
	struct piece *p = &((struct filter *)ctx)->piece[i];
	struct worker *w = &f->worker[worker];
	const char *at, *nl;
	int rc = rai_serve_rows_begin(f->f->model->schema, &w->rows, &p->err);

	rai_buf_clear(&p->out);
	p->refused = p->lines = 0;
	for (at = p->p; rc == 0 && at < p->end; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(p->end - at));
		if (nl == NULL)
			nl = p->end;
		rc = answer_line(f, w, p, at, nl);
		p->lines++;
	}
	if (rc == 0)
		rc = answer_rows(f, w, p);
	if (rc == 0)
		(void)rai_buf_check(&p->out, "predictions", &p->err);
}

/* Cuts the first n bytes, whole lines, into pieces. */
static void
cut(struct filter *f, size_t n)
{
	size_t npiece = f->nworker < PIECES / 8 ? f->nworker * 8 : PIECES;
	size_t want = n / npiece + 4096, at = 0;
	const char *nl;

	for (f->npiece = 0; at < n; f->npiece++) {
		struct piece *p = &f->piece[f->npiece];

		p->p = f->buf + at;
		p->first = 0;
		at = n - at > want && f->npiece + 1 < PIECES ? at + want : n;
		nl = at < n ? memchr(f->buf + at, '\n', n - at) : NULL;
		at = nl == NULL ? n : (size_t)(nl + 1 - f->buf);
		p->end = f->buf + at;
	}
}

/* Answers of all pieces go out in their order; one with errors once more, now with its lines. */
static int
emit_all(struct filter *f, struct rai_err *err)
{
	size_t i;

	for (i = 0; i < f->npiece; i++) {
		struct piece *p = &f->piece[i];

		if (p->refused > 0 && p->err.code == RAI_OK) {
			p->first = f->line;
			answer_piece(f, i, 0);
		}
		if (p->err.code != RAI_OK) {
			*err = p->err;
			return -1;
		}
		f->line += p->lines;
		f->f->refused += p->refused;
		if (f->f->emit(&p->out, err) != 0)
			return -1;
	}
	return 0;
}

/* Reads what is there, up to a load; wait: it waits for the first byte, but for no other. */
static int
fill(struct filter *f, char *buf, size_t *len, int wait, struct rai_err *err)
{
	size_t begin = *len;
	struct pollfd ready = {f->f->in, POLLIN, 0};
	ssize_t n;

	while (!f->ended && *len < f->cap && *len - begin < LOAD) {
		if ((!wait || *len > begin) && poll(&ready, 1, 0) == 0)
			break;
		n = read(f->f->in, buf + *len, f->cap - *len);
		if (n < 0 && errno != EINTR)
			return rai_fail_errno(err, "stdin");
		f->ended = n == 0;
		*len += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* The first item of work is to read on, the others are the pieces. */
static void
read_or_answer(void *ctx, size_t i, size_t worker)
{
	struct filter *f = ctx;

	if (i == 0)
		(void)fill(f, f->ahead, &f->nahead, 0, &f->read_err);
	else
		answer_piece(f, i - 1, worker);
}

/* Answers the first n bytes; behind the others stands then what has come meanwhile. */
static int
answer_load(struct filter *f, size_t n, struct rai_err *err)
{
	char *answered = f->buf;

	cut(f, n);
	f->nahead = f->len - n;
	memcpy(f->ahead, f->buf + n, f->nahead);
	rai_team_run(f->team, 1 + f->npiece, read_or_answer, f);
	if (emit_all(f, err) != 0)
		return -1;
	f->buf = f->ahead;
	f->len = f->nahead;
	f->ahead = answered;
	if (f->read_err.code == RAI_OK)
		return 0;
	*err = f->read_err;
	return -1;
}

/* The line at the front is longer than it may be: it is answered once and dropped piece by piece.
 */
static int
drop(struct filter *f, struct rai_err *err)
{
	const char *nl = memchr(f->buf, '\n', f->len);
	size_t n = nl == NULL ? f->len : (size_t)(nl + 1 - f->buf);
	struct piece *p = &f->piece[0];

	if (!f->skipping) {
		rai_buf_clear(&p->out);
		p->refused = 0;
		refuse_long(f, p, f->line);
		f->f->refused++;
		if (f->f->emit(&p->out, err) != 0)
			return -1;
	}
	f->skipping = nl == NULL;
	f->line += nl != NULL;
	memmove(f->buf, f->buf + n, f->len - n);
	f->len -= n;
	return 0;
}

static int
run(struct filter *f, struct rai_err *err)
{
	const char *nl;

	while (!f->ended || f->len > 0) {
		nl = memrchr(f->buf, '\n', f->len);
		if (fill(f, f->buf, &f->len, nl == NULL, err) != 0)
			return -1;
		nl = memrchr(f->buf, '\n', f->len);
		if (f->skipping || (nl == NULL && f->len > f->f->max_line)) {
			if (f->len > 0 && drop(f, err) != 0)
				return -1;
		} else if (nl != NULL || f->ended) {
			if (answer_load(f, nl == NULL ? f->len : (size_t)(nl + 1 - f->buf), err) !=
			    0)
				return -1;
		}
	}
	return 0;
}

/* Of a model with many columns, rows may hold fewer than ROWS. */
static size_t
rows_at_once(size_t ncol)
{
	size_t most = ncol > 0 ? RAI_SERVE_CELLS / ncol : ROWS;

	return most < ROWS ? most : ROWS;
}

static int
start(struct filter *f, struct rai_err *err)
{
	size_t i;

	for (i = 0; i < PIECES; i++)
		rai_buf_init(&f->piece[i].out, TEXT);
	if (rai_serve_names_make(f->f->model->schema, &f->names, err) != 0)
		return -1;
	f->outputs = f->f->model->nclass > 0 ? f->f->model->nclass : 1;
	f->rows = rows_at_once(f->f->model->schema->n);
	f->cap = f->f->max_line + LOAD;
	f->buf = malloc(f->cap);
	f->ahead = malloc(f->cap);
	f->team = rai_team_new(f->f->threads > 0 ? f->f->threads : rai_par_cores());
	f->nworker = f->team == NULL ? 0 : rai_team_size(f->team);
	f->worker = calloc(f->nworker + 1, sizeof(*f->worker));
	if (f->buf == NULL || f->ahead == NULL || f->team == NULL || f->worker == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < f->nworker; i++) {
		rai_serve_rows_init(&f->worker[i].rows);
		f->worker[i].out = calloc(ROWS * f->outputs, sizeof(double));
		if (f->worker[i].out == NULL)
			return rai_fail_memory(err);
	}
	return 0;
}

int
rai_serve_filter_run(struct rai_serve_filter *config, struct rai_err *err)
{
	struct filter f = {.f = config, .line = 1, .read_err = RAI_ERR_INIT};
	size_t i;
	int rc;

	config->refused = 0;
	rc = start(&f, err) != 0 ? -1 : run(&f, err);
	for (i = 0; f.worker != NULL && i < f.nworker; i++) {
		rai_serve_rows_release(&f.worker[i].rows);
		free(f.worker[i].out);
	}
	for (i = 0; i < PIECES; i++)
		rai_buf_free(&f.piece[i].out);
	rai_serve_names_release(&f.names);
	free(f.worker);
	rai_team_free(f.team);
	free(f.buf);
	free(f.ahead);
	return rc;
}
