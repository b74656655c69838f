#include "serve/accept.h"

#include "base/tap.h"

int
main(void)
{
	ok(rai_serve_is_type("application/json", "application/json"), "the bare type");
	ok(rai_serve_is_type("Application/JSON ; charset=\"UTF-8\"", "application/json"),
	    "case, blanks and a quoted charset");
	ok(!rai_serve_is_type("application/json; charset=latin1", "application/json"),
	    "another charset is refused");
	ok(!rai_serve_is_type("application/jsonx", "application/json"), "a longer word");
	ok(!rai_serve_is_type("", "application/json"), "nothing");
	ok(rai_serve_prefers_html(
	       "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
	    "a browser");
	ok(!rai_serve_prefers_html("*/*"), "curl: a tie is JSON's");
	ok(!rai_serve_prefers_html(NULL), "no preference");
	ok(!rai_serve_prefers_html("application/json, text/html;q=0.9"), "JSON first");
	ok(rai_serve_prefers_html("application/*;q=0.1, text/html;q=0.2"), "families count");
	ok(!rai_serve_prefers_html("text/html;q=0, */*"), "html refused, the rest taken");
	ok(!rai_serve_prefers_html(";;q=,,/;="), "nonsense prefers nothing");
	ok(rai_serve_prefers("text/csv", "text/csv"), "CSV alone");
	ok(!rai_serve_prefers("*/*, text/csv", "text/csv"), "anything is as good: JSON");
	ok(rai_serve_accepts_gzip("gzip"), "gzip");
	ok(rai_serve_accepts_gzip("deflate, GZIP;q=0.5"), "among others");
	ok(rai_serve_accepts_gzip("*"), "any coding");
	ok(!rai_serve_accepts_gzip("gzip;q=0, *"), "gzip refused");
	ok(!rai_serve_accepts_gzip("br"), "another one");
	ok(!rai_serve_accepts_gzip(NULL), "no word of it");
	return tap_done();
}
