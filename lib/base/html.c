#include "base/html.h"

void
rai_html_text(struct rai_buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\'')
			rai_buf_printf(b, "&#%d;", c);
		else if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
			rai_buf_str(b, "\xef\xbf\xbd");
		else
			rai_buf_char(b, *s);
	}
}
