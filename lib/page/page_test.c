#include "page/page.h"

#include <math.h>
#include <string.h>

#include "base/tap.h"
#include "page/svg.h"

static const char *
text_of(struct rai_buf *b, void (*write)(struct rai_buf *, double), double v)
{
	rai_buf_clear(b);
	write(b, v);
	return b->ptr;
}

int
main(void)
{
	struct rai_buf b = RAI_BUF_INIT(1 << 16);
	struct rai_svg plot = {
	    .x = {"a < b", 0, 10, RAI_SVG_LINEAR}, .y = {"y", 5, 5, RAI_SVG_LINEAR}};
	const double spark[] = {0, 1, NAN, 3};
	char source[RAI_PAGE_SOURCE];

	/* the example of CSP level 3, section 8.3 */
	rai_page_source("alert('Hello, world.');", 23, source);
	is_str(source, "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='", "a script's proof");
	/* printf '' | openssl dgst -sha256 -binary | base64 */
	rai_page_source("", 0, source);
	is_str(source, "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='", "of nothing");
	is_str(text_of(&b, rai_page_number, 1234567.4), "1,234,567", "large numbers in groups");
	is_str(text_of(&b, rai_page_number, -0.5),
	    "\xe2\x88\x92"
	    "0.5000",
	    "with a true minus");
	is_str(text_of(&b, rai_page_number, NAN), "\xe2\x80\x93", "an unknown one");
	is_str(text_of(&b, rai_page_whole, 999), "999", "a whole one");
	is_str(text_of(&b, rai_page_short, 1500000), "1.5M", "an axis");
	rai_buf_clear(&b);
	plot.y.label = "y";
	rai_svg_begin(&plot, &b, "<seen>");
	rai_svg_end(&plot, "done");
	ok(strstr(b.ptr, "a &#60; b") != NULL && strstr(b.ptr, "<seen>") == NULL,
	    "labels are escaped");
	ok(plot.y.low == 4 && plot.y.high == 6, "an axis without a length gets one");
	rai_buf_clear(&b);
	rai_svg_line(&plot, "first", (const double[]){5, 10}, (const double[]){NAN, 6}, 2);
	is_str(b.ptr, "<path class=\"first\" d=\"M408.0 12.0h0\"/>\n", "a single point is a dot");
	rai_buf_clear(&b);
	rai_svg_spark(&b, "<s>", spark, 4, 2, 1);
	is_str(b.ptr,
	    "<svg class=\"spark\" viewBox=\"0 0 112 28\" role=\"img\" aria-label=\"&#60;s&#62;\">"
	    "<path class=\"ideal\" d=\"M3 14.0h106\"/><path class=\"first\" "
	    "d=\"M3.0 25.0h0L38.3 14.0M109.0 3.0h0\"/></svg>",
	    "a small one has gaps, and ends at its edge");
	rai_buf_free(&b);
	return tap_done();
}
