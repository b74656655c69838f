#include "serve/shell.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/html.h"

static const char *const own_style[] = {
    "a{color:var(--first)}"
    ":focus-visible{outline:3px solid var(--first);outline-offset:2px;border-radius:.25rem}"
    "nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.5rem 0 0;font-size:.95rem}"
    "nav a{padding:.4rem 0}nav a[aria-current]{color:var(--ink);font-weight:600;"
    "text-decoration:none;border-bottom:2px solid var(--first)}"
    ".skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--card);"
    "padding:.5rem 1rem;z-index:1}"
    "form{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));"
    "gap:1.1rem 1.25rem;background:var(--card);border:1px solid var(--line);"
    "border-radius:.6rem;padding:1.25rem;margin-top:1.5rem;align-items:start}"
    "label{display:block;font-weight:600;margin-bottom:.3rem;overflow-wrap:anywhere}"
    "input,select{width:100%;min-height:2.75rem;font:inherit;padding:.45rem .7rem;"
    "border:1px solid var(--dim);border-radius:.4rem;background:var(--bg);color:inherit}"
    "option{background:Canvas;color:CanvasText}"
    ".hint{display:block;color:var(--dim);font-size:.85rem;line-height:1.45;margin-top:.3rem}"
    ".go{grid-column:1/-1;display:flex;flex-wrap:wrap;align-items:center;gap:.6rem 1.25rem}"
    "button{font:inherit;font-weight:600;min-height:2.75rem;padding:.5rem 2.25rem;border:0;"
    "border-radius:.4rem;background:var(--first);color:var(--bg);cursor:pointer}"
    "button:hover{filter:brightness(1.08)}",
    ".answer,.error{border:1px solid var(--line);border-left:.45rem solid var(--first);"
    "border-radius:.6rem;padding:1rem 1.25rem 1.1rem;margin:1.5rem 0;background:var(--card)}"
    ".error{border-left-color:var(--bad);max-width:none;overflow-wrap:anywhere}"
    ".answer>b{display:block;font-size:clamp(2rem,8vw,2.9rem);font-weight:650;line-height:1.15;"
    "letter-spacing:-.025em;overflow-wrap:anywhere}"
    ".answer p{margin:.35rem 0}"
    ".answer code,.facts code{overflow-wrap:anywhere}"
    ".answer table{max-width:32rem}.answer th,.answer td{padding:.35rem .5rem}.answer "
    ".text{min-width:0}"
    ".answer caption,.answer tr>:first-child{padding-left:0}"
    ".strip{height:1.75rem;margin:.8rem 0 .2rem}"
    ".strip rect.all{fill:var(--soft)}.strip rect.half{fill:var(--line)}"
    ".strip rect.range{fill:var(--first);opacity:.45}.strip rect.at{fill:var(--first)}"
    ".ends{display:flex;justify-content:space-between;gap:1rem;color:var(--dim);"
    "font-size:.85rem}"
    "svg.meter{width:9rem;height:.8rem;border-radius:.2rem;background:var(--soft);margin-left:auto}"
    "svg.meter rect{fill:var(--first)}svg.meter.bad rect{fill:var(--bad)}"
    "svg.meter path{stroke:var(--ink);stroke-width:2;vector-effect:non-scaling-stroke}"
    "[aria-invalid]{border:2px solid var(--bad)}.hint.bad{color:var(--bad);font-weight:600}"
    ".hint.warn{color:var(--maybe)}.error a,.answer a{overflow-wrap:anywhere}"
    ".events{list-style:none;margin:0;padding:.3rem 1.1rem;font-size:.92rem}"
    ".events li{display:grid;grid-template-columns:9.5rem 11rem 10rem 1fr;gap:.1rem 1rem;"
    "padding:.5rem 0}.events li+li{border-top:1px solid var(--line)}"
    ".events li>*{overflow-wrap:anywhere;min-width:0}.events time{color:var(--dim)}"
    "svg.spark{width:7rem;margin-left:auto}svg.spark path{stroke-width:1.75;stroke-linecap:round;"
    "stroke-linejoin:round}svg.spark .ideal{stroke-width:1;stroke-dasharray:3 3;opacity:.6}"
    ".warn{color:var(--maybe);font-weight:600}.bad{color:var(--bad);font-weight:600}"
    ".fine{color:var(--good);font-weight:600}"
    "details{margin:2rem 0 0}summary{cursor:pointer;font-weight:600;padding:.4rem 0}"
    "details dl{margin-top:.6rem}"
    ".plots.three{grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr))}"
    ".state{color:var(--dim);font-size:.875rem;min-height:1.6em}"
    "td.text,th.text{text-align:left}td.none{color:var(--dim)}"
    "@media(max-width:48rem){.events li{grid-template-columns:1fr}}"
    "@media(max-width:34rem){svg.meter{width:5rem}"
    ".places thead{position:absolute;left:-99rem}.places tr{display:grid;"
    "grid-template-columns:1fr auto auto;gap:0 .8rem;border-bottom:1px solid "
    "var(--line);padding:.4rem .7rem}"
    ".places th,.places td{border:0;padding:.05rem 0}.places td:last-child{grid-column:1/-1}"
    ".places td{white-space:normal;overflow-wrap:anywhere;max-width:9rem}"
    ".places td:last-child{max-width:none}.places tbody .hint{display:inline;margin-left:.5rem}"
    "form{padding:1rem}button{width:100%}}"
    "@media(prefers-reduced-motion:no-preference){button{transition:filter .15s}}",
    NULL};

