#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"
#include "model/boost.h"

/* What a boosting fit leaves behind: files, fits that go on, fits that were interrupted. */
#define ROWS 3000
#define WIDTH 4

static double x[WIDTH * ROWS], y[ROWS], class[ROWS], half[ROWS];
static const size_t levels[WIDTH] = {[3] = 90};

static void
make_rows(void)
{
	struct rai_rng r = rai_rng_new(11, 0);
	size_t i;

	for (i = 0; i < ROWS; i++) {
		x[i] = rai_rng_unit(&r);
		x[ROWS + i] = rai_rng_unit(&r) < 0.1 ? NAN : rai_rng_unit(&r);
		x[2 * ROWS + i] = (double)rai_rng_below(&r, 5);
		x[3 * ROWS + i] = rai_rng_unit(&r) < 0.1 ? NAN : (double)rai_rng_below(&r, 90);
		y[i] = 10 * x[i] * (isnan(x[ROWS + i]) ? 1 : x[ROWS + i]) + x[2 * ROWS + i] +
		       (isnan(x[3 * ROWS + i]) ? 7 : (double)((int)x[3 * ROWS + i] % 3)) +
		       rai_rng_unit(&r);
		class[i] = (y[i] > 5) + (y[i] > 8);
		half[i] = y[i] > 6;
	}
}

static struct rai_fit_data
rows(size_t nclass, size_t n)
{
	static double less[WIDTH * ROWS];
	struct rai_fit_data d = {.x = x,
	    .y = nclass == 0   ? y
		 : nclass == 2 ? half
			       : class,
	    .n = n,
	    .width = WIDTH,
	    .nclass = nclass,
	    .levels = levels};
	size_t j;

	for (j = 0; n < ROWS && j < WIDTH; j++)
		memcpy(less + j * n, x + j * ROWS, n * sizeof(*x));
	if (n < ROWS)
		d.x = less;
	return d;
}

static void
start(struct rai_fitted *f, const char *param, const char *value)
{
	struct rai_err err = RAI_ERR_INIT;

	rai_fitted_init(f, rai_kind_find("boost"));
	if (rai_fitted_set(f, "rounds", 12, &err) != 0 ||
	    rai_fitted_set(f, "leaves", 8, &err) != 0 ||
	    rai_fitted_set(f, "colsample", 1, &err) != 0 ||
	    rai_fitted_set_text(f, param, value, &err) != 0)
		printf("# %s\n", err.msg);
}

static void
fit(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fitted *from)
{
	struct rai_fit_options opt = {.seed = 3, .threads = 2, .from = from};
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(f->kind->fit(f, d, &opt, &err) == 0, "fit"))
		printf("# %s\n", err.msg);
}

static void
render(const struct rai_fitted *f, struct rai_buf *out)
{
	struct rai_safetensors_out o = {.ntensor = 0};

	f->kind->save(f, &o);
	rai_safetensors_render(&o, out);
}

/* A fit read back from its bytes, which must outlive it. */
static int
read_back(const struct rai_fitted *like, const struct rai_buf *bytes, struct rai_safetensors *s,
    struct rai_fitted *out, struct rai_err *err)
{
	*out = *like;
	out->state = NULL;
	if (rai_safetensors_parse(bytes->ptr, bytes->len, s, err) != 0)
		return -1;
	return out->kind->load(out, s, err);
}

static int
same_bytes(const struct rai_fitted *a, const struct rai_fitted *b)
{
	struct rai_buf p = RAI_BUF_INIT(1 << 22), q = RAI_BUF_INIT(1 << 22);
	int same;

	render(a, &p);
	render(b, &q);
	same = !p.bad && p.len == q.len && memcmp(p.ptr, q.ptr, p.len) == 0;
	rai_buf_free(&p);
	rai_buf_free(&q);
	return same;
}

