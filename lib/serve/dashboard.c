#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/html.h"
#include "page/svg.h"
#include "serve/dashboard.h"
#include "serve/recent.h"
#include "serve/shell.h"
#include "serve/state.h"
#include "serve/trial.h"

/* GET /dashboard: all models, each with its figures, its history and its drift, and the loop. */

enum { SPARKS = RAI_HISTORY_POINTS + 1 }; /* points at most */
#define HOUR_MS 3600000.0
#define LOG_LOW 0.01 /* where a logarithmic axis ends */

/* One view of one model. */
struct view {
	const struct rai_serve_call *c;
	const struct rai_serve_live *live;
	const struct rai_serve_origin *origin; /* of live; the next is of what it replaced */
	size_t index;
	struct rai_serve_point *point; /* npoint, oldest first */
	size_t npoint;
	double holdout; /* accuracy of the hold-out; NaN: not known */
};

void
rai_serve_dashboard_span(struct rai_buf *b, int64_t ms)
{
	double s = (double)ms / 1000;

	if (s < 120)
		rai_buf_printf(b, "%.0f&#8239;s", fmax(0, s));
	else if (s < 7200)
		rai_buf_printf(b, "%.0f&#8239;min", s / 60);
	else if (s < 172800)
		rai_buf_printf(b, "%.0f&#8239;h", s / 3600);
	else
		rai_buf_printf(b, "%.0f&#8239;days", s / 86400);
}

static void
seconds(struct rai_buf *b, double s)
{
	if (isnan(s))
		rai_buf_str(b, "\xe2\x80\x93");
	else if (isinf(s))
		rai_buf_str(b, "&gt;&#8239;1&#8239;s");
	else if (s < 1e-3)
		rai_buf_printf(b, "\xe2\x89\xa4&#8239;%.3g&#8239;\xc2\xb5s", s * 1e6);
	else
		rai_buf_printf(b, "\xe2\x89\xa4&#8239;%.3g&#8239;ms", s * 1e3);
}

void
rai_serve_dashboard_time(struct rai_buf *b, int64_t ms)
{
	char text[RAI_CLOCK_TEXT];

	rai_clock_format(ms - ms % 1000, text);
	rai_buf_printf(b, "<time datetime=\"%s\">%.10s %.5s</time>", text, text, text + 11);
}

static void
tile(struct rai_buf *b, const char *what)
{
	rai_buf_printf(b, "<div class=\"tile\"><dt>%s</dt><dd>", what);
}

static void
write_accuracy(struct rai_buf *b, const struct view *v)
{
	struct rai_serve_accuracy a;

	rai_serve_join_accuracy(v->c->app->models->named[v->index].join, &a);
	tile(b, v->live->model.nclass > 0 ? "accuracy" : "accuracy, 1 \xe2\x88\x92 MAPE");
	rai_page_number(b, a.rolling);
	if (a.pairs == 0)
		rai_buf_str(b, "<small>no true value has come yet: POST /feedback");
	else
		rai_buf_printf(b, "<small>of the latest %zu true values", a.pairs);
	if (isfinite(v->holdout)) {
		rai_buf_str(b, "<br>hold-out ");
		rai_page_number(b, v->holdout);
	}
	rai_buf_str(b, "</small></dd></div>\n");
}

static void
write_retrain(struct rai_buf *b, const struct view *v)
{
	tile(b, "since it was trained");
	if (v->origin->trained) {
		rai_serve_dashboard_span(
		    b, rai_clock_now(v->c->app->config.clock) - v->origin->trained_ms);
		rai_buf_str(b, "<small>");
		rai_serve_dashboard_time(b, v->origin->trained_ms);
		rai_buf_str(b, " UTC</small>");
	} else
		rai_buf_str(
		    b, v->c->app->config.nshow == 0
			   ? "\xe2\x80\x93<small>its event says: see the loop, below</small>"
			   : "\xe2\x80\x93<small>no event of its training was found</small>");
	rai_buf_str(b, "</dd></div>\n");
}

static void
write_rate(struct rai_buf *b, const struct rai_serve_point *now)
{
	if (!(now->per_second > 0)) {
		rai_buf_str(b, "<small>no prediction was asked for this minute");
		return;
	}
	rai_buf_str(b, "<small>median ");
	seconds(b, now->p50);
	rai_buf_str(b, "<br>");
	if (now->per_second >= 1)
		rai_serve_shell_number(b, now->per_second);
	else
		rai_serve_shell_number(b, now->per_second * 60);
	rai_buf_printf(b, " requests/%s this minute", now->per_second >= 1 ? "s" : "min");
}

