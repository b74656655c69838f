/*
 * market: a seeded generator of housing sales with the columns and the traps of the Melbourne
 * set, and switches that make the market move or the data break.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cli/cli.h"
#include "market_town.h"

enum column {
	SUBURB,
	ADDRESS,
	ROOMS,
	TYPE,
	PRICE,
	METHOD,
	SELLER,
	DATE,
	DISTANCE,
	POSTCODE,
	BEDROOM2,
	BATHROOM,
	CAR,
	LANDSIZE,
	BUILDING,
	YEAR,
	COUNCIL,
	LATTITUDE,
	LONGTITUDE,
	REGION,
	COUNT,
	COLUMNS
};

static const char *const names[COLUMNS] = {"Suburb", "Address", "Rooms", "Type", "Price", "Method",
    "SellerG", "Date", "Distance", "Postcode", "Bedroom2", "Bathroom", "Car", "Landsize",
    "BuildingArea", "YearBuilt", "CouncilArea", "Lattitude", "Longtitude", "Regionname",
    "Propertycount"};

static const char *const roads[8] = {"St", "Rd", "Av", "Ct", "Gr", "Cr", "Pde", "Dr"};

struct options {
	int64_t rows, seed, days, new_suburbs;
	const char *from;
	double inflate, mix, missing_price;
	struct rai_opt_list unit, drop;
	int no_bom;
};

struct plan {
	struct town town;
	struct town_wish wish;
	double factor[COLUMNS]; /* 1: as it is */
	int dropped[COLUMNS];
	int64_t from; /* days since 1970-01-01 */
};

static int
column_find(const char *s, size_t n)
{
	int i;

	for (i = 0; i < COLUMNS; i++)
		if (strlen(names[i]) == n && memcmp(names[i], s, n) == 0)
			return i;
	return -1;
}

static int
is_text(int c)
{
	return c == SUBURB || c == ADDRESS || c == TYPE || c == METHOD || c == SELLER ||
	       c == DATE || c == COUNCIL || c == REGION;
}

static int
share(double v, const char *name, struct rai_err *err)
{
	if (v >= 0 && v <= 1)
		return 0;
	return rai_fail(err, RAI_EINPUT, "--%s %g: must be a share (0 to 1)", name, v);
}

static int
plan_columns(struct plan *p, const struct options *o, struct rai_err *err)
{
	size_t i;
	int c;

	for (c = 0; c < COLUMNS; c++)
		p->factor[c] = 1;
	for (i = 0; i < o->unit.n; i++) {
		const char *s = o->unit.item[i], *eq = strchr(s, '=');

		c = eq == NULL ? -1 : column_find(s, (size_t)(eq - s));
		if (c < 0 || is_text(c) ||
		    rai_num_double(eq + 1, strlen(eq + 1), &p->factor[c]) != 0)
			return rai_fail(err, RAI_EINPUT,
			    "--unit %s: must be a number column, \"=\" and a factor "
			    "(Landsize=0.0001)",
			    s);
	}
	for (i = 0; i < o->drop.n; i++) {
		c = column_find(o->drop.item[i], strlen(o->drop.item[i]));
		if (c < 0)
			return rai_fail(
			    err, RAI_EINPUT, "--drop %s: no such column (Suburb)", o->drop.item[i]);
		p->dropped[c] = 1;
	}
	return 0;
}

static int
plan_make(struct plan *p, const struct options *o, struct rai_err *err)
{
	int64_t ms;

	if (rai_clock_parse(o->from, strlen(o->from), &ms) != 0)
		return rai_fail(err, RAI_EINPUT, "--from %s: must be a date (2016-01-28)", o->from);
	if (share(o->mix, "mix", err) != 0 || share(o->missing_price, "missing-price", err) != 0)
		return -1;
	if (o->days < 1 || o->days > 36500)
		return rai_fail(err, RAI_EINPUT, "--days: must be 1 to 36500");
	if (o->new_suburbs > TOWN_EXTRA)
		return rai_fail(err, RAI_EINPUT, "--new-suburbs: must be 0 to %d", TOWN_EXTRA);
	if (o->inflate <= -100)
		return rai_fail(err, RAI_EINPUT, "--inflate: must be above -100 percent");
	p->from = (ms - ((ms % 86400000) + 86400000) % 86400000) / 86400000;
	p->wish.seed = (uint64_t)o->seed;
	p->wish.mix = o->mix;
	p->wish.unpriced = o->missing_price;
	p->wish.inflate = 1 + o->inflate / 100;
	town_build(&p->town, (int)o->new_suburbs);
	return plan_columns(p, o, err);
}

