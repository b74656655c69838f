/*
 * A reference profile from a model file of anybody: one that is read is as good as one that was
 * built: it is written and read again bit for bit, places any value in a bin that it has, and
 * merges with itself.
 */
#include "drift/profile.h"

#include <math.h>
#include <string.h>

#include "fuzz.h"

static void
check_column(const struct rai_profile_col *c)
{
	static const double value[] = {-INFINITY, -1, -0.0, 0, 1e-310, 2.5, 1e300, INFINITY, NAN};
	static const int32_t code[] = {-2, -1, 0, 1, 9};
	int64_t sum = 0;
	size_t i;

	if (c->name == NULL)
		return;
	for (i = 0; i < c->nbin; i++)
		sum += c->count[i];
	if (sum != rai_profile_values(c))
		abort();
	for (i = 0; c->kind == RAI_PROFILE_NUM && i < sizeof(value) / sizeof(value[0]); i++)
		if (rai_profile_bin_num(c, value[i]) > c->nbin)
			abort();
	for (i = 0; c->kind == RAI_PROFILE_CAT && i < sizeof(code) / sizeof(code[0]); i++)
		if (code[i] < (int32_t)c->nbin && rai_profile_bin_cat(c, code[i]) > c->nbin + 1)
			abort();
}

static void
write_text(const struct rai_profile *p, struct rai_buf *out)
{
	struct rai_jw w;

	rai_jw_init(&w, out);
	rai_profile_write(p, &w, NULL);
}

/* 0: the text is a profile. */
static int
read_text(const char *text, size_t n, struct rai_profile *out)
{
	struct cJSON *j = rai_json_parse(text, n, NULL);
	int rc = j == NULL ? -1 : rai_profile_read(j, out, NULL);

	rai_json_free(j);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rai_buf a = RAI_BUF_INIT((size_t)64 << 20), b = RAI_BUF_INIT((size_t)64 << 20);
	struct rai_profile p, q;
	size_t i;

	if (read_text((const char *)data, size, &p) != 0)
		return 0;
	for (i = 0; i < p.n; i++)
		check_column(&p.col[i]);
	check_column(&p.target);
	check_column(&p.prediction);
	check_column(&p.error);
	write_text(&p, &a);
	if (!a.bad) {
		if (read_text(a.ptr, a.len, &q) != 0)
			abort();
		write_text(&q, &b);
		if (a.len != b.len || memcmp(a.ptr, b.ptr, a.len) != 0)
			abort();
		(void)rai_profile_merge(&p, &q, NULL);
		rai_profile_release(&q);
	}
	rai_profile_release(&p);
	rai_buf_free(&a);
	rai_buf_free(&b);
	return 0;
}
