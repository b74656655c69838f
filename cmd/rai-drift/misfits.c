#include "misfits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "table/source.h"

void
misfits_add(
    struct misfits *m, int64_t n, const char *file, int64_t line, const struct rai_err *first)
{
	if (n > 0 && m->n == 0 && line > 0)
		snprintf(m->first, sizeof(m->first), "%.150s:%lld: %.300s", file, (long long)line,
		    first->msg);
	else if (n > 0 && m->n == 0)
		snprintf(m->first, sizeof(m->first), "%.150s: %.300s", file, first->msg);
	m->n += n;
}

void
misfits_join(struct misfits *m, const struct misfits *part)
{
	if (m->n == 0)
		memcpy(m->first, part->first, sizeof(m->first));
	m->n += part->n;
}

void
misfits_read(struct misfits *m, const struct rai_col_spec *column, const struct rai_field *f,
    struct rai_cell *out)
{
	struct rai_err why = RAI_ERR_INIT;

	if (rai_schema_text(column, f->p, f->len, out, m->n == 0 ? &why : NULL) == 0)
		return;
	*out = (struct rai_cell){NAN, RAI_CODE_MISSING};
	misfits_add(
	    m, 1, rai_source_name(rai_rows_source(m->rows)), (int64_t)rai_rows_line(m->rows), &why);
}