/* Writes v / 10^decimals without trailing zeros; returns the new end. */
static char *
put_fixed(char *at, int64_t v, int decimals)
{
	char digits[24];
	int n = 0, i;

	if (v < 0) {
		*at++ = '-';
		v = -v;
	}
	for (; decimals > 0 && v % 10 == 0; decimals--)
		v /= 10;
	do
		digits[n++] = (char)('0' + v % 10);
	while ((v /= 10) > 0 || n <= decimals);
	for (i = n - 1; i >= 0; i--) {
		*at++ = digits[i];
		if (i == decimals && decimals > 0)
			*at++ = '.';
	}
	return at;
}

static char *
put_text(char *at, const char *s)
{
	size_t n = strlen(s);

	memcpy(at, s, n);
	return at + n;
}

/* A number column, unless its unit is mixed up: then as the wrong unit would print. */
static char *
put_number(const struct plan *p, int c, char *at, double v, int decimals)
{
	static const double ten[] = {1, 10, 100, 1000, 10000, 100000};

	if (p->factor[c] == 1)
		return put_fixed(at, (int64_t)floor(v * ten[decimals] + 0.5), decimals);
	return at +
	       rai_num_format(floor(v * ten[decimals] + 0.5) / ten[decimals] * p->factor[c], at);
}

/* As in the real set: 3/12/2016, and the month padded after the 12th (28/01/2017). */
static char *
put_date(char *at, int64_t days)
{
	int y, m, d;

	rai_clock_civil(days, &y, &m, &d);
	at = put_fixed(at, d, 0);
	*at++ = '/';
	if (d > 12 && m < 10)
		*at++ = '0';
	at = put_fixed(at, m, 0);
	*at++ = '/';
	return put_fixed(at, y, 0);
}

static char *
put_address(char *at, const struct plan *p, const struct town_sale *s)
{
	if (s->comma)
		at = put_text(at, "\"Unit ");
	if (s->unit > 0) {
		at = put_fixed(at, s->unit, 0);
		at = put_text(at, s->comma ? ", " : "/");
	}
	at = put_fixed(at, s->number, 0);
	*at++ = ' ';
	at = put_text(at, p->town.street[s->street]);
	*at++ = ' ';
	at = put_text(at, roads[s->lot]);
	if (s->comma)
		*at++ = '"';
	return at;
}

static char *
put_count(const struct plan *p, const struct town_sale *s, int c, char *at)
{
	int v = c == ROOMS      ? s->rooms
		: c == POSTCODE ? s->suburb->postcode
		: c == BEDROOM2 ? s->bedrooms
		: c == BATHROOM ? s->baths
		: c == CAR      ? s->car
		: c == YEAR     ? s->year
				: s->suburb->properties;

	if ((c == CAR && v < 0) || (c == YEAR && v == 0))
		return at;
	return put_number(p, c, at, v, 0);
}

static char *
put_column(const struct plan *p, const struct town_sale *s, int64_t day, int c, char *at)
{
	switch (c) {
	case SUBURB:
		return put_text(at, s->suburb->name);
	case ADDRESS:
		return put_address(at, p, s);
	case TYPE:
		*at = s->type;
		return at + 1;
	case PRICE:
		return s->price > 0 ? put_number(p, c, at, s->price, 0) : at;
	case METHOD:
		return put_text(at, town_method[s->method]);
	case SELLER:
		return put_text(at, p->town.agent[s->agent]);
	case DATE:
		return put_date(at, day);
	case DISTANCE:
		return put_number(p, c, at, s->suburb->distance, 1);
	case LANDSIZE:
		return put_number(p, c, at, s->land, 0);
	case BUILDING:
		return s->area < 0 ? at : put_number(p, c, at, s->area, 1);
	case COUNCIL:
		return s->council_known ? put_text(at, p->town.council[s->suburb->council]) : at;
	case LATTITUDE:
		return put_number(p, c, at, -38.4 + s->y / 111, 4);
	case LONGTITUDE:
		return put_number(p, c, at, 143.2 + s->x / 88, 4);
	case REGION:
		return put_text(at, p->town.region[s->suburb->region]);
	default:
		return put_count(p, s, c, at);
	}
}

