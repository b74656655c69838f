#include "table/rowid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static int
add_column(const struct rai_col_spec *spec, const double *num, const int32_t *code,
    const size_t *rows, size_t n, uint64_t *id, struct rai_err *err)
{
	uint64_t name = hash(UINT64_C(0xcbf29ce484222325), spec->name, strlen(spec->name));
	uint64_t missing = hash_number(name, NAN), *level;
	size_t i;

	if (code == NULL && spec->type != RAI_COL_CAT) {
		for (i = 0; i < n; i++)
			id[i] += hash_number(name, num[rows[i]]);
		return 0;
	}
	level = malloc((spec->nlevel + 1) * sizeof(*level));
	if (level == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < spec->nlevel; i++)
		level[i] = hash(name, spec->level[i], strlen(spec->level[i]));
	for (i = 0; i < n; i++) {
		/* a target of classes holds their numbers as doubles */
		double v = code != NULL ? code[rows[i]] : num[rows[i]];

		id[i] += v >= 0 ? level[(size_t)v] : missing;
	}
	free(level);
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
