#include "market_town.h"

#include <math.h>
#include <stdio.h>

#include "base/rng.h"

#define TOWN_SEED 20160128

const char *const town_method[5] = {"S", "SP", "PI", "VB", "SA"};

static const char *const heads[] = {"Alder", "Bram", "Cald", "Dun", "Elm", "Fern", "Glen", "Hazel",
    "Iron", "Kings", "Lang", "Mor", "Nether", "Oak", "Pem", "Quarry", "Rook", "Stan", "Thorn",
    "Wyn"};
static const char *const tails[] = {"bridge", "brook", "bury", "combe", "croft", "dale", "field",
    "ford", "gate", "ham", "hurst", "leigh", "mere", "mont", "stead", "ton", "vale", "wick", "wood",
    "worth"};
static const char *const sides[] = {" North", " East", " South", " West", " Park"};
static const char *const quarters[TOWN_REGIONS] = {"Inner Harbour", "Inner Hills", "Eastern Slopes",
    "Southern Shore", "Western Plains", "Northern Plains", "Far East", "Far West"};

/* e^x within a few ulp from sums and products alone: 2^k times a Taylor series. */
static double
power_e(double x)
{
	double k = floor(x * 1.4426950408889634 + 0.5), r = x - k * 0.6931471805599453, sum = 1;
	int i;

	for (i = 12; i > 0; i--)
		sum = 1 + r / i * sum;
	return ldexp(sum, (int)k);
}

/* About normal, mean 0 and sd 1, within +-3.46: the sum of four uniforms (Irwin-Hall). */
static double
bell(struct rai_rng *r)
{
	uint64_t u = rai_rng_u64(r);
	double sum = (double)(u & 0xffff) + (double)(u >> 16 & 0xffff) +
		     (double)(u >> 32 & 0xffff) + (double)(u >> 48);

	return (sum / 65536 - 2) * 1.7320508075688772;
}

static int
chance(struct rai_rng *r, double p)
{
	return rai_rng_unit(r) < p;
}

static int
region_of(double x, double y, double d)
{
	if (d < 7)
		return x + y > 0;
	if (d > 26)
		return x > 0 ? 6 : 7;
	if (fabs(x) > fabs(y))
		return x > 0 ? 2 : 4;
	return y < 0 ? 3 : 5;
}

/* Worth of a place: near the centre, near the shore in the south, on the eastern slopes. */
static double
place_worth(double x, double y, double d)
{
	double east = (x - 9) * (x - 9) + (y + 2) * (y + 2);
	double shore = (x - 5) * (x - 5) + (y + 14) * (y + 14);
	double works = (x + 9) * (x + 9) + (y - 4) * (y - 4);

	return 0.85 * power_e(-d / 14) + 0.42 * power_e(-east / 60) + 0.45 * power_e(-shore / 40) -
	       0.30 * power_e(-works / 70);
}

static void
suburb_name(struct town_suburb *s, int i)
{
	/* 15 x 20 pairs, no two alike */
	snprintf(s->name, sizeof(s->name), "%s%s%s", heads[i % 20], tails[(i / 20 + i * 7) % 20],
	    i % 4 == 3 ? sides[i % 5] : "");
}

static void
suburb_build(struct town_suburb *s, int i)
{
	struct rai_rng r = rai_rng_new(TOWN_SEED, (uint64_t)i);
	double far = i < TOWN_SUBURBS ? 1.5 + 38 * rai_rng_unit(&r) * (0.2 + 0.8 * rai_rng_unit(&r))
				      : 18 + 20 * rai_rng_unit(&r);
	double u, v, norm;

	do { /* a direction without sine and cosine: a point of the disc, put on the circle */
		u = 2 * rai_rng_unit(&r) - 1;
		v = 2 * rai_rng_unit(&r) - 1;
		norm = sqrt(u * u + v * v);
	} while (norm > 1 || norm < 0.1);
	suburb_name(s, i);
	s->x = far * u / norm;
	s->y = far * v / norm;
	s->distance = floor(far * 10 + 0.5) / 10;
	s->region = region_of(s->x, s->y, far);
	s->council = (s->region * 4 + (int)(rai_rng_u64(&r) % 4)) % TOWN_COUNCILS;
	s->postcode = 3000 + (i * 37) % 190 + (far > 26 ? 600 : 0);
	s->properties = 400 + (int)(power_e(8.6 + 0.8 * bell(&r)));
	s->worth = place_worth(s->x, s->y, far) + 0.10 * bell(&r);
}

