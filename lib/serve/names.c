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

static uint64_t
mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

/* Words of eight bytes, the last of which may have some of the one before it. */
static size_t
hash(const char *text, size_t len)
{
	uint64_t h = len, word = 0;
	size_t i;

	if (len < sizeof(word)) {
		for (i = 0; i < len; i++)
			word = word << 8 | (unsigned char)text[i];
		return (size_t)mix(h, word);
	}
	for (i = 0; i + sizeof(word) < len; i += sizeof(word)) {
		memcpy(&word, text + i, sizeof(word));
		h = mix(h, word);
	}
	memcpy(&word, text + len - sizeof(word), sizeof(word));
	return (size_t)mix(h, word);
}

/* The place of that level, or the free one where it would be. */
static struct rai_serve_level *
place_of(const struct rai_serve_names *names, size_t i, const char *text, size_t len)
{
	const struct rai_serve_levels *c = &names->levels[i];
	struct rai_serve_level *first = names->level + c->first;
	size_t at = hash(text, len) & c->mask;

	while (first[at].text != NULL &&
	       (first[at].len != len || !rai_serve_same(first[at].text, text, len)))
		at = (at + 1) & c->mask;
	return &first[at];
}

int32_t
rai_serve_level(const struct rai_serve_names *names, size_t i, const char *text, size_t len)
{
	const struct rai_serve_level *l = place_of(names, i, text, len);

	return l->text != NULL ? l->code : RAI_CODE_UNSEEN;
}

/* At least half of the places stay free. */
static int
make_levels(const struct rai_schema *s, struct rai_serve_names *out, struct rai_err *err)
{
	size_t i, k, n = 0, room;

	out->levels = calloc(s->n + 1, sizeof(*out->levels));
	if (out->levels == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->n; i++) {
		for (room = 1; room < 2 * s->col[i].nlevel; room *= 2)
			;
		out->levels[i] = (struct rai_serve_levels){n, room - 1};
		n += room;
	}
	out->level = calloc(n + 1, sizeof(*out->level));
	if (out->level == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->n; i++)
		for (k = 0; k < s->col[i].nlevel; k++) {
			const char *text = s->col[i].level[k];
			size_t len = strlen(text);

			*place_of(out, i, text, len) =
			    (struct rai_serve_level){text, (uint32_t)len, (int32_t)k};
		}
	return 0;
}

int
rai_serve_names_make(const struct rai_schema *s, struct rai_serve_names *out, struct rai_err *err)
{
	size_t i;

	rai_buf_init(&out->text, MAX);
	out->level = NULL;
	out->levels = NULL;
	out->at = calloc(s->n + 1, sizeof(*out->at));
	if (out->at == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->n; i++) {
		add_name(s->col[i].name, &out->text);
		out->at[i + 1] = out->text.len;
	}
	if (rai_buf_check(&out->text, "names of the columns", err) == 0 &&
	    make_levels(s, out, err) == 0)
		return 0;
	rai_serve_names_release(out);
	return -1;
}

void
rai_serve_names_release(struct rai_serve_names *names)
{
	rai_buf_free(&names->text);
	free(names->at);
	free(names->level);
	free(names->levels);
	names->at = NULL;
	names->level = NULL;
	names->levels = NULL;
}
