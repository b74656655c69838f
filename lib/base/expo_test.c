#include "base/expo.h"

#include <string.h>

#include "base/tap.h"

static void
test_expo__negotiation(void)
{
	/* what Prometheus 2.42 and 3 send */
	static const char two[] = "application/openmetrics-text;version=1.0.0,"
				  "application/openmetrics-text;version=0.0.1;q=0.75,"
				  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
	static const char three[] =
	    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
	    "text/plain;version=1.0.0;q=0.5,*/*;q=0.1";

	is_int(rai_expo_choose(NULL), RAI_EXPO_TEXT, "nothing is said");
	is_int(rai_expo_choose("*/*"), RAI_EXPO_TEXT, "anything");
	is_int(rai_expo_choose("text/html, text/plain"), RAI_EXPO_TEXT, "a browser");
	is_int(rai_expo_choose(two), RAI_EXPO_OPENMETRICS, "Prometheus 2");
	is_int(rai_expo_choose(three), RAI_EXPO_OPENMETRICS, "Prometheus 3");
	is_int(rai_expo_choose("Application/OpenMetrics-Text"), RAI_EXPO_OPENMETRICS,
	    "any version, any letters");
	is_int(rai_expo_choose("application/openmetrics-text; version=0.0.1"), RAI_EXPO_TEXT,
	    "only an older version");
	is_int(rai_expo_choose("application/openmetrics-text; version=1.0.0; q=0.0"), RAI_EXPO_TEXT,
	    "anything but that");
	is_int(rai_expo_choose("application/openmetrics-texts,;;,"), RAI_EXPO_TEXT,
	    "another name, and noise");
}

static void
write_some(struct rai_expo *x)
{
	rai_expo_head(x, RAI_EXPO_COUNTER, "a_seconds_total", "A.");
	rai_expo_plain(x, "a_seconds_total", 0.1);
	rai_expo_head(x, RAI_EXPO_GAUGE, "g", "G.");
	rai_expo_of_model(x, "g", "a\"b\\c\n", 1);
	rai_expo_plain(x, "g", 1.0 / 0.0);
	rai_expo_head(x, RAI_EXPO_INFO, "rai_model_info", "I.");
	rai_expo_sample(x, "rai_model_info", "");
	rai_expo_label(x, "model", "m");
	rai_expo_label(x, "kind", "tree");
	rai_expo_count(x, 1);
	rai_expo_head(x, RAI_EXPO_HISTOGRAM, "h_bytes", "H.");
	rai_expo_bucket(x, "h_bytes", "m", "+Inf", UINT64_MAX);
	rai_expo_end(x);
}

static void
test_expo__both_formats(void)
{
	struct rai_buf b = RAI_BUF_INIT(1 << 20);
	struct rai_expo x = {.out = &b, .format = RAI_EXPO_TEXT};

	write_some(&x);
	is_str(b.ptr,
	    "# HELP a_seconds_total A.\n# TYPE a_seconds_total counter\na_seconds_total 0.1\n"
	    "# HELP g G.\n# TYPE g gauge\ng{model=\"a\\\"b\\\\c\\n\"} 1\ng NaN\n"
	    "# HELP rai_model_info I.\n# TYPE rai_model_info gauge\n"
	    "rai_model_info{model=\"m\",kind=\"tree\"} 1\n"
	    "# HELP h_bytes H.\n# TYPE h_bytes histogram\n"
	    "h_bytes_bucket{model=\"m\",le=\"+Inf\"} 18446744073709551615\n",
	    "the text format");
	rai_buf_clear(&b);
	x.format = RAI_EXPO_OPENMETRICS;
	write_some(&x);
	is_str(b.ptr,
	    "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds A.\n"
	    "a_seconds_total 0.1\n"
	    "# TYPE g gauge\n# HELP g G.\ng{model=\"a\\\"b\\\\c\\n\"} 1\ng NaN\n"
	    "# TYPE rai_model info\n# HELP rai_model I.\n"
	    "rai_model_info{model=\"m\",kind=\"tree\"} 1\n"
	    "# TYPE h_bytes histogram\n# UNIT h_bytes bytes\n# HELP h_bytes H.\n"
	    "h_bytes_bucket{model=\"m\",le=\"+Inf\"} 18446744073709551615\n# EOF\n",
	    "OpenMetrics");
	rai_buf_free(&b);
}

int
main(void)
{
	test_expo__negotiation();
	test_expo__both_formats();
	return tap_done();
}
