#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tap.h"
#include "ledger/commit.h"
#include "ledger/history.h"
#include "ledger/message.h"
#include "ledger/push.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OID "0123456789abcdef0123456789abcdef01234567"
#define TIME 1795416143000 /* 2026-11-23T06:42:23Z */

static struct rai_release
sample(const char *version, int64_t sequence, double r2)
{
	struct rai_release r;

	memset(&r, 0, sizeof(r));
	r.model = "house-price";
	r.version = version;
	r.sequence = sequence;
	r.time_ms = TIME;
	r.image = "oci:.rai/images/house-price:v@sha256:" HEX;
	snprintf(r.image_digest, sizeof(r.image_digest), "sha256:%s", HEX);
	snprintf(r.artifact_digest, sizeof(r.artifact_digest), "sha256:%063d%lld", 0,
	    (long long)sequence);
	snprintf(r.data_digest, sizeof(r.data_digest), "sha256:%s", HEX);
	snprintf(r.config_digest, sizeof(r.config_digest), "sha256:%s", HEX);
	snprintf(r.code_commit, sizeof(r.code_commit), "%s", OID);
	r.data_source = "data|x.csv";
	r.data_newest = "2017-09-23";
	r.data_rows = 13580;
	r.config_path = "rai.yaml";
	r.code_uri = "git+https://git.example.org/x@refs/heads/main";
	r.kind = "forest";
	r.headline = "r2";
	r.metrics = 1;
	r.metric[0] = (struct rai_release_metric){"r2", r2, NAN, NAN};
	r.cause = "01CAUSE";
	r.correlation = "01INCIDENT";
	return r;
}

static void
test_statement(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf a = RAI_BUF_INIT(1 << 16), b = RAI_BUF_INIT(1 << 16);
	struct rai_release r = sample("model-v20261123-1", 1, 0.853), back;

	rai_release_write(&a, &r);
	ok(rai_release_read(a.ptr, a.len, &back, &err) == 0, "a statement is read back");
	is_str(back.version, "model-v20261123-1", "its version");
	is_str(back.data_newest, "2017-09-23", "its data's end");
	ok(back.metric[0].value == 0.853 && isnan(back.metric[0].low), "its metric");
	is_int(back.time_ms, TIME, "its time");
	rai_release_write(&b, &back);
	is_str(b.ptr, a.ptr, "and written to the same bytes");
	rai_release_free(&back);
	a.ptr[a.len / 2] = '\0';
	ok(rai_release_read(a.ptr, strlen(a.ptr), &back, &err) == -1, "half of it is refused");
	rai_release_free(&back);
	rai_buf_free(&a);
	rai_buf_free(&b);
}

static int
taken(const char *version, void *payload, struct rai_err *err)
{
	const char *list = payload;

	(void)err;
	return strstr(list, version) != NULL;
}

static void
test_versions(void)
{
	struct rai_err err = RAI_ERR_INIT;
	char v[100];

	ok(rai_version_next("model-v{date}-{n}", TIME, taken, (char[]){""}, v, sizeof(v), &err) ==
		0,
	    "a first version");
	is_str(v, "model-v20261123-1", "of the day");
	rai_version_next("v1.{n}", TIME, taken, (char[]){"v1.1 v1.2"}, v, sizeof(v), &err);
	is_str(v, "v1.3", "the next free number");
	ok(rai_version_next("v1", TIME, taken, (char[]){"v1"}, v, sizeof(v), &err) == -1 &&
		strstr(err.msg, "{n}") != NULL,
	    "without {n} a second one is refused");
	ok(rai_version_next("a b{n}", TIME, taken, (char[]){""}, v, sizeof(v), &err) == -1,
	    "a template with a blank is refused");
	ok(!rai_version_valid("../x") && !rai_version_valid("a/b") &&
		!rai_version_valid("latest") && !rai_version_valid("x.lock") &&
		!rai_version_valid("") && rai_version_valid("v1.2"),
	    "what is a version and what is not");
}

static void
test_message(void)
{
	struct rai_buf m = RAI_BUF_INIT(1 << 16);
	struct rai_release before = sample("v1", 1, 0.832), r = sample("v2", 2, 0.853);
	char value[200];

	r.kind = "forest\n\nVersion: forged";
	r.cause = "evil\nModel: forged";
	rai_message_release(&m, &r, &before);
	ok(strncmp(m.ptr, "release(house-price): v2 r2 0.853 (+0.021) [skip ci]\n\n", 54) == 0,
	    "the subject");
	is_int(rai_trailer_get(m.ptr, "Version", value, sizeof(value)), 0, "a trailer");
	is_str(value, "v2", "is the release's, whatever the event said");
	rai_trailer_get(m.ptr, "Cause", value, sizeof(value));
	is_str(value, "evil Model: forged", "a line break begins no trailer");
	is_int(rai_trailer_get(m.ptr, "Nothing", value, sizeof(value)), 1, "a missing one is 1");
	is_int(rai_trailer_get("x\n\nVersion: body\n\nA: b\n", "Version", value, sizeof(value)), 1,
	    "only the last paragraph counts");
	rai_buf_free(&m);
}