static void
write_tiles(struct rai_buf *b, const struct view *v)
{
	const struct rai_serve_point *now = &v->point[v->npoint - 1];

	rai_buf_printf(b, "<dl class=\"tiles\" id=\"tiles%zu\" data-live>", v->index);
	write_accuracy(b, v);
	tile(b, "features that moved");
	rai_serve_drifting_say(v->live, b);
	rai_buf_str(b, "</dd></div>\n");
	tile(b, "latency, p99");
	seconds(b, now->p99);
	write_rate(b, now);
	rai_buf_str(b, "</small></dd></div>\n");
	write_retrain(b, v);
	rai_buf_str(b, "</dl>\n");
}

/* What a plot shows of the points. */
struct curve {
	size_t member; /* of a point: a double */
	const char *label, *caption;
	double line; /* dashed; NaN: none */
	enum rai_svg_scale scale;
};

/* Room for all values and the line. */
static void
fit_axis(struct rai_svg_axis *a, double line, const double *y, size_t n)
{
	double low = line, high = line;
	size_t i;

	for (i = 0; i < n; i++)
		if (isfinite(y[i])) {
			low = fmin(low, y[i]);
			high = fmax(high, y[i]);
		}
	if (!isfinite(low) || !isfinite(high))
		return;
	if (a->scale == RAI_SVG_LOG) {
		a->low = fmax(LOG_LOW, fmin(low / 1.2, line / 10));
		a->high = fmax(2 * line, 1.2 * high);
		return;
	}
	a->low = low - fmax(0.1 * (high - low), 0.01 * fabs(low));
	a->high = high + fmax(0.1 * (high - low), 0.01 * fabs(high));
	if (low >= 0)
		a->low = isnan(line) ? 0 : fmax(0, a->low);
}

/* What there is to see, for those who do not: the caption, and where the line ends. */
static void
say_now(const struct curve *c, double now, char *out, size_t size)
{
	if (isfinite(now))
		snprintf(out, size, "%s. Now: %.4g", c->caption, now);
	else
		snprintf(out, size, "%s. Now: not known", c->caption);
}

static void
plot(struct rai_buf *b, const struct view *v, const struct curve *c)
{
	double *x = calloc(v->npoint, sizeof(*x)), *y = calloc(v->npoint, sizeof(*y));
	double now = (double)v->point[v->npoint - 1].ms;
	double span = fmax(HOUR_MS / 6, now - (double)v->point[0].ms);
	double unit = span > 3 * HOUR_MS ? HOUR_MS : HOUR_MS / 60;
	struct rai_svg s = {.x = {unit == HOUR_MS ? "hours before now" : "minutes before now",
				-span / unit, 0, RAI_SVG_LINEAR},
	    .y = {c->label, 0, 1, c->scale}};
	const double ends[] = {s.x.low, s.x.high}, line[] = {c->line, c->line};
	char title[160];
	size_t i, stretch;

	for (i = 0; x != NULL && y != NULL && i < v->npoint; i++) {
		memcpy(&y[i], (const char *)&v->point[i] + c->member, sizeof(y[i]));
		x[i] = ((double)v->point[i].ms - now) / unit;
	}
	if (x != NULL && y != NULL) {
		fit_axis(&s.y, c->line, y, v->npoint);
		say_now(c, y[v->npoint - 1], title, sizeof(title));
		rai_svg_begin(&s, b, title);
		rai_svg_line(&s, "ideal", ends, line, 2);
		for (i = 0; i < v->npoint; i += stretch) {
			stretch = rai_serve_history_stretch(v->point + i, v->npoint - i);
			rai_svg_line(&s, "first", x + i, y + i, stretch);
		}
		rai_svg_dots(&s, "first marks", x + v->npoint - 1, y + v->npoint - 1, 1);
		rai_svg_end(&s, c->caption);
	} else
		b->bad = 1;
	free(x);
	free(y);
}

