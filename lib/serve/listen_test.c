#include "serve/listen.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/tap.h"

static void
test_listen__loopback(void)
{
	struct rai_err err = RAI_ERR_INIT;

	is_int(rai_listen_is_loopback("127.0.0.1:5000", &err), 0, "127.0.0.1");
	is_int(rai_listen_is_loopback("127.9.9.9:0", &err), 0, "all of 127/8");
	is_int(rai_listen_is_loopback("[::1]:80", &err), 0, "::1");
	is_int(rai_listen_is_loopback("[::ffff:127.0.0.1]:80", &err), 0, "127/8 by IPv6");
	is_int(rai_listen_is_loopback("[::ffff:192.0.2.1]:80", &err), 1, "others are not");
	is_int(rai_listen_is_loopback("0.0.0.0:5000", &err), 1, "any address is not");
	is_int(rai_listen_is_loopback("[::]:5000", &err), 1, "nor in IPv6");
	is_int(rai_listen_is_loopback("5000", &err), -1, "a port alone");
	is_str(err.msg, "--listen: \"5000\" is not HOST:PORT, such as 127.0.0.1:5000",
	    "is told what would be right");
	is_int(rai_listen_is_loopback(":5000", &err), -1, "no host");
	is_int(rai_listen_is_loopback("127.0.0.1:65536", &err), -1, "a port too large");
	is_int(rai_listen_is_loopback("127.0.0.1:http", &err), -1, "a port by name");
}

static void
test_listen__open(void)
{
	struct rai_listen first, second;
	struct rai_err err = RAI_ERR_INIT;

	ok(rai_listen_open("127.0.0.1:0", &first, &err) == 0 && first.n == 1, "a port is found");
	ok(strncmp(first.socket[0].where, "127.0.0.1:", 10) == 0 &&
		strcmp(first.socket[0].where, "127.0.0.1:0") != 0,
	    "and named");
	ok(rai_listen_is_local(&first.socket[0]), "as one of this machine alone");
	is_int(rai_listen_open(first.socket[0].where, &second, &err), -1,
	    "a second time it is in use");
	ok(strstr(err.msg, "in use") != NULL && strstr(err.msg, first.socket[0].where) != NULL,
	    "which is said");
	rai_listen_close(&first);
	is_int(rai_listen_open("192.0.2.1:0", &second, &err), -1, "an address of another machine");
	ok(strncmp(err.msg, "192.0.2.1:0: ", 13) == 0, "is named");
}

static void
test_listen__inherit(void)
{
	struct rai_listen l;
	struct rai_err err = RAI_ERR_INIT;
	char pid[16];

	unsetenv("LISTEN_FDS");
	is_int(rai_listen_inherit(&l, &err), 1, "without the variables there is none");
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_PID", "1", 1);
	is_int(rai_listen_inherit(&l, &err), 1, "another process's are left alone");
	ok(getenv("LISTEN_FDS") != NULL, "with the variables");
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1O", 1);
	is_int(rai_listen_inherit(&l, &err), -1, "a number that is none");
	setenv("LISTEN_FDS", "9", 1);
	is_int(rai_listen_inherit(&l, &err), -1, "too many");
}

int
main(void)
{
	test_listen__loopback();
	test_listen__open();
	test_listen__inherit();
	return tap_done();
}
