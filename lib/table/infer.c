#include "table/infer.h"

#include <math.h>

#include "table/date.h"

void
rai_tally_add(struct rai_tally *t, const char *text, size_t len)
{
	const struct rai_col_spec number = {.name = (char[]){""}, .type = RAI_COL_NUM};
	struct rai_cell cell;
	double day;

	if (rai_schema_text(&number, text, len, &cell, NULL) == 0) {
		/* marks of a missing value count for nothing */
		t->numbers += !isnan(cell.num);
		t->values += !isnan(cell.num);
		return;
	}
	t->values++;
	if (rai_date_iso(text, len, &day) == 0)
		t->iso++;
	else if (rai_date_day_first(text, len, &day) == 0) {
		t->day_first++;
		/* the first one or two characters are the day */
		t->late +=
		    text[1] >= '0' && text[1] <= '9' && (text[0] - '0') * 10 + (text[1] - '0') > 12;
	}
}

int
rai_tally_type(const struct rai_tally *t, enum rai_col_type *type, int *day_first)
{
	*day_first = 0;
	*type = RAI_COL_NUM;
	if (t->values == 0)
		return 1;
	if (t->numbers * 2 > t->values)
		return 0;
	*type = RAI_COL_CAT;
	if (t->iso == t->values || (t->iso + t->day_first == t->values && t->late > 0)) {
		*type = RAI_COL_DATE;
		*day_first = t->day_first > 0;
	}
	return 0;
}
