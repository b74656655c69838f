#include "table/rowid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"

#define STRETCH ((size_t)1 << 15) /* rows that a thread takes at once */

/* FNV-1a (Fowler, Noll, Vo) over bytes, finished by SplitMix64's output function. */
static uint64_t
hash(uint64_t h, const void *p, size_t n)
{
	const unsigned char *b = p;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ b[i]) * UINT64_C(0x100000001b3);
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	return h ^ (h >> 31);
}

/* A number by its bits, little-endian; both zeros are one, and so are all NaN. */
static uint64_t
hash_number(uint64_t name, double v)
{
	unsigned char b[8];
	uint64_t bits;
	int i;

	v = v == 0 ? 0 : v;
	memcpy(&bits, &v, sizeof(bits));
	bits = isnan(v) ? UINT64_MAX : bits;
	for (i = 0; i < 8; i++)
		b[i] = (unsigned char)(bits >> 8 * i);
	return hash(name, b, sizeof(b));
}

/* One column is added to the ids of all rows, by stretches of rows. */
struct adding {
	const double *num;
	const int32_t *code;
	const size_t *rows;
	size_t n;
	uint64_t *id, name, missing;
	uint64_t *level; /* of each; NULL: numbers */
};

static void
add_stretch(void *ctx, size_t k, size_t worker)
{
	const struct adding *a = ctx;
	size_t i, end = (k + 1) * STRETCH < a->n ? (k + 1) * STRETCH : a->n;

	(void)worker;
	if (a->level == NULL) {
		for (i = k * STRETCH; i < end; i++)
			a->id[i] += hash_number(a->name, a->num[a->rows[i]]);
		return;
	}
	for (i = k * STRETCH; i < end; i++) {
		/* a target of classes holds their numbers as doubles */
		double v = a->code != NULL ? a->code[a->rows[i]] : a->num[a->rows[i]];

		a->id[i] += v >= 0 ? a->level[(size_t)v] : a->missing;
	}
}

static int
add_column(const struct rai_col_spec *spec, const double *num, const int32_t *code,
    const size_t *rows, size_t n, uint64_t *id, struct rai_err *err)
{
	uint64_t name = hash(UINT64_C(0xcbf29ce484222325), spec->name, strlen(spec->name));
	struct adding a = {num, code, rows, n, id, name, hash_number(name, NAN), NULL};
	size_t i;

	if (code != NULL || spec->type == RAI_COL_CAT) {
		a.level = malloc((spec->nlevel + 1) * sizeof(*a.level));
		if (a.level == NULL)
			return rai_fail_memory(err);
		for (i = 0; i < spec->nlevel; i++)
			a.level[i] = hash(name, spec->level[i], strlen(spec->level[i]));
	}
	rai_par_for((n + STRETCH - 1) / STRETCH, rai_par_cores(), add_stretch, &a);
	free(a.level);
	return 0;
}

int
rai_row_ids(const struct rai_table *t, const struct rai_schema *schema, const size_t *rows,
    size_t n, uint64_t *id, struct rai_err *err)
{
	size_t j;
	int at;

	memset(id, 0, n * sizeof(*id));
	for (j = 0; j < schema->n; j++) {
		at = rai_schema_find(&t->schema, schema->col[j].name, strlen(schema->col[j].name));
		if (at >= 0 && add_column(&t->schema.col[at], t->col[at].num, t->col[at].code, rows,
				   n, id, err) != 0)
			return -1;
	}
	return t->target == NULL ? 0
				 : add_column(&t->schema.target, t->target, NULL, rows, n, id, err);
}
