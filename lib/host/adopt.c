#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "host/priv.h"
#include "host/store.h"

enum { MAX_RECORD = 1 << 21 };

static int
adopt_record(struct rai_host *h, const char *path, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(MAX_RECORD);
	struct rai_host_replica *r;
	int rc = 0;

	if (rai_file_read(path, &text, err) != 0)
		rc = -1;
	else {
		r = rai_host_replica_load(text.ptr, text.len, NULL);
		if (r != NULL)
			rc = rai_host_add_replica(h, r, err);
		else if (h->lock >= 0)
			unlink(path); /* spoilt: its process, if any, is found below */
	}
	rai_buf_free(&text);
	return rc;
}

static int
adopt_records(struct rai_host *h, struct rai_err *err)
{
	char *folder = rai_file_join(h->state, "replicas");
	DIR *d = folder != NULL ? opendir(folder) : NULL;
	struct dirent *e;
	int rc = 0;

	if (folder == NULL)
		return rai_fail_memory(err);
	if (d == NULL) {
		rc = errno == ENOENT ? 0 : rai_fail_errno(err, "%s", folder);
		free(folder);
		return rc;
	}
	while (rc == 0 && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name);
		char *path;

		if (n < 6 || strcmp(e->d_name + n - 5, ".json") != 0)
			continue;
		path = rai_file_join(folder, e->d_name);
		rc = path == NULL ? rai_fail_memory(err) : adopt_record(h, path, err);
		free(path);
	}
	closedir(d);
	free(folder);
	return rc;
}

struct strays {
	pid_t pid[64];
	size_t n;
};

static void
collect(pid_t pid, void *payload)
{
	struct strays *s = payload;

	if (s->n < sizeof(s->pid) / sizeof(s->pid[0]))
		s->pid[s->n++] = pid;
}

/* A process or a process of its group that we know. */
static int
is_known(const struct rai_host *h, pid_t pid)
{
	pid_t group = getpgid(pid);
	size_t i;

	for (i = 0; i < h->n_replicas; i++)
		if (h->replica[i]->process.pid > 0 &&
		    (h->replica[i]->process.pid == pid || h->replica[i]->process.pid == group))
			return 1;
	return 0;
}

/*
 * A replica that no record names (its record was edited or removed) would keep the port: it is
 * stopped like one that is no longer wanted.
 */
static int
adopt_stray(struct rai_host *h, pid_t pid, struct rai_err *err)
{
	struct rai_host_replica *r;
	char name[64];

	snprintf(name, sizeof(name), "stray-%ld", (long)pid);
	r = rai_host_replica_new("", name, -1);
	if (r == NULL)
		return rai_fail_memory(err);
	r->spec.grace_ms = 5000;
	if (rai_host_process_find_now(pid, &r->process) != 0) {
		rai_host_replica_free(r);
		return 0;
	}
	return rai_host_add_replica(h, r, err);
}

int
rai_host_adopt(struct rai_host *h, struct rai_err *err)
{
	struct strays s = {{0}, 0};
	size_t i;

	if (adopt_records(h, err) != 0 || rai_host_process_scan(h->marker, collect, &s, err) != 0)
		return -1;
	for (i = 0; i < s.n; i++)
		if (!is_known(h, s.pid[i]) && adopt_stray(h, s.pid[i], err) != 0)
			return -1;
	return 0;
}
