#include "drift/profile.h"

#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"

static int64_t
total(const struct rai_profile_col *c)
{
	int64_t n = c->missing + c->unseen;
	size_t i;

	for (i = 0; i < c->nbin; i++)
		n += c->count[i];
	return n;
}

static int
no_bin_is_empty(const struct rai_profile_col *c)
{
	size_t i;

	for (i = 0; i < c->nbin; i++)
		if (c->count[i] == 0)
			return 0;
	return 1;
}

/* Makes a profile with one column, for the shared release. */
static struct rai_profile
of_numbers(const double *v, size_t n)
{
	struct rai_profile p = {.rows = (int64_t)n, .accuracy = NAN};
	struct rai_err err = RAI_ERR_INIT;

	p.col = calloc(1, sizeof(*p.col));
	if (p.col != NULL && rai_profile_from_num(p.col, "x", v, n, &err) == 0)
		p.n = 1;
	return p;
}

static void
test_profile__deciles(void)
{
	double v[1000];
	struct rai_profile p;
	size_t i;

	for (i = 0; i < 1000; i++)
		v[i] = (double)((i * 7) % 1000);
	p = of_numbers(v, 1000);
	is_int(p.col->nbin, 10, "ten bins");
	for (i = 0; i < 10; i++)
		if (p.col->count[i] != 100)
			break;
	is_int(i, 10, "of a hundred each");
	ok(p.col->edge[0] == 100 && p.col->edge[8] == 900, "borders at the deciles");
	is_int(p.col->nquantile, 500, "500 order statistics");
	ok(p.col->quantile[0] == 1 && p.col->quantile[499] == 999, "each in its slice's middle");
	is_int(rai_profile_bin_num(p.col, 100), 1, "a border belongs to the bin above");
	is_int(rai_profile_bin_num(p.col, -1e300), 0, "below the range: the first bin");
	is_int(rai_profile_bin_num(p.col, 1e300), 9, "above it: the last");
	is_int(rai_profile_bin_num(p.col, NAN), 10, "missing");
	rai_profile_release(&p);
}

static void
test_profile__ties_constants_missing(void)
{
	double v[100];
	struct rai_profile p;
	size_t i;

	for (i = 0; i < 100; i++)
		v[i] = i < 80 ? 0 : (double)i;
	p = of_numbers(v, 100);
	ok(p.col->edge[0] == 80 && p.col->count[0] == 80, "a heavy tie keeps a bin to itself");
	ok(p.col->nbin > 5 && no_bin_is_empty(p.col), "the rest is divided");
	rai_profile_release(&p);

	for (i = 0; i < 100; i++)
		v[i] = i < 15 ? -(double)i - 1 : i < 80 ? 0 : (double)i;
	p = of_numbers(v, 100);
	is_int(p.col->count[rai_profile_bin_num(p.col, 0)], 65, "also in the middle");
	ok(no_bin_is_empty(p.col), "no bin is empty");
	rai_profile_release(&p);

	for (i = 0; i < 100; i++)
		v[i] = i < 10 ? NAN : 5;
	p = of_numbers(v, 100);
	ok(p.col->nbin == 1 && p.col->count[0] == 90 && p.col->missing == 10, "a constant");
	rai_profile_release(&p);

	for (i = 0; i < 100; i++)
		v[i] = i % 2 ? NAN : INFINITY;
	p = of_numbers(v, 100);
	ok(p.col->missing == 100 && p.col->nquantile == 0 && isnan(p.col->min), "all missing");
	rai_profile_release(&p);

	p = of_numbers(v, 0);
	ok(total(p.col) == 0 && p.col->nbin == 1, "no rows");
	rai_profile_release(&p);
}

static void
test_profile__random_columns_lose_nothing(void)
{
	double v[400];
	size_t i;
	int seed, good = 1;

	for (seed = 0; seed < 200; seed++) {
		struct rai_rng r = rai_rng_new((uint64_t)seed, 1);
		size_t n = (size_t)rai_rng_below(&r, 400), values = 1 + rai_rng_below(&r, 40);
		struct rai_profile p;

		for (i = 0; i < n; i++)
			v[i] = rai_rng_unit(&r) < 0.1 ? NAN : (double)rai_rng_below(&r, values) / 8;
		p = of_numbers(v, n);
		good &= total(p.col) == (int64_t)n && p.col->nbin <= 10;
		good &= (int64_t)n == p.col->missing || no_bin_is_empty(p.col);
		rai_profile_release(&p);
	}
	ok(good, "every value lies in one bin, no bin is empty, at most ten");
}

static void
test_profile__categories(void)
{
	static char h[] = "h", t[] = "t", u[] = "u", *const level[] = {h, t, u};
	static const int32_t code[] = {0, 0, 2, -1, -2, 9, 1, 0};
	struct rai_profile p = {.rows = 8};
	struct rai_err err = RAI_ERR_INIT;

	p.col = calloc(1, sizeof(*p.col));
	p.n = 1;
	ok(rai_profile_from_cat(p.col, "Type", level, 3, code, 8, &err) == 0, "built");
	ok(p.col->count[0] == 3 && p.col->count[1] == 1 && p.col->count[2] == 1, "counted");
	ok(p.col->missing == 1 && p.col->unseen == 2, "missing, and codes without a level");
	is_int(rai_profile_bin_cat(p.col, -1), 3, "missing has its own bin");
	is_int(rai_profile_bin_cat(p.col, -2), 4, "unseen too");
	rai_profile_release(&p);
}

static void
write_text(const struct rai_profile *p, struct rai_buf *b)
{
	struct rai_jw w;

	rai_jw_init(&w, b);
	rai_profile_write(p, &w, NULL);
}

