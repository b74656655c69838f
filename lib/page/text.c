#include "page/page.h"

#include <math.h>
#include <stdio.h>

#include "base/html.h"

void
rai_page_whole(struct rai_buf *b, double v)
{
	char digits[40];
	int n, i;

	if (!(fabs(v) < 1e15)) {
		rai_buf_printf(b, "%.4g", v);
		return;
	}
	n = snprintf(digits, sizeof(digits), "%.0f", fabs(v));
	if (v < 0)
		rai_buf_str(b, "\xe2\x88\x92");
	for (i = 0; i < n; i++) {
		rai_buf_char(b, digits[i]);
		if (i + 1 < n && (n - i - 1) % 3 == 0)
			rai_buf_char(b, ',');
	}
}

void
rai_page_number(struct rai_buf *b, double v)
{
	if (!isfinite(v))
		rai_buf_str(b, "\xe2\x80\x93");
	else if (fabs(v) >= 1e15)
		rai_buf_printf(b, "%.4g", v);
	else if (fabs(v) >= 1000)
		rai_page_whole(b, v);
	else
		rai_buf_printf(
		    b, "%s%.*f", v < 0 ? "\xe2\x88\x92" : "", fabs(v) < 10 ? 4 : 2, fabs(v));
}

void
rai_page_short(struct rai_buf *b, double v)
{
	const char *minus = v < 0 ? "\xe2\x88\x92" : "";
	double a = fabs(v);

	if (a >= 1e12 || (a > 0 && a < 1e-4))
		rai_buf_printf(b, "%.3g", v);
	else if (a >= 1e9)
		rai_buf_printf(b, "%s%.4gG", minus, a / 1e9);
	else if (a >= 1e6)
		rai_buf_printf(b, "%s%.4gM", minus, a / 1e6);
	else if (a >= 1e4)
		rai_buf_printf(b, "%s%.4gk", minus, a / 1e3);
	else
		rai_buf_printf(b, "%s%.4g", minus, a);
}

void
rai_page_name(struct rai_buf *b, const char *s)
{
	rai_buf_str(b, "<bdi>");
	rai_html_text(b, s);
	rai_buf_str(b, "</bdi>");
}
