#include "serve/farewell.h"

#include <microhttpd.h>
#include <stdio.h>
#include <sys/socket.h>

#include "serve/tls.h"

int
rai_serve_farewell(int fd, void *tls, int status)
{
	char text[128];
	int n = snprintf(text, sizeof(text),
	    "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status,
	    MHD_get_reason_phrase_for((unsigned)status));

	if (tls != NULL)
		return rai_serve_tls_say(tls, text, (size_t)n);
	return send(fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) == n ? 0 : -1;
}
