#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drift/profile.h"

#define QUANTILES 500

int
rai_profile_from_num_like(struct rai_profile_col *out, const struct rai_profile_col *like,
    const double *v, size_t n, struct rai_err *err)
{
	double *edge = malloc(like->nbin * sizeof(*edge));
	int64_t *count = calloc(like->nbin, sizeof(*count));
	size_t i;

	if (edge == NULL || count == NULL ||
	    rai_profile_from_num(out, like->name, v, n, err) != 0) {
		free(edge);
		free(count);
		return rai_fail_memory(err);
	}
	memcpy(edge, like->edge, (like->nbin - 1) * sizeof(*edge));
	free(out->edge);
	free(out->count);
	out->edge = edge;
	out->count = count;
	out->nbin = like->nbin;
	for (i = 0; i < n; i++)
		if (isfinite(v[i]))
			out->count[rai_profile_bin_num(out, v[i])]++;
	return 0;
}

/* An order statistic, and how many values it stands for. */
struct weighted {
	double value, weight;
};

static int
by_value(const void *a, const void *b)
{
	const struct weighted *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return (x->weight > y->weight) - (x->weight < y->weight);
}

static size_t
weigh(struct weighted *out, const struct rai_profile_col *c)
{
	size_t i;

	for (i = 0; i < c->nquantile; i++)
		out[i] = (struct weighted){
		    c->quantile[i], (double)rai_profile_values(c) / (double)c->nquantile};
	return c->nquantile;
}

/* Before the counts are added.  The k-th of q statistics is in the middle of the k-th slice. */
static int
merge_quantiles(struct rai_profile_col *into, const struct rai_profile_col *from)
{
	size_t n = into->nquantile + from->nquantile, i = 0, k, keep;
	int64_t all = rai_profile_values(into) + rai_profile_values(from);
	struct weighted *w = malloc((n + 1) * sizeof(*w));
	double *out, below = 0;

	keep = all < QUANTILES ? (size_t)all : QUANTILES;
	out = malloc((keep + 1) * sizeof(*out));
	if (w == NULL || out == NULL) {
		free(w);
		free(out);
		return -1;
	}
	weigh(w + weigh(w, into), from);
	qsort(w, n, sizeof(*w), by_value);
	for (k = 0; k < keep; k++) {
		double at = ((double)k + 0.5) * (double)all / (double)keep;

		while (i + 1 < n && below + w[i].weight <= at)
			below += w[i++].weight;
		out[k] = w[i].value;
	}
	free(w);
	free(into->quantile);
	into->quantile = out;
	into->nquantile = keep;
	return 0;
}

static int
merge_num(struct rai_profile_col *into, const struct rai_profile_col *from)
{
	size_t i;

	if (merge_quantiles(into, from) != 0)
		return -1;
	for (i = 0; i < into->nbin; i++)
		into->count[i] += from->count[i];
	into->min = fmin(into->min, from->min);
	into->max = fmax(into->max, from->max);
	return 0;
}

static int
same_levels(const struct rai_profile_col *a, const struct rai_profile_col *b)
{
	size_t i;

	for (i = 0; i < a->nbin && i < b->nbin && strcmp(a->level[i], b->level[i]) == 0; i++)
		;
	return i == a->nbin && i == b->nbin;
}

static char **
copy_levels(const struct rai_profile_col *c)
{
	char **level = calloc(c->nbin + 1, sizeof(*level));
	size_t i;

	for (i = 0; level != NULL && i < c->nbin; i++)
		if ((level[i] = strdup(c->level[i])) == NULL) {
			while (i > 0)
				free(level[--i]);
			free(level);
			return NULL;
		}
	return level;
}

/* Two lists in bytewise order become one. */
static int
join_levels(struct rai_profile_col *into, const struct rai_profile_col *from)
{
	size_t room = into->nbin + from->nbin + 1, n = 0, i = 0, k = 0;
	char **level = calloc(room, sizeof(*level)), **fresh = copy_levels(from);
	int64_t *count = calloc(room, sizeof(*count));
	int order;

	if (level == NULL || fresh == NULL || count == NULL) {
		for (k = 0; fresh != NULL && k < from->nbin; k++)
			free(fresh[k]);
		free(level);
		free(fresh);
		free(count);
		return -1;
	}
	for (; i < into->nbin || k < from->nbin; n++) {
		order = i == into->nbin   ? 1
			: k == from->nbin ? -1
					  : strcmp(into->level[i], fresh[k]);
		level[n] = order <= 0 ? into->level[i] : fresh[k];
		if (order == 0)
			free(fresh[k]);
		if (order <= 0)
			count[n] += into->count[i++];
		if (order >= 0)
			count[n] += from->count[k++];
	}
	free(fresh);
	free(into->level);
	free(into->count);
	into->level = level;
	into->count = count;
	into->nbin = n;
	return 0;
}

