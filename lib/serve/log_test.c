#include "serve/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tap.h"

static int warnings;
static char warning[RAI_ERR_MAX];

static void
hear(void *payload, const char *message)
{
	(void)payload;
	warnings++;
	snprintf(warning, sizeof(warning), "%s", message);
}

static struct rai_serve_log *
open_with(const struct rai_serve_log_config *config)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_log *l = NULL;

	if (!ok(rai_serve_log_open(config, &l, &err) == 0, "a log is opened"))
		printf("# %s\n", err.msg);
	return l;
}

static struct rai_serve_log *
open_log(const char *path, size_t max)
{
	struct rai_serve_log_config config = {.path = path, .max_bytes = max, .warn = hear};

	return open_with(&config);
}

static void
is_content(const char *path, const char *want, const char *name)
{
	struct rai_buf b = RAI_BUF_INIT(1 << 20);

	rai_file_read(path, &b, NULL);
	is_str(b.ptr, want, name);
	rai_buf_free(&b);
}

static void
test_log__lines_in_order(const char *path)
{
	struct rai_serve_log *l;

	rai_file_write(path, "{\"cut", 5, 0600, NULL);
	l = open_log(path, 1 << 20);
	rai_serve_log_add(l, "one\n", 4, 1);
	rai_serve_log_add(l, "two\n", 4, 1);
	rai_serve_log_free(l);
	is_content(path, "{\"cut\none\ntwo\n", "a line that was cut off is ended first");
	l = open_log(path, 1 << 20);
	rai_serve_log_add(l, "three\n", 6, 1);
	rai_serve_log_free(l);
	is_content(path, "{\"cut\none\ntwo\nthree\n", "lines are appended");
}

static void
test_log__reopened(const char *path, const char *moved)
{
	struct rai_serve_log *l;
	int i;

	unlink(path);
	l = open_log(path, 1 << 20);
	rai_serve_log_add(l, "old\n", 4, 1);
	rename(path, moved);
	rai_serve_log_reopen(l);
	for (i = 0; i < 500 && access(path, F_OK) != 0; i++)
		usleep(10000);
	rai_serve_log_add(l, "new\n", 4, 1);
	rai_serve_log_free(l);
	is_content(moved, "old\n", "what was waiting goes to the old file");
	is_content(path, "new\n", "what comes later to the new one");
}

static void
test_log__bounded(const char *path)
{
	char big[65];
	struct rai_serve_log *l = open_log(path, 64);

	memset(big, 'x', 64);
	big[64] = '\n';
	rai_serve_log_add(l, big, 65, 3);
	is_int(rai_serve_log_dropped(l), 3, "lines that do not fit are dropped and counted");
	rai_serve_log_add(l, "fits\n", 5, 1);
	is_int(rai_serve_log_dropped(l), 3, "those that fit are not");
	rai_serve_log_free(l);
}

/* In place of the system's, for disks that take what is written and then lose it. */
static int broken;

int
fdatasync(int fd)
{
	errno = EIO;
	return broken ? -1 : fsync(fd);
}

/* Adds a line and waits until it has been tried to bring it to the disk. */
static void
add_synced(struct rai_serve_log *l, uint64_t errors)
{
	uint64_t written = rai_serve_log_written(l) + 1;
	int i;

	rai_serve_log_add(l, "line\n", 5, 1);
	for (i = 0;
	     i < 500 && (rai_serve_log_written(l) < written || rai_serve_log_errors(l) < errors);
	     i++)
		usleep(10000);
}

static void
test_log__broken_disk(const char *path)
{
	const struct rai_serve_log_config config = {.path = path,
	    .name = "events",
	    .max_bytes = 1 << 20,
	    .sync = RAI_LOG_SYNC_BATCH,
	    .warn = hear};
	struct rai_serve_log *l = open_with(&config);

	warnings = 0;
	broken = 1;
	add_synced(l, 1);
	add_synced(l, 2);
	add_synced(l, 3);
	is_int(rai_serve_log_errors(l), 3, "every failed sync is counted");
	is_int(warnings, 1, "one warning says so, though the writes went well");
	ok(strncmp(warning, "events /", 8) == 0, "of what, too");
	rai_serve_log_free(l);
	broken = 0;
}

static void
test_log__full_disk(void)
{
	struct rai_serve_log *l;
	int i;

	if (access("/dev/full", W_OK) != 0) {
		ok(1, "# SKIP there is no /dev/full");
		return;
	}
	warnings = 0;
	l = open_log("/dev/full", 1 << 20);
	rai_serve_log_add(l, "a\nb\n", 4, 2);
	for (i = 0; i < 500 && rai_serve_log_errors(l) == 0; i++)
		usleep(10000);
	rai_serve_log_add(l, "c\n", 2, 1);
	for (i = 0; i < 500 && rai_serve_log_errors(l) == 1; i++)
		usleep(10000);
	is_int(rai_serve_log_errors(l), 2, "every failed write is counted");
	is_int(rai_serve_log_dropped(l), 3, "and every line");
	rai_serve_log_free(l);
	is_int(warnings, 1, "one warning only");
	ok(strstr(warning, "/dev/full") != NULL, "which names the file");
}

