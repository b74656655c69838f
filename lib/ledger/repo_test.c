#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tap.h"
#include "ledger/push.h"
#include "ledger/repo.h"

/* git itself makes and reads the repositories; work is a clone of the bare origin.git. */
static const char setup[] =
    "set -e; git init -q -b main --bare origin.git; git clone -q origin.git work 2>/dev/null; "
    "cd work; git checkout -q -b main 2>/dev/null || :; "
    "git config user.name Tester; git config user.email t@example.org; "
    "mkdir -p a/b; echo one >a/b/one; echo two >a/two; echo three >a.txt; "
    "git add .; git commit -q -m first; git push -q origin main; "
    "git tag -a -m tagged v1; git branch other; "
    "for i in 1 2 3 4; do git checkout -q -b side$i main; echo $i >n; git add n; "
    "git commit -q -m side$i; done; git checkout -q main";

static int
shell(const char *command)
{
	return system(command);
}

static void
git_says(const char *command, char *out, size_t size)
{
	FILE *f = popen(command, "r");

	out[0] = '\0';
	if (f != NULL) {
		if (fgets(out, (int)size, f) != NULL)
			out[strcspn(out, "\n")] = '\0';
		pclose(f);
	}
}

static int
collect(const char *path, void *payload)
{
	struct rai_buf *b = payload;

	rai_buf_printf(b, "%s ", path);
	return 0;
}

static void
test_reading(struct rai_repo *r)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf b = RAI_BUF_INIT(4096);
	char oid[RAI_OID_TEXT], want[RAI_OID_TEXT], branch[40];

	git_says("git -C work rev-parse main", want, sizeof(want));
	ok(rai_repo_resolve(r, "v1", oid, &err) == 0, "an annotated tag is resolved");
	is_str(oid, want, "to its commit");
	want[9] = '\0';
	ok(rai_repo_resolve(r, want, oid, &err) == 0, "a short id is resolved");
	ok(rai_repo_resolve(r, "nothing", oid, &err) == -1, "an unknown revision is not");
	ok(strstr(err.msg, "\"nothing\"") != NULL, "and is named");
	ok(rai_repo_read(r, "main", "a/b/one", &b, &err) == 0 && strcmp(b.ptr, "one\n") == 0,
	    "a file is read at a revision");
	is_int(rai_repo_read(r, "main", "a/b/none", &b, &err), 1, "a missing file is 1");
	is_int(rai_repo_read(r, "main", "a/b", &b, &err), 1, "a folder is no file");
	rai_buf_clear(&b);
	ok(rai_repo_list(r, "main", "", collect, &b, &err) == 0, "all files are listed");
	is_str(b.ptr, "a.txt a/b/one a/two ", "in bytewise order");
	rai_buf_clear(&b);
	ok(rai_repo_list(r, "main", "a/", collect, &b, &err) == 0, "the files of a folder");
	is_str(b.ptr, "a/b/one a/two ", "with their whole paths");
	ok(rai_repo_branch(r, branch, sizeof(branch), &err) == 0 && strcmp(branch, "main") == 0,
	    "HEAD is on main");
	rai_buf_free(&b);
}

static void
test_history(struct rai_repo *r)
{
	struct rai_err err = RAI_ERR_INIT;
	char a[RAI_OID_TEXT], b[RAI_OID_TEXT];

	rai_repo_resolve(r, "main", a, &err);
	rai_repo_resolve(r, "side1", b, &err);
	is_int(rai_repo_contains(r, b, a, &err), 1, "side1 contains main");
	is_int(rai_repo_contains(r, a, b, &err), 0, "main does not contain side1");
	is_int(rai_repo_contains(r, a, a, &err), 1, "a commit contains itself");
}

static void
test_remote(struct rai_repo *r)
{
	struct rai_err err = RAI_ERR_INIT;
	char oid[RAI_OID_TEXT], want[RAI_OID_TEXT], url[200];

	git_says("git -C work rev-parse main", want, sizeof(want));
	ok(rai_repo_remote_ref(r, "origin", "refs/heads/main", oid, &err) == 0, "remote ref");
	is_str(oid, want, "has the remote's value");
	is_int(rai_repo_remote_ref(r, "origin", "refs/heads/no", oid, &err), 1, "no such ref: 1");
	shell("git -C work push -q origin side1:fetched; git -C work update-ref -d "
	      "refs/remotes/origin/fetched");
	ok(rai_repo_fetch(r, "origin", "fetched", &err) == 0, "a branch is fetched");
	ok(rai_repo_ref(r, "refs/remotes/origin/fetched", oid, &err) == 0, "and tracked");
	is_int(rai_repo_fetch(r, "origin", "absent", &err), 1, "a missing branch is 1");
	ok(rai_repo_fetch(r, "nowhere", "main", &err) == -1 && err.code == RAI_EINPUT,
	    "an unknown remote is the caller's mistake");
	shell("git -C work remote add gone file:///nowhere/at%20all.git; "
	      "git -C work remote add secret https://u:pw@127.0.0.1:1/x.git");
	ok(rai_repo_fetch(r, "gone", "main", &err) == -1 && err.code == RAI_ENET,
	    "a remote that is not there is worth a retry");
	ok(strstr(err.msg, "remote gone (file:///nowhere/at%20all.git)") != NULL, "and is named");
	ok(rai_repo_fetch(r, "secret", "main", &err) == -1 && err.code == RAI_ENET, "refused");
	ok(strstr(err.msg, "https://127.0.0.1:1/x.git") != NULL && strstr(err.msg, "pw") == NULL,
	    "the URL in a message has no password");
	is_int(rai_repo_remote_url(r, "secret", url, sizeof(url)), 0, "a remote's URL");
	is_str(url, "https://127.0.0.1:1/x.git", "without a password");
	ok(rai_repo_fetch(r, "../origin.git", "main", &err) == -1, "a path starts in this folder");
	ok(rai_repo_fetch(r, "./origin.git", "main", &err) == 0, "a remote may be a path");
}