static void
test_pages(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_history h = {NULL, 0, NULL, 0};
	struct rai_release two = sample("v2", 2, 0.9), one = sample("v1", 1, 0.8);
	struct rai_tombstone t = {.model = "house-price",
	    .version = "v2",
	    .reason = "bad | worse",
	    .to = "v1",
	    .time_ms = TIME};
	const char *images[] = {"oci:x:v1"};
	struct rai_running now = {images, 1};
	struct rai_buf page = RAI_BUF_INIT(1 << 16);

	one.image = "oci:x:v1";
	memcpy(t.digest, two.artifact_digest, sizeof(t.digest));
	ok(rai_history_add(&h, &two, &err) == 0 && rai_history_add(&h, &one, &err) == 0 &&
		rai_history_bury(&h, &t, &err) == 0,
	    "a history");
	is_str(h.release[0].version, "v1", "in order");
	rai_page_registry(&page, &h, &now);
	ok(strstr(page.ptr, "| house-price | v2 | rolled back |") != NULL, "rolled back");
	ok(strstr(page.ptr, "| house-price | v1 | **current** |") != NULL, "current");
	rai_buf_clear(&page);
	rai_page_changelog(&page, &h, "house-price");
	ok(strstr(page.ptr, "to v1: bad \\| worse") != NULL, "the reason, escaped");
	ok(strstr(page.ptr, "## v2") < strstr(page.ptr, "## v1"), "newest first");
	rai_history_free(&h);
	rai_buf_free(&page);
}

static void
test_commit(void)
{
	static const struct rai_change add[] = {{"a/b.txt", "new\n", 4}, {"x", "y", 1}};
	static const struct rai_change del[] = {{"x", NULL, 0}};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf b = RAI_BUF_INIT(100);
	struct rai_repo *r = NULL;
	struct rai_commit c;
	char base[RAI_OID_TEXT], one[RAI_OID_TEXT], two[RAI_OID_TEXT], again[RAI_OID_TEXT];

	ok(system(
	       "git init -q -b main r && cd r && echo k >keep && git add . && git -c user.name=T "
	       "-c user.email=t@x commit -q -m first") == 0 &&
		rai_repo_open("r", &r, &err) == 0,
	    "a repository");
	if (r == NULL)
		return;
	rai_repo_resolve(r, "main", base, &err);
	ok(rai_commit_make(r, base, add, 2, "m", TIME, one, &err) == -1 &&
		strstr(err.msg, "GIT_AUTHOR_NAME") != NULL,
	    "nobody to sign: says what to set");
	setenv("GIT_AUTHOR_NAME", "Ada", 1);
	setenv("GIT_AUTHOR_EMAIL", "a@x", 1);
	setenv("GIT_COMMITTER_NAME", "Rob", 1);
	setenv("GIT_COMMITTER_EMAIL", "r@x", 1);
	ok(rai_commit_make(r, base, add, 2, "m", TIME, one, &err) == 0, "a commit");
	rai_commit_make(r, base, add, 2, "m", TIME, again, &err);
	is_str(again, one, "is a function of its content and the time");
	ok(rai_repo_read(r, one, "a/b.txt", &b, &err) == 0 && strcmp(b.ptr, "new\n") == 0,
	    "holds the new file");
	ok(rai_commit_make(r, one, del, 1, "d", TIME, two, &err) == 0 &&
		rai_repo_read(r, two, "x", &b, &err) == 1,
	    "a file goes");
	ok(rai_commit_read(r, one, &c, &err) == 0, "is read");
	is_str(c.author, "Ada <a@x>", "its author");
	is_str(c.parent, base, "its parent");
	rai_commit_release(&c);
	ok(rai_work_tree_check(r, add, 2, &err) == 0, "the work tree is clean");
	ok(rai_repo_cas(r, "refs/heads/main", base, two, &err) == 0 &&
		rai_work_tree_update(r, base, two, &err) == 0 && access("r/a/b.txt", F_OK) == 0,
	    "it follows");
	is_int(system("test -z \"$(git -C r status --porcelain)\""), 0, "git agrees");
	is_int(rai_repo_cas(r, "refs/heads/main", base, one, &err), 1, "an old value: 1");
	ok(system("echo z >r/keep") == 0 && rai_work_tree_check(r, NULL, 0, &err) == -1 &&
		strncmp(err.msg, "keep: ", 6) == 0,
	    "a changed file is named");
	rai_buf_free(&b);
	rai_repo_free(r);
}

int
main(void)
{
	char folder[] = "/tmp/rai-ledger-test.XXXXXX";
	struct rai_err err = RAI_ERR_INIT;

	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	if (mkdtemp(folder) == NULL || setenv("HOME", folder, 1) != 0 || chdir(folder) != 0 ||
	    rai_ledger_init(&err) != 0)
		return 1;
	test_statement();
	test_versions();
	test_message();
	test_pages();
	test_commit();
	rai_ledger_done();
	if (chdir("/") == 0)
		rai_file_remove_tree(folder, &err);
	return tap_done();
}
