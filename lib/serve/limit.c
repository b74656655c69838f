#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

#include "serve/conn.h"

/* What may come in: how many connections, and under which name. */

/* ASIDE: connections of a socket for probes or orders; SPARE: for files that are opened later;
 * OWN: descriptors of a worker; FEW: as many there are at least. */
enum { ASIDE = 16, SPARE = 12, OWN = 3, FEW = 2 };

/* How many descriptors are still free. */
static unsigned
free_files(int any)
{
	struct rlimit r;
	int lowest = fcntl(any, F_DUPFD_CLOEXEC, 0);

	if (lowest >= 0)
		close(lowest);
	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur > 1 << 30)
		return 1 << 30;
	return lowest >= 0 && (rlim_t)lowest < r.rlim_cur ? (unsigned)r.rlim_cur - (unsigned)lowest
							  : 0;
}

/* Those that are told that they are too many. */
static unsigned
surplus(unsigned served)
{
	return served / 8 + 16;
}

void
rai_serve_limit_connections(struct rai_serve_http *s)
{
	unsigned files = free_files(s->listen.socket[0].fd), used = SPARE, can;
	size_t i;

	for (i = 0; i < s->nworker; i++)
		used += OWN + (s->worker[i].counted ? 0 : ASIDE);
	can = files > used ? files - used : 0;
	/* of those that can be open, a ninth and 16 more are the surplus */
	if (s->config.max_connections + surplus(s->config.max_connections) > can)
		s->config.max_connections = can > 16 + FEW ? (can - 16) / 9 * 8 : FEW;
	if (s->config.max_connections < FEW)
		s->config.max_connections = FEW;
}

unsigned
rai_serve_limit_of(const struct rai_serve_worker *w)
{
	const struct rai_serve_http *s = w->server;
	unsigned all = s->config.max_connections + surplus(s->config.max_connections);

	if (!w->counted)
		return ASIDE;
	return all / s->ncounted > 0 ? all / (unsigned)s->ncounted : 1;
}

/* "name:port" or "[address]:port", of any case; a name without a dot is no name of the internet. */
int
rai_serve_is_foreign(const char *host)
{
	static const char local[] = ".localhost", loopback[] = "127.0.0.1";
	const size_t nlocal = sizeof(local) - 1;
	char name[256];
	struct in_addr a;
	size_t n;

	if (host == NULL || host[0] == '[')
		return 0;
	n = strcspn(host, ":");
	if (n == sizeof(loopback) - 1 && memcmp(host, loopback, n) == 0)
		return 0;
	if (n >= sizeof(name))
		return 1;
	memcpy(name, host, n);
	name[n] = '\0';
	if (strchr(name, '.') == NULL || inet_pton(AF_INET, name, &a) == 1)
		return 0;
	return n <= nlocal || strcasecmp(name + n - nlocal, local) != 0;
}
