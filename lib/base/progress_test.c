#include "base/progress.h"

#include "base/tap.h"

#define SECOND INT64_C(1000000000)

static void
test_line(void)
{
	struct rai_progress p;
	char line[RAI_PROGRESS_TEXT] = "";

	rai_progress_start(&p, 5 * SECOND);
	is_int(rai_progress_line(&p, "fit", 1, 10, 5 * SECOND + 1, line), 0, "not at once");
	is_int(rai_progress_line(&p, "fit", 0, 10, 6 * SECOND, line), 1, "after a second");
	is_str(line, "fit   0%", "no guess without anything done");
	is_int(rai_progress_line(&p, "fit", 1, 10, 25 * SECOND, line), 1, "later");
	is_str(line, "fit  10%  3m00s left", "the time left follows from the time used");
	is_int(
	    rai_progress_line(&p, "fit", 2, 10, 25 * SECOND + 1, line), 0, "ten a second at most");
	is_int(rai_progress_line(&p, "fit", 10, 10, 25 * SECOND + 2, line), 1, "the end is shown");
	is_str(line, "fit 100%  took 20s", "with the time taken");
	is_int(rai_progress_line(&p, "fit", 0, 0, 99 * SECOND, line), 0, "nothing to do, no line");
}

static void
test_duration(void)
{
	static const struct {
		double seconds;
		const char *want;
	} c[] = {{0.04, "0.0s"}, {9.94, "9.9s"}, {9.96, "10s"}, {59.4, "59s"}, {65, "1m05s"},
	    {7805, "2h10m"}};
	char text[24];
	size_t i;

	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		rai_progress_duration(c[i].seconds, text, sizeof(text));
		is_str(text, c[i].want, c[i].want);
	}
}

int
main(void)
{
	test_line();
	test_duration();
	return tap_done();
}
