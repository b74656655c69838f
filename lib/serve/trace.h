#ifndef RAI_SERVE_TRACE_H
#define RAI_SERVE_TRACE_H

/*
 * The traceparent header (W3C Trace Context, levels 1 and 2): whose trace a request belongs to.
 * A header that is not valid counts as none.
 */
enum { RAI_TRACE_ID = 33, RAI_SPAN_ID = 17, RAI_TRACE_TEXT = 56 }; /* with their NUL */

struct rai_serve_trace {
	char id[RAI_TRACE_ID];    /* "": no trace */
	char parent[RAI_SPAN_ID]; /* the sender's span */
	char span[RAI_SPAN_ID];   /* ours; rai_serve_trace_span() */
	unsigned flags;           /* those that level 2 knows: sampled, random */
};

/* header may be NULL.  -1: none or not valid, and out->id is "". */
int rai_serve_trace_read(const char *header, struct rai_serve_trace *out);

/* Our span, a function of the id (a ULID) of the first prediction; a request makes one. */
void rai_serve_trace_span(struct rai_serve_trace *t, const char *ulid);

/* "00-<trace>-<our span>-<flags>", for the reply's traceresponse. */
void rai_serve_trace_write(const struct rai_serve_trace *t, char out[RAI_TRACE_TEXT]);

#endif