static void
test_push(struct rai_repo *r)
{
	struct rai_err err = RAI_ERR_INIT;
	char base[RAI_OID_TEXT], one[RAI_OID_TEXT], two[RAI_OID_TEXT], tag[RAI_OID_TEXT];
	char seen[RAI_OID_TEXT];

	rai_repo_resolve(r, "main", base, &err);
	rai_repo_resolve(r, "side1", one, &err);
	rai_repo_resolve(r, "side2", two, &err);
	rai_repo_ref(r, "refs/tags/v1", tag, &err);
	is_int(rai_repo_push_cas(r, "origin", "refs/heads/main", base, one, &err), 0, "pushed");
	git_says("git -C origin.git rev-parse main", seen, sizeof(seen));
	is_str(seen, one, "the remote has it");
	is_int(rai_repo_push_cas(r, "origin", "refs/heads/main", base, two, &err), 1,
	    "with the old expectation: somebody was faster");
	is_int(rai_repo_push_cas(r, "origin", "refs/heads/main", NULL, two, &err), 1,
	    "also when none was expected");
	is_int(rai_repo_push_cas(r, "origin", "refs/tags/v1", NULL, tag, &err), 0, "a tag");
	git_says("git -C origin.git cat-file -t v1", seen, sizeof(seen));
	is_str(seen, "tag", "arrives as an annotated tag");
	is_int(shell("git -C origin.git fsck --strict >fsck.log 2>&1"), 0, "the remote is whole");
	ok(rai_repo_push_cas(r, "./work2", "refs/heads/main", NULL, one, &err) == -1 &&
		err.code == RAI_ENET,
	    "no repository there");
	shell("git clone -q origin.git work2");
	ok(rai_repo_push_cas(r, "./work2", "refs/heads/main", one, two, &err) == -1 &&
		strstr(err.msg, "checked out") != NULL,
	    "a branch that is checked out is refused");
	shell("touch origin.git/refs/heads/held.lock");
	is_int(rai_repo_push_cas(r, "origin", "refs/heads/held", NULL, one, &err), 1,
	    "a locked reference counts as somebody faster");
}

struct racer {
	char base[RAI_OID_TEXT], mine[RAI_OID_TEXT];
	int rc;
};

static void *
race(void *payload)
{
	struct racer *me = payload;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_repo *r = NULL;

	me->rc = -1;
	if (rai_repo_open("work", &r, &err) == 0)
		me->rc = rai_repo_push_cas(
		    r, "origin", "refs/heads/race", me->base[0] ? me->base : NULL, me->mine, &err);
	rai_repo_free(r);
	return NULL;
}

static void
test_race(struct rai_repo *r)
{
	struct rai_err err = RAI_ERR_INIT;
	struct racer racer[4];
	pthread_t thread[4];
	char seen[RAI_OID_TEXT], name[16];
	int i, round, won, lost, good = 1;

	for (round = 0; round < 10; round++) {
		shell("git -C origin.git update-ref -d refs/heads/race");
		for (i = 0; i < 4; i++) {
			snprintf(name, sizeof(name), "side%d", i + 1);
			racer[i].base[0] = '\0';
			rai_repo_resolve(r, name, racer[i].mine, &err);
		}
		for (i = 0; i < 4; i++)
			pthread_create(&thread[i], NULL, race, &racer[i]);
		for (won = lost = i = 0; i < 4; i++) {
			pthread_join(thread[i], NULL);
			won += racer[i].rc == 0;
			lost += racer[i].rc == 1;
		}
		git_says("git -C origin.git rev-parse race", seen, sizeof(seen));
		for (i = 0; i < 4; i++)
			if (racer[i].rc == 0 && strcmp(seen, racer[i].mine) != 0)
				good = 0;
		if (won != 1 || lost != 3)
			good = 0;
	}
	ok(good, "of four pushes at once exactly one wins, ten times");
}

int
main(void)
{
	char folder[] = "/tmp/rai-repo-test.XXXXXX";
	struct rai_err err = RAI_ERR_INIT;
	struct rai_repo *r = NULL;

	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	if (mkdtemp(folder) == NULL || setenv("HOME", folder, 1) != 0 || chdir(folder) != 0)
		return 1;
	ok(rai_ledger_init(&err) == 0, "libgit2 is there");
	ok(shell(setup) == 0, "git makes the repositories");
	ok(rai_repo_open("nothing-here", &r, &err) == -1 && err.code == RAI_EINPUT,
	    "a folder that is not there is no repository");
	ok(rai_repo_open("work/a/b", &r, &err) == 0, "opened from a folder inside");
	if (r != NULL) {
		test_reading(r);
		test_history(r);
		test_remote(r);
		test_push(r);
		test_race(r);
	}
	rai_repo_free(r);
	rai_ledger_done();
	if (chdir("/") == 0)
		rai_file_remove_tree(folder, &err);
	return tap_done();
}
