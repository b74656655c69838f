#include "pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
pool_free(struct pool *p)
{
	free(p->rows.num);
	free(p->rows.code);
	free(p->says);
	free(p->withheld);
	if (p->seen.own != NULL)
		rai_conformed_release(&p->seen);
	rai_table_free(p->table);
}

/* Predictions of all rows: the model's, or the column that holds them. */
static int
predict_all(const struct run *r, const struct rai_schema *s, struct pool *p, struct rai_err *err)
{
	const struct rai_column *column =
	    rai_table_column(p->table, RAI_DRIFT_PREDICTION_COLUMN, NULL);
	struct rai_cell *cells = calloc(s->n + 1, sizeof(*cells));
	size_t i;

	p->says = calloc(p->table->nrow + 1, sizeof(*p->says));
	if (cells == NULL || p->says == NULL) {
		free(cells);
		return rai_fail_memory(err);
	}
	for (i = 0; i < p->table->nrow; i++)
		if (r->model != NULL) {
			rai_table_cells(&p->seen.table, i, cells);
			p->says[i] = drift_predict(r, cells);
		} else
			p->says[i] = column != NULL && column->num != NULL ? column->num[i] : NAN;
	free(cells);
	return 0;
}

int
pool_read(const struct run *r, struct rai_source *source, enum rai_format format,
    const struct rai_drift_reference *ref, struct pool *p, struct rai_err *err)
{
	const struct rai_schema *s = ref->schema;
	size_t i;

	memset(p, 0, sizeof(*p));
	if (drift_read_table(r->o, source, format, s, &p->table, err) != 0 ||
	    rai_table_conform(p->table, s, &p->seen, err) != 0)
		return -1;
	p->rows.n = p->table->nrow;
	p->rows.ncol = s->n;
	p->rows.num = calloc(s->n + 1, sizeof(*p->rows.num));
	p->rows.code = calloc(s->n + 1, sizeof(*p->rows.code));
	p->rows.withheld = p->withheld = calloc(s->n + 1, 1);
	if (p->rows.num == NULL || p->rows.code == NULL || p->withheld == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->n; i++) {
		p->rows.num[i] = p->seen.table.col[i].num;
		p->rows.code[i] = p->seen.table.col[i].code;
	}
	if (predict_all(r, s, p, err) != 0)
		return -1;
	p->rows.prediction = p->says;
	return 0;
}
