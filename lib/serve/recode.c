#include "serve/recode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

static const char *const type_name[] = {
    [RAI_COL_NUM] = "a number", [RAI_COL_CAT] = "a category", [RAI_COL_DATE] = "a date"};

static int
check_column(
    const struct rai_col_spec *a, const struct rai_col_spec *b, size_t i, struct rai_err *err)
{
	if (strcmp(a->name, b->name) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "its column %zu is \"%.60s\", where that of the served model is \"%.60s\"",
		    i + 1, b->name, a->name);
	if (a->type != b->type)
		return rai_fail(err, RAI_EINPUT,
		    "its column \"%.60s\" is %s, and %s in the served model", a->name,
		    type_name[b->type], type_name[a->type]);
	if (a->day_first != b->day_first)
		return rai_fail(err, RAI_EINPUT,
		    "it reads the dates of column \"%.60s\" in another order than the served model",
		    a->name);
	return 0;
}

static int
check_target(const struct rai_col_spec *a, const struct rai_col_spec *b, struct rai_err *err)
{
	size_t i;

	if (strcmp(a->name, b->name) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "it predicts \"%.60s\", and the served model \"%.60s\"", b->name, a->name);
	if (a->type != b->type)
		return rai_fail(err, RAI_EINPUT, "it predicts %s, and the served model %s",
		    type_name[b->type], type_name[a->type]);
	for (i = 0; i < a->nlevel && i < b->nlevel && strcmp(a->level[i], b->level[i]) == 0; i++)
		;
	if (a->type == RAI_COL_CAT && (i < a->nlevel || i < b->nlevel))
		return rai_fail(err, RAI_EINPUT,
		    "it knows other classes of \"%.60s\" than the served model", a->name);
	return 0;
}

int
rai_serve_recode_check(
    const struct rai_schema *from, const struct rai_schema *to, struct rai_err *err)
{
	size_t i;

	for (i = 0; i < from->n && i < to->n; i++)
		if (check_column(&from->col[i], &to->col[i], i, err) != 0)
			return -1;
	if (from->n != to->n)
		return rai_fail(err, RAI_EINPUT, "it has %zu columns, and the served model %zu",
		    to->n, from->n);
	return check_target(&from->target, &to->target, err);
}

/* Text as a category of c. */
static struct rai_cell
category(const struct rai_col_spec *c, const char *text)
{
	struct rai_cell cell;

	if (rai_schema_text(c, text, strlen(text), &cell, NULL) != 0)
		cell = (struct rai_cell){NAN, RAI_CODE_UNSEEN};
	return cell;
}

int
rai_serve_recode_init(struct rai_serve_recode *r, const struct rai_schema *from,
    const struct rai_schema *to, struct rai_err *err)
{
	size_t i, k;

	*r = (struct rai_serve_recode){from, to, calloc(from->n + 1, sizeof(*r->level))};
	for (i = 0; r->level != NULL && i < from->n; i++) {
		const struct rai_col_spec *c = &from->col[i];

		if (c->type != RAI_COL_CAT)
			continue;
		r->level[i] = calloc(c->nlevel + 1, sizeof(**r->level));
		if (r->level[i] == NULL) {
			rai_serve_recode_release(r);
			break;
		}
		for (k = 0; k < c->nlevel; k++)
			r->level[i][k] = category(&to->col[i], c->level[k]).code;
	}
	return r->level != NULL ? 0 : rai_fail_memory(err);
}

void
rai_serve_recode_release(struct rai_serve_recode *r)
{
	size_t i;

	for (i = 0; r->level != NULL && i < r->from->n; i++)
		free(r->level[i]);
	free(r->level);
	r->level = NULL;
}

/* A category that from has not seen may be known to to. */
static int32_t
find_unseen(const struct rai_col_spec *c, const struct rai_cell *cell, const char *text)
{
	char number[RAI_NUM_TEXT];

	if (text == NULL && !isfinite(cell->num))
		return RAI_CODE_UNSEEN;
	if (text == NULL) {
		rai_num_format(cell->num, number);
		text = number;
	}
	return category(c, text).code;
}

void
rai_serve_recode_row(const struct rai_serve_recode *r, const struct rai_cell *cell,
    const char *const *text, struct rai_cell *out)
{
	size_t i;

	for (i = 0; i < r->from->n; i++) {
		int32_t code = cell[i].code;

		out[i] = cell[i];
		if (r->level[i] == NULL || code == RAI_CODE_MISSING)
			continue;
		out[i].code =
		    code >= 0 ? r->level[i][code] : find_unseen(&r->to->col[i], &cell[i], text[i]);
	}
}
