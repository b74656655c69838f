#ifndef RAI_DRIFT_WORLD_H
#define RAI_DRIFT_WORLD_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "drift/watch.h"

/*
 * A small world for the tests of this room: six columns with the traps of a housing market (ties,
 * heavy tails, missing values, many rare categories), a price that follows from them, and a model
 * that knows it up to noise.
 */
enum { AREA, ROOMS, DISTANCE, TYPE, SUBURB, DAY, COLUMNS };
#define SUBURBS 120

struct world {
	struct rai_rng r;
	double inflate;   /* factor on the price */
	double mix;       /* share of houses replaced by flats */
	double new_share; /* share of suburbs never seen */
	double area;      /* factor on the area: another unit */
	double shift;     /* of log area, in standard deviations */
	double missing;   /* of rooms */
	int drop;         /* distance is gone */
};

static inline struct world
world_new(uint64_t seed)
{
	return (struct world){.r = rai_rng_new(seed, 7), .inflate = 1, .area = 1};
}

static inline double
normal(struct rai_rng *r)
{
	double u = rai_rng_unit(r), v = rai_rng_unit(r);

	return sqrt(-2 * log(1 - u)) * cos(2 * M_PI * v);
}

/* A row and its price; the return value is what a good model says. */
static inline double
world_row(struct world *w, struct rai_cell *c, double *price)
{
	double area = exp(4.8 + 0.5 * (normal(&w->r) + w->shift)), u, says;
	int32_t type = rai_rng_unit(&w->r) < 0.7 ? 0 : rai_rng_unit(&w->r) < 0.5 ? 1 : 2;

	if (type == 0 && rai_rng_unit(&w->r) < w->mix)
		type = 2;
	u = rai_rng_unit(&w->r);
	c[AREA].num = rai_rng_unit(&w->r) < 0.3 ? NAN : area * w->area;
	c[ROOMS].num = 1 + (double)rai_rng_below(&w->r, 5);
	if (rai_rng_unit(&w->r) < 0.02 + w->missing)
		c[ROOMS].num = NAN;
	c[DISTANCE].num = w->drop ? NAN : (double)rai_rng_below(&w->r, 400) / 10;
	c[TYPE].code = type;
	c[SUBURB].code = (int32_t)(u * u * u * SUBURBS); /* a few large, many small */
	if (rai_rng_unit(&w->r) < w->new_share)
		c[SUBURB].code = RAI_CODE_UNSEEN - (int32_t)rai_rng_below(&w->r, 200);
	c[DAY].num = (double)rai_rng_below(&w->r, 365);
	says = 4000 * area * (type == 0 ? 1.3 : type == 1 ? 1.1 : 0.9);
	*price = says * exp(0.2 * normal(&w->r)) * w->inflate;
	return says;
}

/* The reference: a schema and a profile of n rows.  world_free releases both. */
struct reference {
	struct rai_schema schema;
	struct rai_profile profile;
	struct rai_drift_reference ref;
	char text[SUBURBS][8];
	char *level[SUBURBS];
};

static inline int
reference_columns(struct reference *w, double **num, int32_t **code, double *price, double *says,
    size_t n, struct rai_err *err)
{
	static const char *const name[] = {"Area", "Rooms", "Distance", "Type", "Suburb", "Day"};
	int i, rc = 0;

	for (i = 0; i < COLUMNS && rc == 0; i++) {
		struct rai_col_spec *s = &w->schema.col[i];

		s->name = strdup(name[i]);
		s->type = i == TYPE || i == SUBURB ? RAI_COL_CAT
			  : i == DAY               ? RAI_COL_DATE
						   : RAI_COL_NUM;
		s->nlevel = i == TYPE ? 3 : i == SUBURB ? SUBURBS : 0;
		if (s->type == RAI_COL_CAT)
			rc = rai_profile_from_cat(
			    &w->profile.col[i], name[i], w->level, s->nlevel, code[i], n, err);
		else
			rc = rai_profile_from_num(&w->profile.col[i], name[i], num[i], n, err);
		w->profile.n++;
	}
	if (rc == 0)
		rc = rai_profile_from_num(&w->profile.target, "Price", price, n, err);
	if (rc == 0)
		rc = rai_profile_from_num(&w->profile.prediction, "prediction", says, n, err);
	for (i = 0; i < (int)n; i++)
		price[i] /= says[i];
	if (rc == 0)
		rc = rai_profile_from_num(&w->profile.error, "ratio", price, n, err);
	return rc;
}

static inline int
reference_make(struct reference *out, uint64_t seed, size_t n, struct rai_err *err)
{
	struct world w = world_new(seed);
	struct rai_cell c[COLUMNS];
	double *num[COLUMNS], *price = calloc(n, sizeof(*price)), *says = calloc(n, sizeof(*says));
	int32_t *code[COLUMNS];
	size_t i, k;
	int rc;
	double loss = 0;

	memset(out, 0, sizeof(*out));
	for (k = 0; k < COLUMNS; k++) {
		num[k] = calloc(n, sizeof(**num));
		code[k] = calloc(n, sizeof(**code));
	}
	for (k = 0; k < SUBURBS; k++) {
		out->text[k][0] = 'S';
		out->text[k][1] = (char)('0' + k / 10);
		out->text[k][2] = (char)('0' + k % 10);
		out->level[k] = out->text[k];
	}
	for (i = 0; i < n; i++) {
		says[i] = world_row(&w, c, &price[i]);
		loss += fabs(price[i] - says[i]) / price[i];
		for (k = 0; k < COLUMNS; k++) {
			num[k][i] = c[k].num;
			code[k][i] = c[k].code;
		}
	}
	out->schema.n = COLUMNS;
	out->schema.col = calloc(COLUMNS, sizeof(*out->schema.col));
	out->profile.col = calloc(COLUMNS, sizeof(*out->profile.col));
	out->profile.rows = (int64_t)n;
	out->profile.accuracy = 1 - loss / (double)n;
	rc = reference_columns(out, num, code, price, says, n, err);
	if (rc == 0)
		rc = rai_drift_reference(&out->profile, &out->schema, &out->ref, err);
	for (k = 0; k < COLUMNS; k++) {
		free(num[k]);
		free(code[k]);
	}
	free(price);
	free(says);
	return rc;
}

static inline void
reference_free(struct reference *w)
{
	size_t i;

	for (i = 0; i < w->schema.n; i++)
		free(w->schema.col[i].name);
	free(w->schema.col);
	rai_profile_release(&w->profile);
}

#endif
