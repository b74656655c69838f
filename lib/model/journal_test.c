#include "model/journal.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tap.h"

#define BINDING "{\"journal\":1,\"data\":\"a\"}"

static char path[] = "/tmp/rai-journal.XXXXXX";

static struct rai_journal *
reopen(const char *binding, int fresh, enum rai_journal_state want, const char *name)
{
	enum rai_journal_state state = RAI_JOURNAL_BUSY;
	struct rai_journal *j = NULL;
	struct rai_err err = RAI_ERR_INIT;

	if (rai_journal_open(path, binding, fresh, &j, &state, &err) != 0)
		printf("# %s\n", err.msg);
	is_int(state, want, name);
	return j;
}

static struct rai_outcome
outcome(double r2)
{
	struct rai_outcome v = {.smear = 1 + r2 / 3, .seconds = 0.25};
	size_t i;

	for (i = 0; i < RAI_METRICS; i++)
		v.metric[i] = NAN;
	v.metric[RAI_METRIC_R2] = r2;
	return v;
}

static void
append(const char *text)
{
	FILE *f = fopen(path, "a");

	fputs(text, f);
	fclose(f);
}

static void
test_journal(void)
{
	struct rai_outcome one = outcome(1.0 / 3), two = outcome(-0.1), v;
	struct rai_journal *j, *other = NULL;
	enum rai_journal_state state;
	struct stat st;

	unlink(path);
	j = reopen(BINDING, 0, RAI_JOURNAL_NEW, "a new one");
	rai_journal_add(j, "candidate.0.0", &one);
	rai_journal_add(j, "candidate.1.0", &two);
	is_int(rai_journal_find(j, "candidate.0.0", &v), 0, "what is new is not looked for");
	ok(rai_journal_open(path, BINDING, 0, &other, &state, NULL) == 0 && other == NULL &&
		state == RAI_JOURNAL_BUSY,
	    "nobody else has it meanwhile");
	rai_journal_close(j);
	append("{\"trial\":\"candidate.2.0\",\"metri");
	j = reopen(BINDING, 0, RAI_JOURNAL_FOUND, "found again");
	is_int(rai_journal_known(j), 2, "a line that was cut off is ignored");
	ok(rai_journal_find(j, "candidate.0.0", &v) && v.metric[RAI_METRIC_R2] == 1.0 / 3 &&
		v.smear == one.smear && isnan(v.metric[RAI_METRIC_MAE]),
	    "bit for bit");
	ok(!rai_journal_find(j, "candidate.2.0", &v), "not there");
	rai_journal_add(j, "candidate.2.0", &two);
	rai_journal_close(j);
	append("nonsense\n{\"trial\":\"x\",\"metrics\":[1],\"smear\":1,\"seconds\":0}\n");
	j = reopen(BINDING, 0, RAI_JOURNAL_FOUND, "with lines that are none");
	is_int(rai_journal_known(j), 3, "which are ignored");
	rai_journal_close(j);
	j = reopen("{\"journal\":1,\"data\":\"b\"}", 0, RAI_JOURNAL_FOREIGN, "of another training");
	is_int(rai_journal_known(j), 0, "nothing is taken from it");
	rai_journal_add(j, "candidate.0.0", &one);
	rai_journal_close(j);
	j = reopen("{\"journal\":1,\"data\":\"b\"}", 1, RAI_JOURNAL_FOREIGN, "not to be read");
	is_int(rai_journal_known(j), 0, "nothing is taken from it");
	rai_journal_end(j);
	ok(stat(path, &st) != 0, "at the end it is gone");
	ok(!rai_journal_find(NULL, "x", &v), "no journal knows nothing");
	rai_journal_add(NULL, "x", &one);
	rai_journal_end(NULL);
}

int
main(void)
{
	close(mkstemp(path));
	test_journal();
	return tap_done();
}