/* Homes sell from Thursday to Saturday: the days between count for the Saturday before. */
static int64_t
selling_day(int64_t day, int64_t from)
{
	int64_t since = (((day + 5) % 7) + 7) % 7; /* days since the last Saturday */
	int64_t sold = since >= 1 && since <= 4 ? day - since : day;

	return sold < from ? from : sold;
}

static void
put_header(const struct plan *p, int no_bom, struct rai_buf *out)
{
	const char *comma = "";
	int c;

	if (!no_bom)
		rai_buf_str(out, "\xef\xbb\xbf");
	for (c = 0; c < COLUMNS; c++)
		if (!p->dropped[c]) {
			rai_buf_str(out, comma);
			rai_buf_str(out, names[c]);
			comma = ",";
		}
	rai_buf_char(out, '\n');
}

static int
run(const struct options *o, struct rai_buf *out, struct rai_err *err)
{
	struct plan *p = calloc(1, sizeof(*p));
	int64_t i, day;
	int rc = -1, c, more;

	if (p == NULL)
		return rai_fail_memory(err);
	if (plan_make(p, o, err) != 0)
		goto out;
	put_header(p, o->no_bom, out);
	for (i = 0; i < o->rows; i++) {
		double when = ((double)i + 0.5) * (double)o->days / (double)o->rows;
		struct town_sale s;
		char line[512], *at = line;

		day = p->from + (int64_t)when;
		town_sell(
		    &p->town, &p->wish, (uint64_t)i, ((double)p->from + when - 16801) / 365.25, &s);
		for (c = 0, more = 0; c < COLUMNS; c++) {
			if (p->dropped[c])
				continue;
			if (more)
				*at++ = ',';
			more = 1;
			at = put_column(p, &s, selling_day(day, p->from), c, at);
		}
		*at++ = '\n';
		rai_buf_add(out, line, (size_t)(at - line));
		if (out->len > 1 << 18 && rai_cli_emit(out, err) != 0)
			goto out;
	}
	rc = 0;
out:
	free(p);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o = {.rows = 10000, .seed = 1, .days = 605, .from = "2016-01-28"};
	struct rai_opt opts[] = {
	    {RAI_OPT_INT, 'n', "rows", "n", "sales [10000]", &o.rows, 0},
	    {RAI_OPT_INT, 's', "seed", "n", "other sales of the same market [1]", &o.seed, 0},
	    {RAI_OPT_STR, 0, "from", "date", "first day [2016-01-28]", &o.from, 0},
	    {RAI_OPT_INT, 0, "days", "n", "days covered [605]", &o.days, 0},
	    {RAI_OPT_NUM, 0, "inflate", "percent", "prices higher by this [0]", &o.inflate, 0},
	    {RAI_OPT_NUM, 0, "mix", "share", "sales moved to outer suburbs and units [0]", &o.mix,
		0},
	    {RAI_OPT_INT, 0, "new-suburbs", "n", "suburbs never seen before [0]", &o.new_suburbs,
		0},
	    {RAI_OPT_LIST, 0, "unit", "column=factor", "a column in another unit", &o.unit, 0},
	    {RAI_OPT_LIST, 0, "drop", "column", "a column gone", &o.drop, 0},
	    {RAI_OPT_NUM, 0, "missing-price", "share", "sales without a price [0]",
		&o.missing_price, 0},
	    {RAI_OPT_FLAG, 0, "no-bom", NULL, "no byte-order mark at the start", &o.no_bom, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};
	struct rai_cli cli = {.name = "market",
	    .synopsis = "",
	    .summary = "print a made-up housing market as CSV",
	    .opts = opts};
	struct rai_buf out = RAI_BUF_INIT((size_t)1 << 24);
	struct rai_err err = RAI_ERR_INIT;
	int status;

	if (rai_cli_parse(&cli, argc, argv) < argc)
		rai_cli_usage(&cli, "takes no operands");
	status = rai_cli_finish(&cli, run(&o, &out, &err), &out, &err);
	rai_buf_free(&out);
	return status;
}
