#include "serve/names.h"

#include <stdlib.h>
#include <string.h>

#include "json/json.h"

/* MAX: bytes of all names; a model file's header is shorter. */
enum { MAX = 256 << 20 };

/* `{"name":null}` without its brace and its value. */
static void
add_name(const char *name, struct rai_buf *out)
{
	const size_t tail = strlen("null}");
	struct rai_buf one = RAI_BUF_INIT(MAX);
	struct rai_jw w;

	rai_jw_init(&w, &one);
	rai_jw_object(&w, NULL);
	rai_jw_null(&w, name);
	rai_jw_end(&w);
	if (one.bad)
		out->bad = one.bad;
	else
		rai_buf_add(out, one.ptr + 1, one.len - 1 - tail);
	rai_buf_free(&one);
}

int
rai_serve_names_make(const struct rai_schema *s, struct rai_serve_names *out, struct rai_err *err)
{
	size_t i;

	rai_buf_init(&out->text, MAX);
	out->at = calloc(s->n + 1, sizeof(*out->at));
	if (out->at == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->n; i++) {
		add_name(s->col[i].name, &out->text);
		out->at[i + 1] = out->text.len;
	}
	if (rai_buf_check(&out->text, "names of the columns", err) == 0)
		return 0;
	rai_serve_names_release(out);
	return -1;
}

void
rai_serve_names_release(struct rai_serve_names *names)
{
	rai_buf_free(&names->text);
	free(names->at);
	names->at = NULL;
}
