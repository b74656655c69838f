#include "serve/exchange.h"

#include "serve/accept.h"
#include "serve/csvbody.h"

static void
fail(struct rai_serve_call *c, const struct rai_serve_protocol *p, struct rai_serve_reply *r,
    const struct rai_err *err)
{
	int status = err->code == RAI_EINPUT ? 400 : 500;

	if (p->fail != NULL)
		p->fail(c, r, status, err->msg);
	else
		c->fail(r, status, err->msg);
}

void
rai_serve_exchange(
    struct rai_serve_call *c, const struct rai_serve_protocol *p, struct rai_serve_reply *r)
{
	struct rai_err err = RAI_ERR_INIT;
	struct cJSON *doc = rai_json_parse(c->q->body, c->q->len, &err);

	if (doc == NULL || rai_serve_rows_begin(c->live->model.schema, &c->slot->rows, &err) != 0 ||
	    p->read(c, doc, &err) != 0 || rai_serve_score(c, &err) != 0)
		fail(c, p, r, &err);
	else {
		p->write(c, doc, r);
		rai_serve_score_headers(c, r);
	}
	rai_json_free(doc);
}

static void
write_probabilities(const struct rai_serve_model *m, const double *out, struct rai_jw *w)
{
	size_t k;

	rai_jw_object(w, NULL);
	for (k = 0; k < m->nclass; k++)
		rai_jw_num(w, m->schema->target.level[k], out[k]);
	rai_jw_end(w);
}

static void
write_list(const struct rai_serve_model *m, const struct rai_serve_scores *s, const char *name,
    struct rai_jw *w)
{
	size_t i;

	rai_jw_array(w, name);
	for (i = 0; i < s->n; i++)
		if (m->nclass == 0)
			rai_jw_num(w, NULL, s->out[i]);
		else
			rai_jw_str(w, NULL,
			    m->schema->target.level[rai_serve_class(m, s->out + i * s->nout)]);
	rai_jw_end(w);
}

void
rai_serve_predictions_write_as(
    struct rai_serve_call *c, const char *const *name, size_t n, struct rai_serve_reply *r)
{
	const struct rai_serve_model *m = &c->live->model;
	const struct rai_serve_scores *s = &c->slot->scores;
	struct rai_jw w;
	size_t i;

	rai_jw_init(&w, &r->body);
	rai_jw_object(&w, NULL);
	for (i = 0; i < n; i++)
		write_list(m, s, name[i], &w);
	if (m->nclass > 0) {
		rai_jw_array(&w, "probabilities");
		for (i = 0; i < s->n; i++)
			write_probabilities(m, s->out + i * s->nout, &w);
		rai_jw_end(&w);
	}
	rai_jw_array(&w, "ids");
	for (i = 0; i < s->n; i++)
		rai_jw_str(&w, NULL, s->id[i]);
	rai_jw_end(&w);
	if (c->trial != NULL) {
		rai_jw_array(&w, "versions");
		for (i = 0; i < s->n; i++)
			rai_jw_str(&w, NULL, rai_serve_score_by(c, i)->model.version);
		rai_jw_end(&w);
	}
	rai_jw_raw(&w, NULL, c->live->who.ptr, c->live->who.len);
	rai_jw_end(&w);
	rai_buf_char(&r->body, '\n');
	r->type = "application/json";
}

void
rai_serve_predictions_write(
    struct rai_serve_call *c, const struct cJSON *doc, struct rai_serve_reply *r)
{
	static const char *const name[] = {"predictions"};

	(void)doc;
	rai_serve_predictions_write_as(c, name, 1, r);
}

int
rai_serve_csv_reply(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	if (!rai_serve_prefers(rai_serve_header(c->q, "Accept"), "text/csv"))
		return 0;
	rai_serve_csv_write(&c->live->model, &c->slot->scores, &r->body);
	r->type = "text/csv; charset=utf-8";
	return 1;
}
