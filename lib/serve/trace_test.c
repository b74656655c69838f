#include "serve/trace.h"

#include "base/tap.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

/* The verdicts are those of the recommendation (w3.org/TR/trace-context-2, 3.2). */
static const struct {
	int rc;
	const char *header;
} cases[] = {
    {0, "00-" TRACE "-" SPAN "-01"},
    {0, "00-" TRACE "-" SPAN "-00"},
    {0, "cc-" TRACE "-" SPAN "-01"},
    {0, "cc-" TRACE "-" SPAN "-01-extra"},
    {-1, "cc-" TRACE "-" SPAN "-01.extra"},
    {-1, "00-" TRACE "-" SPAN "-01-extra"},
    {-1, "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01"},
    {-1, "00-00000000000000000000000000000000-" SPAN "-01"},
    {-1, "00-" TRACE "-0000000000000000-01"},
    {-1, "ff-" TRACE "-" SPAN "-01"},
    {-1, "00-" TRACE "-" SPAN},
    {-1, "00-" TRACE "-" SPAN "-0"},
    {-1, "00-" TRACE "-" SPAN "-0x"},
    {-1, "00_" TRACE "-" SPAN "-01"},
    {-1, "00-" TRACE SPAN "--01"},
    {-1, ""},
};

int
main(void)
{
	struct rai_serve_trace t;
	char text[RAI_TRACE_TEXT];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(rai_serve_trace_read(cases[i].header, &t), cases[i].rc, cases[i].header);
	is_int(rai_serve_trace_read(NULL, &t), -1, "no header");
	is_str(t.id, "", "is no trace");

	is_int(rai_serve_trace_read("cc-" TRACE "-" SPAN "-fe-later", &t), 0, "a version to come");
	is_str(t.id, TRACE, "the trace");
	is_str(t.parent, SPAN, "the sender's span");
	/* 0xfe: of the known two bits the sampled one is off, the random one on */
	is_int(t.flags, 2, "flags that are known");
	/* 13 letters, base 32: G = 16, Z = 31; python: int("GZ", base 32) = 16 * 32 + 31 = 543 */
	rai_serve_trace_span(&t, "01M83TFFZE8D900000000000GZ");
	is_str(t.span, "000000000000021f", "our span is made of the prediction's id");
	rai_serve_trace_write(&t, text);
	is_str(text, "00-" TRACE "-000000000000021f-02", "what the reply says is version 00");
	rai_serve_trace_span(&t, "01M83TFFZE8D90000000000000");
	is_str(t.span, "0000000000000001", "a span is never zero");
	return tap_done();
}