static void
write_plots(struct rai_buf *b, struct view *v)
{
	const struct curve curve[] = {
	    {offsetof(struct rai_serve_point, accuracy), "accuracy",
		isfinite(v->holdout) ? "Rolling accuracy; dashed: the hold-out"
				     : "Rolling accuracy",
		v->holdout, RAI_SVG_LINEAR},
	    {offsetof(struct rai_serve_point, drift), "share of the threshold",
		"Largest drift of a feature; dashed: its threshold", 1, RAI_SVG_LOG},
	    {offsetof(struct rai_serve_point, p99), "ms",
		"Latency that 99 of 100 requests stayed below", NAN, RAI_SVG_LINEAR},
	};
	size_t i;

	for (i = 0; i < v->npoint; i++) {
		v->point[i].p50 *= 1e3;
		v->point[i].p99 *= 1e3;
	}
	rai_buf_printf(b, "<div class=\"plots three\" id=\"plots%zu\" data-live>", v->index);
	for (i = 0; i < sizeof(curve) / sizeof(curve[0]); i++)
		plot(b, v, &curve[i]);
	rai_buf_str(b, "</div>\n");
}

/* "r2 0.8123 (0.79 to 0.83), ..." of the hold-out, as the file has it. */
static void
write_metrics(struct rai_buf *b, struct view *v)
{
	const struct rai_serve_facts *f = v->live->model.facts;
	struct rai_err err = RAI_ERR_INIT;
	struct cJSON *doc;
	const struct cJSON *i;
	int shown = 0;

	v->holdout = NAN;
	if (f == NULL || f->metrics == NULL)
		return;
	doc = rai_json_parse(f->metrics, strlen(f->metrics), &err);
	for (i = rai_json_first(doc); i != NULL && rai_json_key(i) != NULL; i = rai_json_next(i)) {
		double value = NAN;

		if (rai_json_opt_num(i, "value", &value, &err) != 0 || isnan(value))
			continue;
		if (strcmp(rai_json_key(i), "accuracy") == 0)
			v->holdout = value;
		rai_buf_str(b, shown++ > 0 ? ", " : "<dt>hold-out</dt><dd>");
		rai_page_name(b, rai_json_key(i));
		rai_buf_char(b, ' ');
		rai_page_number(b, value);
	}
	if (shown > 0)
		rai_buf_str(b, "</dd>\n");
	rai_json_free(doc);
}

static void
write_facts(struct rai_buf *b, struct view *v)
{
	const struct rai_serve_model *m = &v->live->model;
	const struct rai_serve_facts *f = m->facts;

	rai_buf_printf(b, "<dl class=\"facts\" id=\"facts%zu\" data-live>", v->index);
	rai_serve_shell_fact(b, "version", m->version);
	rai_serve_shell_fact(b, "kind", m->kind);
	rai_serve_shell_fact(b, "digest", m->digest);
	rai_serve_shell_fact(b, "commit", v->origin->commit);
	if (f != NULL) {
		if (f->rows > 0) {
			rai_buf_str(b, "<dt>trained on</dt><dd>");
			rai_page_whole(b, (double)f->rows);
			rai_buf_str(b, " rows");
			if (f->newest != NULL && *f->newest != '\0') {
				rai_buf_str(b, ", the newest of ");
				rai_page_name(b, f->newest);
			}
			rai_buf_str(b, "</dd>\n");
		}
		rai_serve_shell_fact(b, "data", f->data_digest);
	}
	write_metrics(b, v);
	rai_buf_str(b, "</dl>\n");
}

/* The way to the form of one of several models, where its name can stand in a path as it is. */
static void
write_way(struct rai_buf *b, const struct view *v)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	const char *name = v->live->model.name;

	if (v->c->app->models->n > 1 && name[strspn(name, plain)] == '\0')
		rai_buf_printf(
		    b, "<p><a href=\"models/%s/\">Predict with %s</a></p>\n", name, name);
}

static void
write_model(struct rai_buf *b, struct view *v)
{
	struct rai_serve_trial *trial = v->c->models->entry[v->index].trial;
	struct rai_buf facts = RAI_BUF_INIT(1 << 20);

	rai_buf_printf(
	    b, "<section aria-labelledby=\"model%zu\"><h2 id=\"model%zu\">", v->index, v->index);
	rai_html_text(b, v->live->model.name);
	rai_buf_str(b, "</h2>\n");
	write_facts(&facts, v); /* finds out about the hold-out, too */
	v->npoint = rai_serve_watch_read(v->c->app->watch, v->live, v->index, v->point);
	write_tiles(b, v);
	rai_buf_add(b, facts.ptr, facts.len);
	write_way(b, v);
	rai_buf_printf(b, "<div id=\"trial%zu\" data-live>", v->index);
	if (trial != NULL)
		rai_serve_trial_page(trial, b);
	rai_buf_str(b, "</div>\n<h3>Over time</h3>");
	write_plots(b, v);
	rai_serve_drifting_write(v->live, v->index, rai_clock_now(v->c->app->config.clock), b);
	rai_buf_str(b, "</section>\n");
	rai_buf_free(&facts);
}