/* One line at a time, so that every one meets the file as the one before has left it. */
static void
add_written(struct rai_serve_log *l, const char *line)
{
	uint64_t want = rai_serve_log_written(l) + 1;
	int i;

	rai_serve_log_add(l, line, strlen(line), 1);
	for (i = 0; i < 500 && rai_serve_log_written(l) < want; i++)
		usleep(10000);
}

static void
test_log__rotated_by_size(const char *path)
{
	struct rai_serve_log_config config = {.path = path,
	    .max_bytes = 1 << 20,
	    .max_size = 10,
	    .keep = 2,
	    .sync = RAI_LOG_SYNC_BATCH,
	    .warn = hear};
	struct rai_serve_log *l;
	char old[80];

	unlink(path);
	l = open_with(&config);
	add_written(l, "a234\n");
	add_written(l, "b234\n");
	is_content(path, "a234\nb234\n", "a file that is just full");
	add_written(l, "a line that is longer than a whole file\n");
	is_content(path, "a line that is longer than a whole file\n", "a long line is whole");
	snprintf(old, sizeof(old), "%s.1", path);
	is_content(old, "a234\nb234\n", "what was there is .1");
	rai_serve_log_add(l, "c234\nd234\ne234\n", 15, 3);
	rai_serve_log_free(l);
	is_content(path, "e234\n", "a batch is cut at the end of a line");
	is_content(old, "c234\nd234\n", "its first part");
	snprintf(old, sizeof(old), "%s.2", path);
	is_content(old, "a line that is longer than a whole file\n", ".1 became .2");
	snprintf(old, sizeof(old), "%s.3", path);
	ok(access(old, F_OK) != 0, "no more than two are kept");
	config.keep = 0;
	l = open_with(&config);
	add_written(l, "f23456\n");
	is_content(path, "f23456\n", "none is kept where none is wanted");
	rai_serve_log_free(l);
}

static void
test_log__cannot_be_rotated(const char *path)
{
	struct rai_serve_log_config config = {
	    .path = path, .max_bytes = 1 << 20, .max_size = 10, .keep = 1, .warn = hear};
	struct rai_serve_log *l;
	char old[80];

	snprintf(old, sizeof(old), "%s.1", path);
	unlink(old);
	unlink(path);
	mkdir(old, 0700);
	warnings = 0;
	l = open_with(&config);
	add_written(l, "a234567\n");
	add_written(l, "b234567\n");
	add_written(l, "c234567\n");
	is_content(path, "a234567\nb234567\nc234567\n", "no line is lost");
	is_int(rai_serve_log_dropped(l), 0, "none is counted as lost");
	is_int(warnings, 1, "one warning");
	ok(strstr(warning, "goes on growing") != NULL && strstr(warning, path) != NULL,
	    "which says so");
	rai_serve_log_free(l);
	rmdir(old);
}

static void
test_log__synced_each_second(const char *path)
{
	struct rai_serve_log_config config = {
	    .path = path, .max_bytes = 1 << 20, .sync = RAI_LOG_SYNC_SECOND, .warn = hear};
	struct rai_serve_log *l;

	warnings = 0;
	unlink(path);
	l = open_with(&config);
	add_written(l, "a\n");
	usleep(1200000); /* past the second */
	add_written(l, "b\n");
	rai_serve_log_free(l);
	is_content(path, "a\nb\n", "lines before and after the disk has been waited for");
	config.path = "-";
	l = open_with(&config);
	add_written(l, "# what cannot be synced needs no sync\n");
	rai_serve_log_free(l);
	is_int(warnings, 0, "and no warning");
}

static void
test_log__no_folder(void)
{
	struct rai_serve_log_config config = {.path = "/nonexistent/x", .max_bytes = 64};
	struct rai_serve_log *l = NULL;
	struct rai_err err = RAI_ERR_INIT;

	ok(rai_serve_log_open(&config, &l, &err) == -1 && l == NULL,
	    "a missing folder is an error");
	ok(strstr(err.msg, "/nonexistent/x") != NULL, "that names the path");
}

int
main(void)
{
	char dir[] = "/tmp/rai-log-test.XXXXXX", path[64], moved[64];

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(moved, sizeof(moved), "%s/log.1", dir);
	test_log__lines_in_order(path);
	test_log__reopened(path, moved);
	test_log__bounded(path);
	test_log__full_disk();
	test_log__broken_disk(path);
	test_log__rotated_by_size(path);
	test_log__cannot_be_rotated(path);
	test_log__synced_each_second(path);
	test_log__no_folder();
	rai_file_remove_tree(dir, NULL);
	return tap_done();
}