static void
test_boost__load_is_bit_equal(size_t nclass)
{
	struct rai_fit_data d = rows(nclass, ROWS);
	struct rai_buf bytes = RAI_BUF_INIT(1 << 22);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_safetensors s;
	struct rai_fitted f, back;
	double row[WIDTH], a[RAI_CLASSES], b[RAI_CLASSES];
	size_t i, j, differ = 0;

	start(&f, "rate", "0.3");
	fit(&f, &d, NULL);
	render(&f, &bytes);
	if (!ok(read_back(&f, &bytes, &s, &back, &err) == 0, "what was saved is loaded"))
		printf("# %s\n", err.msg);
	for (i = 0; i < ROWS; i++) {
		for (j = 0; j < WIDTH; j++)
			row[j] = x[j * ROWS + i];
		f.kind->predict(&f, row, a);
		f.kind->predict(&back, row, b);
		differ += memcmp(a, b, rai_fitted_outputs(&f) * sizeof(*a)) != 0;
	}
	is_int(differ, 0, "and predicts the same bits");
	ok(same_bytes(&f, &back), "and is saved as the same bytes");
	rai_fitted_release(&back);
	rai_fitted_release(&f);
	rai_safetensors_release(&s);
	rai_buf_free(&bytes);
}

/* The file with node at overwritten. */
static int
load_altered(const struct rai_fitted *f, size_t at, struct rai_boost_node node, struct rai_err *err)
{
	const struct rai_boost *b = f->state;
	struct rai_boost altered = *b;
	size_t n = (size_t)b->root[b->ntree];
	struct rai_boost_node *copy = malloc(n * sizeof(*copy));
	struct rai_buf bytes = RAI_BUF_INIT(1 << 22);
	struct rai_fitted g = *f, back;
	struct rai_safetensors s;
	int rc;

	if (copy == NULL)
		abort();
	memcpy(copy, b->node, n * sizeof(*copy));
	copy[at] = node;
	altered.node = copy;
	g.state = &altered;
	render(&g, &bytes);
	rc = read_back(f, &bytes, &s, &back, err);
	rai_fitted_release(&back);
	rai_safetensors_release(&s);
	rai_buf_free(&bytes);
	free(copy);
	return rc;
}

static void
test_boost__refuses_what_is_no_tree(void)
{
	struct rai_fit_data d = rows(0, ROWS);
	struct rai_err err = RAI_ERR_INIT;
	const struct rai_boost *s;
	struct rai_boost_node root, n;
	struct rai_fitted f;
	size_t last;

	start(&f, "rounds", "2");
	fit(&f, &d, NULL);
	s = f.state;
	root = s->node[0];
	last = (size_t)s->root[1] - 1;
	is_int(load_altered(&f, 0, root, &err), 0, "as it was saved, it loads");
	n = root;
	n.what = 4;
	is_int(load_altered(&f, 0, n, &err), -1, "a feature that is not there");
	is_str(err.msg, "tree 0 has a feature that is not there", "says which tree");
	n = root;
	n.left = 0;
	is_int(load_altered(&f, 0, n, &err), -1, "one child only");
	n = root;
	n.right = (uint16_t)(last + 1);
	is_int(load_altered(&f, 0, n, &err), -1, "a child in the next tree");
	is_int(load_altered(&f, last, root, &err), -1, "children past the end");
	n = root;
	n.what = RAI_BOOST_WIDE;
	is_int(load_altered(&f, 0, n, &err), -1, "a set for a number");
	n.what = 3 | RAI_BOOST_CATEGORY | RAI_BOOST_WIDE;
	n.u.bits = s->nsets;
	is_int(load_altered(&f, 0, n, &err), -1, "a set that is not there");
	n.u.bits = 1;
	is_int(load_altered(&f, 0, n, &err), -1, "a set without an end");
	n = root;
	n.what = 0;
	n.u.value = NAN;
	is_int(load_altered(&f, 0, n, &err), -1, "a threshold that is no number");
	n = s->node[last];
	n.u.value = HUGE_VAL;
	is_int(load_altered(&f, last, n, &err), -1, "a leaf that is not finite");
	n.u.value = 1;
	n.what = RAI_BOOST_CATEGORY;
	is_int(load_altered(&f, last, n, &err), -1, "a leaf that asks");
	rai_fitted_release(&f);
}

/* Keeps the fit as it was after `until` rounds, and ends the fit there. */
struct interruption {
	size_t until, calls;
	struct rai_buf bytes;
};

static int
interrupt(void *ctx, const struct rai_fitted *so_far, size_t done)
{
	struct interruption *in = ctx;

	in->calls++;
	if (done < in->until)
		return 0;
	render(so_far, &in->bytes);
	return 1;
}

