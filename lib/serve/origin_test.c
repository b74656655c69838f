#include "serve/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tap.h"

static void
tell(FILE *f, const char *kind, const char *digest, int minute, const char *commit)
{
	fprintf(f,
	    "{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"/rai/"
	    "x\",\"type\":\"ai.reconciled.%s."
	    "v1\",\"time\":\"1970-01-01T00:%02d:00Z\",\"data\":{\"artifact_digest\":\"%s\","
	    "\"commit\":\"%s\"}}\n",
	    kind, minute, digest, commit);
}

/* Lines of about so many bytes that are about something else, the first ones very long. */
static void
fill(FILE *f, size_t bytes)
{
	size_t i;

	for (i = 0; i < 2; i++)
		fprintf(f, "{\"model.trained\":\"%0*d\"}\n", 300 << 10, 0);
	for (i = 0; i < bytes / 1001; i++)
		fprintf(f, "%01000d\n", 0);
}

/* What is found of the first digest; the second is "sha256:b". */
static struct rai_serve_origin
find(struct rai_serve_origins *o, const char *digest)
{
	struct rai_serve_origin wanted[2] = {{.trained = 0}, {.digest = "sha256:b"}};

	snprintf(wanted[0].digest, sizeof(wanted[0].digest), "%s", digest);
	rai_serve_origins_find(o, wanted);
	return wanted[0];
}

static void
test_growing(const char *path, struct rai_serve_origins *o)
{
	struct rai_serve_origin a;
	FILE *f = fopen(path, "w");

	tell(f, "model.trained", "sha256:a", 1, "no");
	tell(f, "model.released", "sha256:b", 2, "b0");
	fill(f, 1 << 20);
	fflush(f);
	a = find(o, "sha256:a");
	ok(a.trained && a.trained_ms == 60000, "what is followed by much else is found");
	ok(!a.released && a.commit[0] == '\0', "what is not there is not");
	fputs("{\"specversion\":\"1.0\",", f); /* half of a line */
	fflush(f);
	ok(find(o, "sha256:a").trained, "it stays known");
	fputs("\n", f);
	tell(f, "model.released", "sha256:a", 3, "c1");
	fill(f, 1 << 20);
	fflush(f);
	is_str(find(o, "sha256:a").commit, "c1", "what comes later is found, too");
	tell(f, "model.released", "sha256:a", 5, "c3");
	tell(f, "model.released", "sha256:a", 4, "c2");
	tell(f, "drift.detected", "sha256:a", 6, "c4");
	fflush(f);
	is_str(find(o, "sha256:a").commit, "c3", "the newest counts");
	is_str(find(o, "sha256:b").commit, "b0", "another is found in what was read before");
	ok(!find(o, "sha256:c").released, "one without events is not");
	fclose(f);
}

static void
test_replaced(const char *path, struct rai_serve_origins *o)
{
	FILE *f;

	find(o, "sha256:a");
	f = fopen(path, "w");
	fclose(f);
	ok(find(o, "sha256:a").released, "an emptied file takes nothing back");
	f = fopen(path, "w");
	tell(f, "model.trained", "sha256:a", 9, "");
	fclose(f);
	ok(find(o, "sha256:a").trained_ms == 540000, "and is read from its beginning");
	unlink(path);
	ok(find(o, "sha256:a").released, "a file that is gone takes nothing back either");
	f = fopen(path, "w");
	tell(f, "model.trained", "sha256:c", 1, "");
	fill(f, RAI_ORIGIN_BYTES);
	tell(f, "model.trained", "sha256:d", 2, "");
	fclose(f);
	ok(!find(o, "sha256:c").trained, "further back than the bound nothing is looked for");
	ok(find(o, "sha256:d").trained, "nearer it is");
}

int
main(void)
{
	struct rai_serve_origins *o = NULL;
	struct rai_err err = RAI_ERR_INIT;
	char path[256];
	const char *files[2] = {"/nonexistent/events", path};
	int fd;

	rai_file_scratch("rai-origin", path, sizeof(path));
	fd = mkstemp(path);
	if (fd < 0)
		return 1;
	close(fd);
	ok(rai_serve_origins_new(files, 2, 2, &o, &err) == 0, "two digests in two files");
	test_growing(path, o);
	test_replaced(path, o);
	rai_serve_origins_free(o);
	unlink(path);
	return tap_done();
}