void
town_build(struct town *t, int extra)
{
	double sum = 0, outer = 0;
	int i;

	t->n = TOWN_SUBURBS + extra;
	for (i = 0; i < TOWN_REGIONS; i++)
		snprintf(t->region[i], sizeof(t->region[i]), "%s", quarters[i]);
	for (i = 0; i < TOWN_COUNCILS; i++)
		snprintf(t->council[i], sizeof(t->council[i]), "%s%s", heads[i * 7 % 20],
		    tails[(i * 3 + 5) % 20]);
	for (i = 0; i < TOWN_AGENTS; i++)
		snprintf(t->agent[i], sizeof(t->agent[i]), "%s%s", heads[(i * 3 + 1) % 20],
		    i % 3 == 0   ? " & Co"
		    : i % 3 == 1 ? "son"
				 : "er");
	for (i = 0; i < TOWN_STREETS; i++)
		snprintf(t->street[i], sizeof(t->street[i]), "%s%s", heads[i % 20], tails[i / 20]);
	for (i = 0; i < t->n; i++) {
		struct town_suburb *s = &t->suburb[i];

		suburb_build(s, i);
		sum += s->properties;
		outer += s->distance > 14 ? s->properties : 0.02 * s->properties;
		s->weight = sum;
		s->outward = outer;
	}
	for (i = 0; i < t->n; i++) {
		t->suburb[i].weight /= sum;
		t->suburb[i].outward /= outer;
	}
}

/* The first suburb whose cumulated weight is above u. */
static const struct town_suburb *
pick_suburb(const struct town *t, double u, int outward)
{
	int low = 0, high = t->n - 1, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (u < (outward ? t->suburb[mid].outward : t->suburb[mid].weight))
			high = mid;
		else
			low = mid + 1;
	}
	return &t->suburb[low];
}

/* The building: type, rooms, land, floor and year; returns the terms of the log price. */
static double
draw_building(struct rai_rng *r, struct town_sale *s, double d, int moved)
{
	double inner = power_e(-d / 9), unit = moved ? 0.6 : 0.10 + 0.35 * inner, z, worth, floors;
	double u = rai_rng_unit(r);
	int old, new;

	s->type = u < unit ? 'u' : u < unit + (moved ? 0.2 : 0.10) ? 't' : 'h';
	z = bell(r);
	s->rooms = (int)floor((s->type == 'h'      ? 3.7 - 0.7 * inner
				  : s->type == 't' ? 3.1
						   : 2.4) +
			      0.75 * z);
	if (s->rooms < 1)
		s->rooms = 1;
	if (s->rooms > (s->type == 'u' ? 4 : 8))
		s->rooms = s->type == 'u' ? 4 : 8;
	s->baths = 1 + chance(r, 0.15 * s->rooms - 0.1) + (s->rooms > 3 && chance(r, 0.3));
	s->car = (int)floor(
	    s->type == 'h' ? 1.2 + 0.9 * rai_rng_unit(r) + 0.02 * d : 0.75 + 0.7 * rai_rng_unit(r));
	z = bell(r);
	s->land = power_e((s->type == 'h' ? 6.35 - 1.1 * inner : 5.1) + 0.42 * z);
	worth = s->type == 'h' ? z * (0.06 + 0.30 * inner) : 0.04 * z;
	if (s->type == 'u')
		s->land = chance(r, 0.55) ? 0 : s->land * 5;
	z = bell(r);
	floors = (40.0 * s->rooms + 18 * s->baths + 4) * (s->type == 'u' ? 0.75 : 1);
	s->area = floors * power_e(0.24 * z);
	worth += 0.10 * z;
	u = rai_rng_unit(r);
	old = s->type == 'h' ? u < 0.2 + 0.6 * inner : u < 0.05;
	new = !old &&u > 0.75;
	z = rai_rng_unit(r);
	s->year = old   ? 1880 + 5 * (int)(12 * z)
		  : new ? 2000 + (int)(17 * z)
			: 1940 + 5 * (int)(12 * z);
	/* heritage is worth something near the centre and costs something far from it */
	worth += old ? 0.30 * inner - 0.08 : new ? 0.10 : 0;
	worth += 0.20 * (s->rooms - 3) - 0.018 * (s->rooms - 3) * (s->rooms - 3);
	worth += 0.08 * (s->baths - 1) + 0.03 * s->car;
	if (s->type == 'u')
		worth -= 0.42 + 0.35 * inner;
	if (s->type == 't')
		worth -= 0.16 + 0.10 * inner;
	return worth;
}

