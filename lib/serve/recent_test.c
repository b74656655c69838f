#include "serve/recent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tap.h"

static void
write_event(FILE *f, int i)
{
	fprintf(f,
	    "{\"specversion\":\"1.0\",\"id\":\"%d\",\"source\":\"/rai/rai-train\",\"type\":"
	    "\"ai.reconciled.model.trained.v1\",\"subject\":\"m%d\",\"time\":\"2026-11-28T%02d:%"
	    "02d:"
	    "00Z\",\"data\":{\"reason\":\"none\"}}\n",
	    i, i, i / 60 % 24, i % 60);
}

int
main(void)
{
	static struct rai_serve_recent r;
	char path[256];
	const char *files[2] = {path, "/nonexistent/events"};
	int fd, i;
	FILE *f;

	rai_file_scratch("rai-recent", path, sizeof(path));
	fd = mkstemp(path);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (f == NULL)
		return 1;
	fputs("no event\n{\"a\":1}\n{\"half\":\n", f);
	for (i = 0; i < 1400; i++)
		write_event(f, i);
	fputs("{\"specversion\":\"1.0\",\"id\":\"x", f);
	fclose(f);
	rai_serve_recent_read(files, 2, &r);
	ok(r.n == RAI_RECENT_EVENTS && r.missing == 1, "as many as are kept; a file is missing");
	is_str(r.event[0].subject, "m1399", "the newest is first");
	is_str(r.event[RAI_RECENT_EVENTS - 1].subject, "m1380", "the oldest is last");
	is_str(r.event[0].what, "model trained", "the kind is in words");
	is_str(r.event[0].text, "reason none", "what it says, too");
	unlink(path);
	return tap_done();
}