static void
resume_after(size_t until, const struct rai_fitted *whole, const struct rai_fit_data *d,
    const struct rai_fitted *from)
{
	struct interruption in = {until, 0, RAI_BUF_INIT(1 << 22)};
	struct rai_fit_options opt = {
	    .seed = 3, .threads = 2, .from = from, .checkpoint = interrupt, .checkpoint_ctx = &in};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f = *whole, part;
	struct rai_safetensors s;

	f.state = NULL;
	is_int(f.kind->fit(&f, d, &opt, &err), -1, "an interrupted fit is none");
	is_int(in.calls, until, "a checkpoint after each round");
	if (!ok(read_back(whole, &in.bytes, &s, &part, &err) == 0, "its checkpoint is read"))
		printf("# %s\n", err.msg);
	opt.checkpoint = NULL;
	opt.resume = &part;
	opt.threads = 1;
	if (!ok(f.kind->fit(&f, d, &opt, &err) == 0, "the fit goes on"))
		printf("# %s\n", err.msg);
	ok(same_bytes(&f, whole), "to the bytes of a fit that was not interrupted");
	rai_fitted_release(&f);
	rai_fitted_release(&part);
	rai_safetensors_release(&s);
	rai_buf_free(&in.bytes);
}

static void
test_boost__resume(size_t nclass, const char *param, const char *value)
{
	struct rai_fit_data d = rows(nclass, ROWS);
	struct rai_fitted whole;

	start(&whole, param, value);
	fit(&whole, &d, NULL);
	printf("# resume: %s %s, %zu classes\n", param, value, nclass);
	resume_after(1, &whole, &d, NULL);
	resume_after(4, &whole, &d, NULL);
	resume_after(11, &whole, &d, NULL);
	rai_fitted_release(&whole);
}

static double
squares(const struct rai_fitted *f)
{
	double row[WIDTH], out, sum = 0;
	size_t i, j;

	for (i = 0; i < ROWS; i++) {
		for (j = 0; j < WIDTH; j++)
			row[j] = x[j * ROWS + i];
		f->kind->predict(f, row, &out);
		sum += (out - y[i]) * (out - y[i]);
	}
	return sum;
}

static void
test_boost__continue(void)
{
	struct rai_fit_data old = rows(0, ROWS / 2), all = rows(0, ROWS);
	struct rai_fit_options opt = {.seed = 3, .threads = 1};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f, g, again;
	const struct rai_boost *s, *t;

	start(&f, "rate", "0.1");
	fit(&f, &old, NULL);
	start(&g, "rate", "0.1");
	fit(&g, &all, &f);
	s = f.state;
	t = g.state;
	is_int(t->ntree, 24, "as many rounds more");
	ok(memcmp(s->root, t->root, 13 * sizeof(*s->root)) == 0 &&
		memcmp(s->node, t->node, (size_t)s->root[12] * sizeof(*s->node)) == 0 &&
		memcmp(s->base, t->base, sizeof(*s->base)) == 0,
	    "the old trees are the first ones");
	ok(squares(&g) < 0.6 * squares(&f), "the new rows are learned");
	resume_after(5, &g, &all, &f);
	start(&again, "rate", "0.1");
	all.y = class;
	all.nclass = 3;
	opt.from = &f;
	is_int(again.kind->fit(&again, &all, &opt, &err), -1, "classes do not continue numbers");
	is_str(err.msg,
	    "the fit to continue has kind boost, 4 features and 0 classes, this one boost, 4 and 3",
	    "says why");
	rai_fitted_release(&f);
	rai_fitted_release(&g);
}

/*
 * A model that was read is asked by another way than the fit itself: bit for bit the same, alone
 * and among others, also where values are missing, unheard of, or none that can be.  Trees of 31
 * leaves are asked by masks, those of 60 by walks.
 */
