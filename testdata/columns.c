/*
 * columns [--digest] FILE [COLUMN...]: reads a CSV or JSON lines file as rai-train does, the named
 * columns being dates written day first, and prints how many rows and columns that made and the
 * seconds it took.  Duplicates are kept.  With --digest the bytes are hashed, as for training;
 * without, it reads as for --describe.  For scripts/bench, beside readers that are timed inside of
 * their process as well.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/cli.h"
#include "json/json.h"
#include "table/table.h"

int
main(int argc, char **argv)
{
	int digest = 0;
	struct rai_opt opts[] = {
	    {RAI_OPT_FLAG, 0, "digest", NULL, "hash the bytes as well", &digest, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};
	struct rai_cli cli = {.name = "columns",
	    .synopsis = "file [date...]",
	    .summary = "reads a table and says how long it took",
	    .opts = opts};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf out = RAI_BUF_INIT(1 << 16);
	struct rai_table *table = NULL;
	struct rai_table_date *date = calloc((size_t)argc + 1, sizeof(*date));
	struct rai_table_options o = {.date = date, .duplicates = RAI_DUPLICATES_KEEP};
	int i = rai_cli_parse(&cli, argc, argv), rc;
	int64_t start;
	struct rai_jw w;

	if (i == argc)
		rai_cli_usage(&cli, "a file is needed");
	while (date != NULL && i + 1 + (int)o.ndate < argc) {
		date[o.ndate].column = argv[i + 1 + (int)o.ndate];
		date[o.ndate++].day_first = 1;
	}
	o.digest = digest ? RAI_TABLE_DIGEST_SHA256 : RAI_TABLE_DIGEST_NONE;
	start = rai_clock_mono_ns();
	rc = date == NULL ? rai_fail_memory(&err) : rai_table_read(argv[i], &o, &table, &err);
	if (rc == 0) {
		rai_jw_init(&w, &out);
		rai_jw_object(&w, NULL);
		rai_jw_int(&w, "rows", (int64_t)table->nrow);
		rai_jw_int(&w, "columns", (int64_t)table->schema.n);
		rai_jw_num(&w, "seconds", (double)(rai_clock_mono_ns() - start) / 1e9);
		rai_jw_end(&w);
		rai_buf_char(&out, '\n');
	}
	rai_table_free(table);
	free(date);
	rc = rai_cli_finish(&cli, rc, &out, &err);
	rai_buf_free(&out);
	return rc;
}
