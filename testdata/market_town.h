#ifndef RAI_TESTDATA_MARKET_TOWN_H
#define RAI_TESTDATA_MARKET_TOWN_H

#include <stdint.h>

/*
 * A made-up town and its housing market.  The town (suburbs, regions, agents, what a place is
 * worth) is the same in every run; only the sales depend on the seed.  Basic arithmetic and sqrt
 * alone are used, so that the numbers are the same bits on every machine.
 */
enum { TOWN_SUBURBS = 160, TOWN_EXTRA = 140, TOWN_REGIONS = 8, TOWN_COUNCILS = 32 };
enum { TOWN_AGENTS = 90, TOWN_STREETS = 400 };

struct town_suburb {
	char name[32];
	int region, council, postcode, properties;
	double x, y;     /* kilometres east and north of the centre */
	double distance; /* of the suburb from the centre, km */
	double worth;    /* of the place: a term of the log price */
	double weight;   /* share of all sales, cumulated over the suburbs before it */
	double outward;  /* the same for the sales that --mix moves */
};

struct town {
	struct town_suburb suburb[TOWN_SUBURBS + TOWN_EXTRA];
	int n; /* suburbs on the market */
	char region[TOWN_REGIONS][32], council[TOWN_COUNCILS][32];
	char agent[TOWN_AGENTS][24], street[TOWN_STREETS][24];
};

struct town_sale {
	const struct town_suburb *suburb;
	char type;                                           /* h house, t town house, u unit */
	int rooms, bedrooms, baths, car;                     /* car -1: not known */
	int method, agent, street, number, unit, lot, comma; /* unit, lot 0: none */
	int year;                                            /* 0: not known */
	int council_known;
	double land; /* square metres */
	double area; /* square metres, -1: not known */
	double x, y; /* km */
	double price;
};

extern const char *const town_method[5];

/* extra: suburbs that were not there before, at most TOWN_EXTRA. */
void town_build(struct town *t, int extra);

/* What is asked of the sales. */
struct town_wish {
	uint64_t seed;
	double mix;      /* share of sales moved to the outer suburbs and to units */
	double inflate;  /* factor on every price */
	double unpriced; /* share of sales whose price is 0: not known */
};

/* Sale number i on the day that is years after the start of 2016: a function of its arguments. */
void town_sell(
    const struct town *t, const struct town_wish *w, uint64_t i, double years, struct town_sale *s);

#endif
