#include "drift/family.h"

#include <stdlib.h>
#include <string.h>

#include "stat/stat.h"

int
rai_drift_family_init(struct rai_drift_family *f, size_t most)
{
	*f = (struct rai_drift_family){.p = calloc(most, sizeof(*f->p)),
	    .least = calloc(most, sizeof(*f->least)),
	    .work = calloc(most, sizeof(*f->work)),
	    .at = calloc(most, sizeof(*f->at)),
	    .order = calloc(most, sizeof(*f->order))};
	return f->p == NULL || f->least == NULL || f->work == NULL || f->at == NULL ||
		       f->order == NULL
		   ? -1
		   : 0;
}

void
rai_drift_family_release(struct rai_drift_family *f)
{
	free(f->p);
	free(f->least);
	free(f->work);
	free(f->at);
	free(f->order);
	memset(f, 0, sizeof(*f));
}

void
rai_drift_family_add(struct rai_drift_family *f, double p, double least)
{
	f->p[f->n] = p;
	f->least[f->n] = least;
	f->n++;
}

/*
 * R. Tarone, "A modified Bonferroni method for discrete data", Biometrics 46, 1990: what cannot
 * reach alpha / n takes no part.  Which these are is known from totals over window and reference,
 * given which each p-value is one.
 */
void
rai_drift_family_adjust(struct rai_drift_family *f, double alpha)
{
	size_t i, k = 0;

	for (i = 0; i < f->n; i++)
		if (f->least[i] < alpha / (double)f->n) {
			f->work[k] = f->p[i];
			f->at[k++] = i;
		}
	rai_stat_holm(f->work, f->order, k);
	for (i = 0; i < f->n; i++)
		f->p[i] = 1;
	for (i = 0; i < k; i++)
		f->p[f->at[i]] = f->work[i];
}