static void
test_profile__back_from_json(void)
{
	static char north[] = "Northern Metropolitan", south[] = "S\xc3\xbc\"d\\";
	static char *const level[] = {north, south};
	static const int32_t code[] = {0, 1, -1, 1};
	static const double v[] = {0.1, 1.0 / 3, -1e-300, NAN};
	struct rai_profile p = {.rows = 4, .twins = 1, .pairs = 6, .accuracy = 0.81234567890123456},
			   q;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf a = RAI_BUF_INIT(1 << 16), b = RAI_BUF_INIT(1 << 16);
	struct cJSON *j;

	p.col = calloc(2, sizeof(*p.col));
	p.n = 2;
	ok(rai_profile_from_num(&p.col[0], "x", v, 4, &err) == 0 &&
		rai_profile_from_cat(&p.col[1], "r", level, 2, code, 4, &err) == 0 &&
		rai_profile_from_num(&p.prediction, "prediction", v, 4, &err) == 0,
	    "built");
	write_text(&p, &a);
	j = rai_json_parse(a.ptr, a.len, &err);
	ok(j != NULL && rai_profile_read(j, &q, &err) == 0, "read");
	write_text(&q, &b);
	is_str(b.ptr, a.ptr, "the same text again: bit-equal");
	ok(q.twins == 1 && q.pairs == 6, "pairs of equal rows");
	ok(q.target.name == NULL && q.col[0].quantile[1] == 0.1, "an absent target stays absent");
	rai_json_free(j);
	rai_profile_release(&p);
	rai_profile_release(&q);
	rai_buf_free(&a);
	rai_buf_free(&b);
}

#define COLUMN(rest) "{\"rows\":1,\"features\":[{\"name\":\"x\"," rest "}]}"
#define NUMERIC "\"kind\":\"numeric\",\"missing\":0,\"unseen\":0,"

#define QUANTILES(text) \
	NUMERIC "\"counts\":[1],\"edges\":[],\"min\":7,\"max\":7,\"quantiles\":\"" text "\""

/* Files of before have an array. */
static void
test_profile__both_forms_of_quantiles(void)
{
	static const char *const same[] = {
	    COLUMN(QUANTILES("7 7e0 7.0")),
	    COLUMN(NUMERIC "\"counts\":[1],\"edges\":[],\"min\":7,\"max\":7,\"quantiles\":[7,7,7]"),
	};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_profile p;
	size_t i;

	for (i = 0; i < 2; i++) {
		struct cJSON *j = rai_json_parse(same[i], strlen(same[i]), &err);

		ok(j != NULL && rai_profile_read(j, &p, &err) == 0, same[i]);
		ok(p.col[0].nquantile == 3 && p.col[0].quantile[0] == 7 &&
			p.col[0].quantile[2] == 7,
		    "its quantiles");
		rai_profile_release(&p);
		rai_json_free(j);
	}
}

static void
test_profile__hostile(void)
{
	static const char *const bad[] = {
	    "{\"rows\":3,\"twins\":4,\"pairs\":3,\"features\":[]}",
	    "{\"rows\":3,\"pairs\":3,\"features\":[]}",
	    "[]",
	    "{}",
	    "{\"rows\":-1,\"features\":[]}",
	    "{\"rows\":1,\"features\":[3]}",
	    COLUMN("\"kind\":\"fish\",\"missing\":0,\"unseen\":0,\"counts\":[]"),
	    COLUMN(NUMERIC "\"counts\":[-1],\"edges\":[],\"quantiles\":[]"),
	    COLUMN(NUMERIC "\"counts\":[1e300],\"edges\":[],\"quantiles\":[]"),
	    COLUMN(NUMERIC "\"counts\":[1,1],\"edges\":[],\"quantiles\":[1],\"min\":1,\"max\":1"),
	    COLUMN(NUMERIC "\"counts\":[1],\"edges\":[],\"quantiles\":[]"),
	    COLUMN(NUMERIC "\"counts\":[1],\"edges\":[],\"quantiles\":[7],\"min\":1,\"max\":2"),
	    COLUMN(QUANTILES(" 7")),
	    COLUMN(QUANTILES("7 ")),
	    COLUMN(QUANTILES("7  7")),
	    COLUMN(QUANTILES("7,7")),
	    COLUMN(QUANTILES("7 nan")),
	    COLUMN(QUANTILES("7 6")),
	    COLUMN(QUANTILES("7 8")),
	    COLUMN(QUANTILES("")),
	    COLUMN(NUMERIC "\"counts\":[1,1,1],\"edges\":[2,2],\"quantiles\":[2],\"min\":2,"
			   "\"max\":2"),
	    COLUMN("\"kind\":\"categorical\",\"missing\":0,\"unseen\":0,\"counts\":[1],"
		   "\"levels\":[]"),
	    COLUMN("\"kind\":\"categorical\",\"missing\":0,\"unseen\":0,\"counts\":[1],"
		   "\"levels\":[1]"),
	};
	struct rai_profile p;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rai_err err = RAI_ERR_INIT;
		struct cJSON *j = rai_json_parse(bad[i], strlen(bad[i]), &err);

		ok(j != NULL && rai_profile_read(j, &p, &err) == -1 && p.col == NULL, bad[i]);
		ok(strncmp(err.msg, "reference profile: ", 19) == 0, err.msg);
		rai_json_free(j);
	}
}

int
main(void)
{
	test_profile__deciles();
	test_profile__ties_constants_missing();
	test_profile__random_columns_lose_nothing();
	test_profile__categories();
	test_profile__back_from_json();
	test_profile__both_forms_of_quantiles();
	test_profile__hostile();
	return tap_done();
}
