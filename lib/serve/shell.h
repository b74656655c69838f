#ifndef RAI_SERVE_SHELL_H
#define RAI_SERVE_SHELL_H

#include "page/page.h"
#include "serve/http.h"

/*
 * Inside of this room: what every page has around its content.  Nothing comes from elsewhere, and
 * the policy names the only script and the only style that may run, by their hashes: foreign text
 * in a page can do nothing, even if it were not escaped.
 */
struct rai_serve_shell {
	const char *kicker, *title; /* above each other; title is foreign text */
	const char *root;           /* the way to the server's top: "" or "../../" */
	const char *here;           /* "form" or "dashboard": which link is the page's own */
};

/* Up to "<main>": the caller writes what is in it.  r becomes a page. */
void rai_serve_shell_begin(struct rai_serve_reply *r, const struct rai_serve_shell *s);

/* live: the page keeps itself up to date, where scripts run: elements with data-live and an id. */
void rai_serve_shell_end(struct rai_serve_reply *r, int live);

/* A number for people, in a running text: "1,035,000", "12.25"; "1996", which may be a year. */
void rai_serve_shell_number(struct rai_buf *b, double v);

/* "<svg ...>" of a bar that fills a share of its width, with a mark at another (NaN: none). */
void rai_serve_shell_bar(struct rai_buf *b, const char *class, double share, double mark);

/* "<dt>what</dt><dd>text</dd>"; nothing when text is NULL or "". */
void rai_serve_shell_fact(struct rai_buf *b, const char *what, const char *text);

#endif