static int
merge_cat(struct rai_profile_col *into, const struct rai_profile_col *from)
{
	size_t i;

	if (!same_levels(into, from))
		return join_levels(into, from);
	for (i = 0; i < into->nbin; i++)
		into->count[i] += from->count[i];
	return 0;
}

static int
sorted_levels(const struct rai_profile_col *c)
{
	size_t i;

	for (i = 1; i < c->nbin && strcmp(c->level[i - 1], c->level[i]) < 0; i++)
		;
	return i >= c->nbin;
}

static int
refuse(const struct rai_profile_col *a, struct rai_err *err, const char *why)
{
	return rai_fail(err, RAI_EINPUT, "column \"%.60s\": %s", a->name, why);
}

/* Can they be added? */
static int
agree(const struct rai_profile_col *a, const struct rai_profile_col *b, struct rai_err *err)
{
	if (a->name == NULL && b->name == NULL)
		return 0;
	if (a->name == NULL || b->name == NULL)
		return refuse(a->name != NULL ? a : b, err, "only one of the profiles has it");
	if (strcmp(a->name, b->name) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "column \"%.60s\" of one profile is \"%.60s\" in the other", a->name, b->name);
	if (a->kind != b->kind)
		return refuse(a, err, "a number in one profile, a category in the other");
	if (a->kind == RAI_PROFILE_NUM)
		return a->nbin == b->nbin &&
			       (a->nbin == 1 ||
				   memcmp(a->edge, b->edge, (a->nbin - 1) * sizeof(*a->edge)) == 0)
			   ? 0
			   : refuse(a, err,
				 "the bins of the profiles differ (make one --against the other)");
	if (same_levels(a, b))
		return 0;
	if (a->unseen > 0 || b->unseen > 0)
		return refuse(a, err,
		    "the categories differ, and some are counted as unseen: which is not known");
	return sorted_levels(a) && sorted_levels(b)
		   ? 0
		   : refuse(a, err, "the categories differ and are in no order");
}

static int
merge_column(struct rai_profile_col *into, const struct rai_profile_col *from)
{
	if (into->name == NULL)
		return 0;
	if ((into->kind == RAI_PROFILE_NUM ? merge_num : merge_cat)(into, from) != 0)
		return -1;
	into->missing += from->missing;
	into->unseen += from->unseen;
	return 0;
}

int
rai_profile_merge(struct rai_profile *into, const struct rai_profile *from, struct rai_err *err)
{
	int64_t rows = into->rows + from->rows;
	size_t i;
	int rc = 0;

	if (into->n != from->n)
		return rai_fail(err, RAI_EINPUT, "one profile has %zu columns, the other %zu",
		    into->n, from->n);
	for (i = 0; i < into->n; i++)
		if (agree(&into->col[i], &from->col[i], err) != 0)
			return -1;
	if (agree(&into->target, &from->target, err) != 0 ||
	    agree(&into->prediction, &from->prediction, err) != 0 ||
	    agree(&into->error, &from->error, err) != 0)
		return -1;
	for (i = 0; i < into->n && rc == 0; i++)
		rc = merge_column(&into->col[i], &from->col[i]);
	if (rc != 0 || merge_column(&into->target, &from->target) != 0 ||
	    merge_column(&into->prediction, &from->prediction) != 0 ||
	    merge_column(&into->error, &from->error) != 0)
		return rai_fail_memory(err);
	if (rows > 0)
		into->accuracy =
		    (into->accuracy * (double)into->rows + from->accuracy * (double)from->rows) /
		    (double)rows;
	into->rows = rows;
	into->twins = into->pairs > 0 && from->pairs > 0 ? into->twins + from->twins : 0;
	into->pairs = into->pairs > 0 && from->pairs > 0 ? into->pairs + from->pairs : 0;
	return 0;
}