static void
test_boost__ready_is_bit_equal(size_t nclass, const char *leaves)
{
	static const double odd[] = {NAN, INFINITY, -INFINITY, -1, -0.0, 89.5, 90, 1e300, 63, 64};
	enum { ASKED = 500, SOME = 37 };
	struct rai_fit_data d = rows(nclass, ROWS);
	struct rai_buf bytes = RAI_BUF_INIT(1 << 22);
	struct rai_rng r = rai_rng_new(21, nclass);
	static double at[ASKED * WIDTH], want[ASKED * 3], one[ASKED * 3], many[ASKED * 3];
	size_t outputs = nclass > 0 ? nclass : 1, i, n = ASKED * outputs * sizeof(double);
	struct rai_safetensors s;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f, back;

	for (i = 0; i < ASKED * WIDTH; i++)
		at[i] = rai_rng_below(&r, 4) == 0 ? odd[rai_rng_below(&r, 10)]
			: i % WIDTH < 2           ? rai_rng_unit(&r)
						  : (double)rai_rng_below(&r, 95);
	start(&f, "leaves", leaves);
	fit(&f, &d, NULL);
	render(&f, &bytes);
	ok(read_back(&f, &bytes, &s, &back, &err) == 0, "read back");
	ok(((struct rai_boost *)back.state)->ready != NULL &&
		((struct rai_boost *)f.state)->ready == NULL,
	    "one is made ready, one is not");
	for (i = 0; i < ASKED; i++) {
		f.kind->predict(&f, at + i * WIDTH, want + i * outputs);
		back.kind->predict(&back, at + i * WIDTH, one + i * outputs);
	}
	ok(memcmp(one, want, n) == 0, "row by row");
	back.kind->predict_rows(&back, at, ASKED, many);
	ok(memcmp(many, want, n) == 0, "all at once");
	memset(many, 0, n);
	back.kind->predict_rows(&back, at, SOME, many);
	ok(memcmp(many, want, SOME * outputs * sizeof(double)) == 0 && many[SOME * outputs] == 0,
	    "some at once");
	rai_fitted_release(&f);
	rai_fitted_release(&back);
	rai_safetensors_release(&s);
	rai_buf_free(&bytes);
}

/* Where rows are seldom asked for, nothing is made ready before many were; the bits are the same.
 */
static void
test_boost__seldom(void)
{
	enum { BATCH = 16 };
	struct rai_fit_data d = rows(0, ROWS);
	struct rai_buf bytes = RAI_BUF_INIT(1 << 22);
	static double at[BATCH * WIDTH], want[BATCH], got[BATCH];
	struct rai_safetensors s;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f, back;
	size_t i, asked, same = 0, early = 0;
	const struct rai_boost *b;

	for (i = 0; i < sizeof(at) / sizeof(*at); i++)
		at[i] = (double)(i * i % 97) / 97;
	start(&f, "leaves", "31");
	fit(&f, &d, NULL);
	render(&f, &bytes);
	f.seldom = 1; /* what is read back is a copy of it */
	ok(read_back(&f, &bytes, &s, &back, &err) == 0, "read back");
	f.seldom = 0;
	f.kind->predict_rows(&f, at, BATCH, want);
	b = back.state;
	for (asked = 0; asked < (size_t)2 * RAI_BOOST_SELDOM; asked += BATCH) {
		early += asked < RAI_BOOST_SELDOM && b->ready != NULL;
		back.kind->predict_rows(&back, at, BATCH, got);
		same += memcmp(got, want, sizeof(got)) == 0;
	}
	ok(early == 0 && b->ready != NULL, "made ready once enough rows were asked for");
	ok(same == asked / BATCH, "the same bits before and after");
	rai_fitted_release(&f);
	rai_fitted_release(&back);
	rai_safetensors_release(&s);
	rai_buf_free(&bytes);
}

int
main(void)
{
	make_rows();
	test_boost__load_is_bit_equal(0);
	test_boost__load_is_bit_equal(2);
	test_boost__load_is_bit_equal(3);
	test_boost__refuses_what_is_no_tree();
	test_boost__resume(0, "rate", "0.1");
	test_boost__resume(0, "subsample", "0.5");
	test_boost__resume(0, "colsample", "0.5");
	test_boost__resume(0, "early_stopping", "1000");
	test_boost__resume(0, "loss", "poisson");
	test_boost__resume(0, "loss", "absolute_error");
	test_boost__resume(2, "rate", "0.1");
	test_boost__resume(3, "rate", "0.1");
	test_boost__continue();
	test_boost__ready_is_bit_equal(0, "31");
	test_boost__ready_is_bit_equal(0, "60");
	test_boost__ready_is_bit_equal(2, "31");
	test_boost__ready_is_bit_equal(2, "60");
	test_boost__ready_is_bit_equal(3, "31");
	test_boost__ready_is_bit_equal(3, "60");
	test_boost__seldom();
	return tap_done();
}
