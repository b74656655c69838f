#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "drift/report.h"
#include "json/utf8.h"

/* The state for people at a terminal: as wide as it is, with what is normal beside what is. */

#define WIDE 101 /* columns, from which all is shown */
#define MOST 120

/* One table under way. */
struct table {
	struct rai_buf *out;
	size_t columns;
	int wide, colour;
};

/* The next character of foreign text: 1 and its length; what a terminal would obey is "?". */
static size_t
put(struct rai_buf *out, const char *s)
{
	size_t n = rai_utf8_step(s, strlen(s));
	unsigned char c = (unsigned char)*s;

	if (n == 0 || c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)s[1] < 0xa0)) {
		rai_buf_char(out, '?');
		return n > 0 ? n : 1;
	}
	rai_buf_add(out, s, n);
	return n;
}

/* A name in so many columns, cut or filled up. */
static void
name(struct table *t, const char *s, size_t columns)
{
	size_t n = 0;

	for (; *s != '\0' && n < columns; n++)
		s += put(t->out, s);
	for (; n < columns; n++)
		rai_buf_char(t->out, ' ');
}

static size_t
length(const char *s, size_t bytes)
{
	size_t n = 0, i;

	for (i = 0; i < bytes; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

/* Words in lines that fit, after what stands in the first one already. */
static void
wrap(struct table *t, const char *text, size_t at, size_t indent)
{
	size_t word, n;

	while (*text != '\0') {
		word = strcspn(text, " \n");
		if (strncmp(text + word, " %", 2) == 0) /* a number keeps its unit */
			word += 1 + strcspn(text + word + 1, " \n");
		n = length(text, word);
		if (at > indent && at + 1 + n > t->columns) {
			rai_buf_printf(t->out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			rai_buf_char(t->out, ' ');
			at++;
		}
		for (at += n; word > 0;) {
			n = put(t->out, text);
			text += n;
			word -= n < word ? n : word;
		}
		text += strspn(text, " \n");
	}
	rai_buf_char(t->out, '\n');
}

/* ECMA-48: 31 red, 32 green, 33 yellow. */
static void
coloured(struct table *t, int colour, const char *text)
{
	if (t->colour)
		rai_buf_printf(t->out, "\033[1;%dm%s\033[0m", colour, text);
	else
		rai_buf_str(t->out, text);
}

/* A number with its no-drift expectation, or dashes where there is none. */
static void
pair(struct table *t, double v, double expected, int digits)
{
	int width = t->wide ? 7 : digits + 2;

	if (isfinite(v))
		rai_buf_printf(t->out, " %*.*f %*.*f", width, digits, v, width, digits, expected);
	else
		rai_buf_printf(t->out, " %*s %*s", width, "-", width, "-");
}

static void
flag(struct table *t, const struct rai_drift_check *c)
{
	if (c->broken)
		coloured(t, 31, "  BROKEN");
	else if (c->drifted)
		coloured(t, 33, "  drift");
	else if (!c->judged)
		rai_buf_str(t->out, t->columns >= 115 ? "  time, not judged" : "  time");
}

static void
row(struct table *t, const struct rai_drift_check *c, const char *role)
{
	int number = c->kind == RAI_PROFILE_NUM;
	char p[RAI_DRIFT_P_TEXT];

	if (c->name == NULL)
		return;
	name(t, role != NULL ? role : c->name, t->wide ? 20 : 16);
	if (c->withheld) {
		rai_buf_str(t->out, "  not in the log\n");
		return;
	}
	pair(t, c->psi, c->psi_expected, 4);
	pair(t, number ? c->w1 : NAN, c->w1_expected, 3);
	rai_buf_printf(t->out, "  %-2s %*.*f %*s %*.1f", number ? "D" : "TV", t->wide ? 6 : 5,
	    t->wide ? 4 : 3, number ? c->d : c->tv, t->wide ? 8 : 7, rai_drift_p_text(c->p, p),
	    t->wide ? 6 : 5, 100 * c->missing);
	if (t->wide)
		rai_buf_printf(t->out, " %6.1f", 100 * c->missing_ref);
	rai_buf_printf(t->out, " %*.2f", t->wide ? 6 : 5, 100 * (number ? c->outside : c->unseen));
	flag(t, c);
	rai_buf_char(t->out, '\n');
}

static void
head(struct table *t)
{
	if (t->wide)
		rai_buf_printf(t->out, "\n%-20s %7s %7s %7s %7s  %-9s %8s %6s %6s %6s\n", "column",
		    "PSI", "null", "W1 sd", "null", "effect", "p", "miss %", "ref %", "new %");
	else
		rai_buf_printf(t->out, "\n%-16s %6s %6s %5s %5s  %-8s %7s %5s %5s\n", "column",
		    "PSI", "null", "W1 sd", "null", "effect", "p", "miss%", "new%");
}

/* What the inputs let expect, and which columns make the difference. */
static void
impact(struct table *t, const struct rai_drift_impact *m)
{
	char text[400];
	size_t i;

	if (m == NULL || m->metric == NULL)
		return;
	rai_buf_char(t->out, '\n');
	if (m->verdict == RAI_IMPACT_UNKNOWN)
		snprintf(text, sizeof(text), "expected %s: cannot tell, %s", m->metric, m->reason);
	else
		snprintf(text, sizeof(text), "expected %s %.4g (%.4g to %.4g), hold-out %.4g: %s",
		    m->metric, m->expected, m->low, m->high, m->reference,
		    rai_drift_impact_names[m->verdict]);
	wrap(t, text, 0, 0);
	for (i = 0; m->verdict != RAI_IMPACT_UNKNOWN && i < m->ncost; i++) {
		rai_buf_str(t->out, "  the shift of ");
		name(t, m->cost[i].name, 20);
		rai_buf_printf(t->out, m->cost[i].cost < 0 ? " gains %.4g\n" : " costs %.4g\n",
		    fabs(m->cost[i].cost));
	}
}

static void
top(struct table *t, const struct rai_drift_state *s, const struct rai_drift_subject *about)
{
	static const int colour[] = {32, 33, 31, 33};
	struct rai_drift_next next;
	char text[960];

	snprintf(
	    text, sizeof(text), "advice %s: %s", rai_drift_advice_names[s->advice], s->message);
	name(t, about->name, length(about->name, strlen(about->name)));
	rai_buf_str(t->out, ": ");
	coloured(t, colour[s->verdict], rai_drift_verdict_names[s->verdict]);
	rai_buf_char(t->out, ',');
	wrap(t, text,
	    length(about->name, strlen(about->name)) + 3 +
		strlen(rai_drift_verdict_names[s->verdict]),
	    0);
	rai_drift_next(s, about, &next);
	rai_buf_str(t->out, "next:");
	wrap(t, next.text, 5, 0);
	if (next.command[0] != '\0') {
		rai_buf_str(t->out, "  ");
		name(t, next.command, length(next.command, strlen(next.command)));
		rai_buf_char(t->out, '\n');
	}
	snprintf(text, sizeof(text),
	    "rows %" PRId64 ", windows %" PRId64 " of inputs and %" PRId64
	    " of labels, labelled %" PRId64 " of %" PRId64,
	    s->span.rows, s->input_windows, s->label_windows, s->labelled, s->predictions);
	wrap(t, text, 0, 0);
}

static void
labels(struct table *t, const struct rai_drift_labels *l, const struct rai_drift_impact *explains)
{
	char residual[160], text[200];

	rai_buf_char(t->out, '\n');
	if (!l->told)
		wrap(t, l->why, 0, 0);
	else if (isnan(l->accuracy))
		rai_buf_str(t->out, "accuracy not known: no prediction to compare with\n");
	else
		rai_buf_printf(t->out, "accuracy %.4f (%.4f to %.4f), hold-out %.4f%s\n",
		    l->accuracy, l->low, l->high, l->reference, l->worse ? ": worse" : "");
	if (explains != NULL && isfinite(explains->expected))
		rai_buf_printf(t->out, "by the inputs of these rows: %s %.4g (%.4g to %.4g)\n",
		    explains->metric, explains->expected, explains->low, explains->high);
	if (l->residual.n > 0) {
		rai_drift_residual_say(&l->residual, residual, sizeof(residual));
		snprintf(text, sizeof(text), "%s%s", residual, l->residual.moved ? ": moved" : "");
		wrap(t, text, 0, 0);
	}
}

void
rai_drift_report_table(const struct rai_drift_state *s, const struct rai_drift_subject *about,
    const struct rai_drift_look *look, struct rai_buf *out)
{
	struct table t = {out, look->columns < 80 ? 80 : look->columns, 0, look->colour};
	char text[160], p[RAI_DRIFT_P_TEXT];
	size_t i;

	t.wide = t.columns >= WIDE;
	t.columns = t.columns < MOST ? t.columns : MOST;
	top(&t, s, about);
	if (s->in == NULL)
		return;
	head(&t);
	for (i = 0; i < s->in->n; i++)
		row(&t, &s->in->col[i], NULL);
	row(&t, &s->in->prediction, "(prediction)");
	if (s->labels != NULL)
		row(&t, &s->labels->target, "(target)");
	if (s->in->joint.rows > 0) {
		name(&t, "(together)", t.wide ? 20 : 16);
		snprintf(text, sizeof(text), " %zu numbers, mean ranks %.3f sd apart, p %s",
		    s->in->joint.columns, s->in->joint.distance,
		    rai_drift_p_text(s->in->joint.p, p));
		rai_buf_str(out, text);
		if (s->in->joint.drifted)
			coloured(&t, 33, "  drift");
		rai_buf_char(out, '\n');
	}
	rai_buf_str(out, "null: what it is on average without drift; new: in the tails, or new\n");
	rai_drift_report_unchecked(s, text, sizeof(text));
	if (text[0] != '\0')
		wrap(&t, text, 0, 0);
	impact(&t, s->impact);
	if (s->labels != NULL)
		labels(&t, s->labels, s->explains);
}