static void
draw_address(struct rai_rng *r, struct town_sale *s)
{
	s->street = (int)rai_rng_below(r, TOWN_STREETS);
	s->number = 1 + (int)(200 * rai_rng_unit(r) * rai_rng_unit(r));
	s->lot = (int)rai_rng_below(r, 8);
	s->unit = s->type == 'u' || chance(r, 0.05) ? 1 + (int)rai_rng_below(r, 30) : 0;
	s->comma = s->unit > 0 && chance(r, 0.2);
}

/* The traps of the real set: outliers, wrong counts, gaps. */
static void
spoil(struct rai_rng *r, struct town_sale *s)
{
	double u = rai_rng_unit(r);

	s->bedrooms = s->rooms;
	if (chance(r, 0.04))
		s->bedrooms += chance(r, 0.6) ? -1 : 1;
	if (u < 0.0008)
		s->land *= 40;
	else if (u < 0.0010)
		s->land *= 600;
	u = rai_rng_unit(r);
	if (u < 0.475)
		s->area = -1;
	else if (u < 0.477)
		s->area = u < 0.476 ? 0 : s->area * 30;
	if (chance(r, 0.396))
		s->year = 0;
	else if (chance(r, 0.0001))
		s->year = 1196;
	if (chance(r, 0.0046))
		s->car = -1;
	s->council_known = !chance(r, 0.10);
}

void
town_sell(
    const struct town *t, const struct town_wish *w, uint64_t i, double years, struct town_sale *s)
{
	struct rai_rng r = rai_rng_new(w->seed, i);
	int moved = chance(&r, w->mix), how;
	double noise, value, u;

	s->suburb = pick_suburb(t, rai_rng_unit(&r), moved);
	s->x = s->suburb->x + 0.6 * bell(&r);
	s->y = s->suburb->y + 0.6 * bell(&r);
	value = 13.35 + s->suburb->worth + draw_building(&r, s, s->suburb->distance, moved);
	u = rai_rng_unit(&r);
	how = u < 0.66 ? 0 : u < 0.79 ? 1 : u < 0.905 ? 2 : u < 0.993 ? 3 : 4;
	s->method = how;
	value += how == 1 ? -0.05 : how == 2 ? 0.02 : 0;
	/* agents: a few large ones everywhere, many small ones of one region */
	u = rai_rng_unit(&r);
	s->agent =
	    chance(&r, 0.6) ? (int)(10 * u * u) : 10 + (int)(10 * u * u) + 10 * s->suburb->region;
	value += 0.03 * (s->agent % 5 - 2);
	draw_address(&r, s);
	noise = bell(&r);
	if (chance(&r, 0.02))
		noise *= 2.5; /* heavy tails */
	value += 0.11 * noise + 0.05 * years;
	s->price = floor(power_e(value) * w->inflate / 500 + 0.5) * 500;
	spoil(&r, s);
	if (chance(&r, w->unpriced))
		s->price = 0; /* the last draw: nothing else changes with it */
}