static void
write_event(struct rai_buf *b, const struct rai_serve_event *e)
{
	rai_buf_str(b, "<li>");
	rai_serve_dashboard_time(b, e->ms);
	rai_buf_str(b, "<b>");
	rai_page_name(b, e->what);
	rai_buf_str(b, "</b><span>");
	rai_page_name(b, e->subject);
	rai_buf_str(b, "</span><span>");
	rai_page_name(b, e->text);
	rai_buf_str(b, "</span></li>\n");
}

static void
write_events(
    struct rai_buf *b, const struct rai_serve_app_config *config, const struct rai_serve_recent *r)
{
	size_t i;

	rai_buf_str(b, "<section aria-labelledby=\"loop\"><h2 id=\"loop\">The loop</h2>"
		       "<div id=\"events\" data-live>");
	if (config->nshow == 0)
		rai_buf_str(b, "<p class=\"note tile\">Start rai-serve with --show-events FILE, "
			       "once for each file that the other programs write their events "
			       "to, and they are listed here.</p>");
	else if (r->n == 0)
		rai_buf_printf(b,
		    "<p class=\"note tile\">No event yet (%zu of %zu files cannot "
		    "be read).</p>",
		    r->missing, config->nshow);
	else {
		rai_buf_str(b, "<p class=\"note\">The newest first, times in UTC.</p><ol "
			       "class=\"events tile\">\n");
		for (i = 0; i < r->n; i++)
			write_event(b, &r->event[i]);
		rai_buf_str(b, "</ol>");
	}
	rai_buf_str(b, "</div></section>\n");
}

/* Of every model that answers, and of the one that it replaced, which may answer again. */
static void
find_origins(const struct rai_serve_call *c, struct rai_serve_origin *origin)
{
	size_t i;

	for (i = 0; i < c->app->models->n; i++) {
		const struct rai_serve_entry *e = &c->models->entry[i];
		const struct rai_serve_live *live[] = {e->current, e->previous};
		size_t k;

		for (k = 0; k < 2; k++)
			if (live[k] != NULL)
				snprintf(origin[2 * i + k].digest, RAI_HASH_DIGEST, "%s",
				    live[k]->model.digest);
	}
	rai_serve_origins_find(c->app->origins, origin);
}

static void
write_page(struct view *v, struct rai_serve_origin *origin, struct rai_serve_recent *recent,
    struct rai_serve_reply *r)
{
	static const struct rai_serve_shell shell = {
	    .kicker = "rai-serve", .title = "Dashboard", .root = "", .here = "dashboard"};
	const struct rai_serve_app_config *config = &v->c->app->config;

	rai_serve_shell_begin(r, &shell);
	rai_buf_str(&r->body, "<p class=\"state\" id=\"state\">As of ");
	rai_serve_dashboard_time(&r->body, rai_clock_now(config->clock));
	rai_buf_str(&r->body, " UTC.</p>\n");
	find_origins(v->c, origin);
	for (v->index = 0; v->index < v->c->app->models->n; v->index++) {
		v->live = v->c->models->entry[v->index].current;
		v->origin = &origin[2 * v->index];
		write_model(&r->body, v);
	}
	rai_serve_recent_read(config->show, config->nshow, recent);
	write_events(&r->body, config, recent);
	rai_serve_shell_end(r, 1);
}

void
rai_serve_dashboard(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct rai_serve_recent *recent = calloc(1, sizeof(*recent));
	struct rai_serve_origin *origin = calloc(2 * c->app->models->n, sizeof(*origin));
	struct view v = {.c = c, .point = calloc(SPARKS, sizeof(*v.point))};

	if (recent == NULL || origin == NULL || v.point == NULL)
		rai_serve_error(r, 500, "out of memory");
	else
		write_page(&v, origin, recent, r);
	free(recent);
	free(origin);
	free(v.point);
}
