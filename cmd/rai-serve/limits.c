#include "limits.h"

enum { LEAST_HEAD = 4 << 10, MOST_HEAD = 1 << 20, MAX_CONNECTIONS = 1000000, MAX_MS = 86400000 };

void
limits_check(const struct limits *l, const struct rai_cli *cli)
{
	if (l->max_head < LEAST_HEAD || l->max_head > MOST_HEAD)
		rai_cli_usage(cli, "--max-head is 4K to 1M");
	if (l->max_body < 1 || l->max_memory / 2 < l->max_body)
		rai_cli_usage(
		    cli, "--max-body is 1 or more, and --max-memory at least twice as much");
	if (l->max_connections < 2 || l->max_connections > MAX_CONNECTIONS)
		rai_cli_usage(cli, "--max-connections is 2 to 1000000");
	if (l->request_ms < 1 || l->request_ms > MAX_MS || l->idle_ms < 1000 ||
	    l->idle_ms > MAX_MS || l->wait_ms > MAX_MS)
		rai_cli_usage(cli,
		    "--request-timeout is 1ms to 24h, --idle-timeout 1s to 24h, --max-wait at most "
		    "24h");
}

void
limits_configure(const struct limits *l, struct rai_serve_http_config *out)
{
	out->max_head = l->max_head;
	out->max_body = l->max_body;
	out->max_memory = l->max_memory;
	out->max_connections = (unsigned)l->max_connections;
	out->request_ms = l->request_ms;
	out->idle_s = (unsigned)((l->idle_ms + 999) / 1000);
	out->wait_ms = l->wait_ms;
}
