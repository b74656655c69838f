#include "serve/quick.h"

#include <float.h>
#include <math.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/num.h"

const char *
rai_serve_quick_blank(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

/* The same, and mostly there is nothing to do. */
static inline const char *
skip_blank(const char *at, const char *end)
{
	return at < end && (unsigned char)*at > ' ' ? at : rai_serve_quick_blank(at, end);
}

/* To the first quote, backslash or control character, or the end. */
static inline const char *
skip_plain(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
	const __m128i control = _mm_set1_epi8(0x1f);

	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i stop = _mm_or_si128(
		    _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)),
		    _mm_cmpeq_epi8(_mm_max_epu8(v, control), control));
		unsigned found = (unsigned)_mm_movemask_epi8(stop);

		if (found != 0)
			return p + __builtin_ctz(found);
	}
#endif
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
}

/* "text": its inside, plain characters alone; the place behind the closing quote, or NULL. */
static const char *
plain_string(const char *at, const char *end, const char **text, size_t *len)
{
	const char *p;

	if (at == end || *at != '"')
		return NULL;
	p = skip_plain(++at, end);
	if (p == end || *p != '"')
		return NULL;
	*text = at;
	*len = (size_t)(p - at);
	return p + 1;
}

/* Past the digits there, which *m goes on with; it wraps around. */
static inline const char *
digits(const char *at, const char *end, uint64_t *m)
{
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		*m = 10 * *m + (uint64_t)(*at - '0');
	return at;
}

/* NUMBER_MAX: characters, cJSON does not read many more. */
enum { NUMBER_MAX = 60 };

/*
 * A number by the grammar of RFC 8259; the place behind it, or NULL.  *ours: we would write it so,
 * too, as DBL_DIG digits come back as they are; without looking at those that want an exponent.
 */
static const char *
plain_number(const char *at, const char *end, double *out, int *ours)
{
	/* exact, as are integers of DBL_DIG digits: so their quotient is the nearest number */
	static const double unit[DBL_DIG + 1] = {
	    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
	const char *first = at + (at < end && *at == '-'), *from = first, *p;
	int point = 0, exponent = 0;
	uint64_t m = 0;
	size_t part = 0;

	p = digits(from, end, &m);
	if (p == from || (*from == '0' && p > from + 1))
		return NULL;
	if (p < end && *p == '.') {
		point = 1;
		from = p + 1;
		p = digits(from, end, &m);
		part = (size_t)(p - from);
		if (part == 0)
			return NULL;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		exponent = 1;
		from = p + 1;
		from += from < end && (*from == '+' || *from == '-');
		p = digits(from, end, &m);
		if (p == from)
			return NULL;
	}
	*ours = !exponent && p - first - point <= DBL_DIG;
	if (*ours)
		*out = (first > at ? -(double)m : (double)m) / unit[part];
	else if (p - at > NUMBER_MAX || rai_num_double(at, (size_t)(p - at), out) != 0)
		return NULL;
	*ours = *ours && (point ? p[-1] != '0' && fabs(*out) >= 1e-3 : *out != 0 || p == at + 1);
	return p;
}

/*
 * The value at `at` into the cell of column i; the place behind it, or NULL.  *ours: what stands
 * there is what we would write.
 */
static const char *
plain_value(const struct rai_schema *schema, const struct rai_serve_names *names, size_t i,
    const char *at, const char *end, struct rai_cell *cell, const char **text, int *ours)
{
	const struct rai_col_spec *c = &schema->col[i];
	const char *s, *next;
	size_t len;

	*ours = 1;
	if (end - at >= 4 && memcmp(at, "null", 4) == 0)
		return at + 4;
	if (c->type == RAI_COL_NUM)
		return plain_number(at, end, &cell->num, ours);
	next = plain_string(at, end, &s, &len);
	if (next == NULL || len == 0)
		return NULL;
	if (c->type == RAI_COL_DATE) {
		*ours = 0;
		return rai_schema_text(c, s, len, cell, NULL) == 0 ? next : NULL;
	}
	cell->code = rai_serve_level(names, i, s, len);
	if (cell->code < 0) /* unheard of: its text must be looked at and kept */
		return NULL;
	*text = c->level[cell->code];
	return next;
}

/* The same into the last row, which remembers where it stands. */
static const char *
take_value(const struct rai_schema *s, const struct rai_serve_names *names, size_t i,
    const char *at, const char *end, struct rai_serve_rows *r)
{
	size_t k = (r->n - 1) * r->ncol + i;
	const char *next;
	int ours;

	next = plain_value(s, names, i, at, end, &r->cell[k], &r->text[k], &ours);
	if (next != NULL && ours && r->body != NULL)
		r->token[k] =
		    (struct rai_serve_token){(uint32_t)(at - r->body), (uint32_t)(next - at)};
	return next;
}

/* The column of that name, tried at next first; n: none, or it has been given. */
static size_t
column(const struct rai_schema *s, const char *name, size_t len, size_t next,
    const unsigned char *given)
{
	int i;

	if (next < s->n && strncmp(s->col[next].name, name, len) == 0 &&
	    s->col[next].name[len] == '\0')
		i = (int)next;
	else
		i = rai_schema_find(s, name, len);
	return i < 0 || given[i] ? s->n : (size_t)i;
}

/*
 * A name with its colon: the place behind it, and in *i the column, of which *i was the last one.
 * NULL: there is none.
 */
static const char *
member_name(const struct rai_schema *s, const struct rai_serve_names *names, const char *at,
    const char *end, const unsigned char *given, size_t *i)
{
	size_t next = *i + 1, len;
	const char *name;

	if (next < s->n && !given[next]) {
		name = rai_serve_name(names, next, &len);
		if ((size_t)(end - at) >= len && rai_serve_same(at, name, len)) {
			*i = next;
			return at + len;
		}
	}
	at = plain_string(at, end, &name, &len);
	if (at == NULL || (*i = column(s, name, len, next, given)) == s->n)
		return NULL;
	at = skip_blank(at, end);
	return at < end && *at == ':' ? at + 1 : NULL;
}

/* The members of an object whose brace is read; the place behind its end, or NULL. */
static const char *
members(const struct rai_schema *s, const struct rai_serve_names *names, const char *at,
    const char *end, struct rai_serve_rows *r)
{
	size_t i = SIZE_MAX;

	at = skip_blank(at, end);
	if (at < end && *at == '}')
		return at + 1;
	for (;;) {
		at = member_name(s, names, at, end, r->given, &i);
		if (at == NULL)
			return NULL;
		r->given[i] = 1;
		at = take_value(s, names, i, skip_blank(at, end), end, r);
		if (at == NULL)
			return NULL;
		at = skip_blank(at, end);
		if (at < end && *at == '}')
			return at + 1;
		if (at == end || *at != ',')
			return NULL;
		at = skip_blank(at + 1, end);
	}
}

int
rai_serve_rows_quick(const struct rai_schema *s, const struct rai_serve_names *names,
    const char **at, const char *end, struct rai_serve_rows *r)
{
	const char *p = *at;

	if (p == end || *p != '{' || rai_serve_rows_add(r, 1, NULL) != 0)
		return -1;
	p = members(s, names, p + 1, end, r);
	if (p == NULL) {
		r->n--;
		return -1;
	}
	*at = p;
	return 0;
}