/*
 * The server writes the page; the script asks for it again and puts the new parts into the places
 * of the old.  So what it shows is what a reload would, and nothing is drawn in two ways.
 */
static const char script[] =
    "'use strict';(()=>{const state=document.getElementById('state'),every=5000;"
    "async function look(){if(!document.hidden)try{"
    "const reply=await fetch(location.href,{cache:'no-store',headers:{Accept:'text/html'}});"
    "if(!reply.ok)throw new Error('status '+reply.status);"
    "const page=new DOMParser().parseFromString(await reply.text(),'text/html');"
    "for(const part of document.querySelectorAll('[data-live]')){"
    "const fresh=page.getElementById(part.id);"
    "if(fresh&&!part.contains(document.activeElement))"
    "part.replaceWith(document.adoptNode(fresh));}"
    "state.className='state';"
    "state.textContent='Live: updated '+new Date().toLocaleTimeString()+'.';"
    "}catch(e){state.className='state bad';"
    "state.textContent='No answer from the server ('+e.message+'); what is shown is old.';}"
    "setTimeout(look,every);}"
    "state.textContent='Live: looks every 5 seconds.';setTimeout(look,every);})();";

static struct {
	pthread_once_t once;
	struct rai_buf style;
	char policy[512];
} shell = {.once = PTHREAD_ONCE_INIT, .style = RAI_BUF_INIT(1 << 20)};

static void
make_shell(void)
{
	char style[RAI_PAGE_SOURCE], run[RAI_PAGE_SOURCE];
	size_t i;

	for (i = 0; rai_page_style[i] != NULL; i++)
		rai_buf_str(&shell.style, rai_page_style[i]);
	for (i = 0; own_style[i] != NULL; i++)
		rai_buf_str(&shell.style, own_style[i]);
	rai_page_source(shell.style.ptr, shell.style.len, style);
	rai_page_source(script, sizeof(script) - 1, run);
	snprintf(shell.policy, sizeof(shell.policy),
	    "default-src 'none'; style-src %s; script-src %s; connect-src 'self'; img-src data:; "
	    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	    style, run);
}

static void
link_to(struct rai_buf *b, const char *root, const char *path, const char *text, int here)
{
	rai_buf_printf(
	    b, "<a href=\"%s%s\"%s>%s</a>", root, path, here ? " aria-current=\"page\"" : "", text);
}

void
rai_serve_shell_begin(struct rai_serve_reply *r, const struct rai_serve_shell *s)
{
	struct rai_buf *b = &r->body;

	pthread_once(&shell.once, make_shell);
	r->type = "text/html; charset=utf-8";
	rai_serve_reply_header(r, "Content-Security-Policy", shell.policy);
	rai_serve_reply_header(r, "Cache-Control", "no-store");
	rai_buf_str(b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
		       "<link rel=\"icon\" href=\"data:,\"><title>");
	rai_html_text(b, s->title);
	rai_buf_str(b, "</title><style>");
	rai_buf_add(b, shell.style.ptr, shell.style.len);
	rai_buf_printf(b,
	    "</style></head>\n<body><a class=\"skip\" href=\"#main\">To the content</a>"
	    "<header><p class=\"kicker\">%s</p><h1>",
	    s->kicker);
	rai_html_text(b, s->title);
	rai_buf_str(b, "</h1><nav aria-label=\"Pages\">");
	link_to(b, "./", "", "Predict", strcmp(s->here, "form") == 0);
	link_to(b, s->root, "dashboard", "Dashboard", strcmp(s->here, "dashboard") == 0);
	link_to(b, s->root, "metrics", "Metrics", 0);
	rai_buf_str(b, "</nav></header>\n<main id=\"main\">");
}

void
rai_serve_shell_end(struct rai_serve_reply *r, int live)
{
	rai_buf_str(&r->body, "</main><footer>rai-serve " RAI_VERSION
			      "; this page needs nothing but itself.</footer>");
	if (live) {
		rai_buf_str(&r->body, "<script>");
		rai_buf_add(&r->body, script, sizeof(script) - 1);
		rai_buf_str(&r->body, "</script>");
	}
	rai_buf_str(&r->body, "</body></html>\n");
}

void
rai_serve_shell_number(struct rai_buf *b, double v)
{
	if (!isfinite(v))
		rai_buf_str(b, "\xe2\x80\x93");
	else if (fabs(v) >= 1e4)
		rai_page_whole(b, v);
	else if (fabs(v) >= 1000)
		rai_buf_printf(b, "%s%.0f", v < 0 ? "\xe2\x88\x92" : "", fabs(v));
	else
		rai_buf_printf(b, "%s%.4g", v < 0 ? "\xe2\x88\x92" : "", fabs(v));
}

void
rai_serve_shell_bar(struct rai_buf *b, const char *class, double share, double mark)
{
	rai_buf_printf(b,
	    "<svg class=\"meter %s\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
	    "aria-hidden=\"true\"><rect width=\"%.1f\" height=\"8\"/>",
	    class, 100 * fmin(1, fmax(0, share)));
	if (mark >= 0 && mark <= 1)
		rai_buf_printf(b, "<path d=\"M%.1f 0V8\"/>", 100 * mark);
	rai_buf_str(b, "</svg>");
}

void
rai_serve_shell_fact(struct rai_buf *b, const char *what, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	rai_buf_printf(b, "<dt>%s</dt><dd>", what);
	rai_page_name(b, text);
	rai_buf_str(b, "</dd>\n");
}
