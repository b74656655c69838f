#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tap.h"
#include "ledger/claim.h"

enum { PROCESSES = 20 };

static const int64_t T0 = 1790000000000;

/* A claim made in one clone is taken over from another. */
static void
test_other_clone(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_repo *r = NULL;
	struct rai_claim *c = NULL;
	size_t n = 0;

	ok(rai_repo_open("second", &r, &err) == 0, "another clone");
	ok(rai_claims_list(r, "origin", "m.b", &c, &n, &err) == 0 && n == 1, "sees the claim");
	if (n == 1) {
		is_int(rai_claim_update(r, "origin", "m.b", c[0].oid, "{\"s\":4}", T0, &err), 0,
		    "and adds a state");
		is_str(err.msg, "", "without complaint");
	}
	rai_claims_free(c, n);
	rai_repo_free(r);
}

static int
count_winners(const char *remote, const char *key)
{
	int i, state, winners = 0;

	for (i = 0; i < PROCESSES; i++) {
		fflush(stdout);
		if (fork() == 0) {
			struct rai_err err = RAI_ERR_INIT;
			struct rai_repo *r = NULL;
			char oid[RAI_OID_TEXT], text[32];
			int rc = rai_repo_open("work", &r, &err);

			snprintf(text, sizeof(text), "{\"i\":%d}", i);
			if (rc == 0)
				rc = rai_claim_take(r, remote, key, text, T0, oid, &err);
			rai_repo_free(r);
			_exit(rc == 0 ? 0 : rc == 1 ? 1 : 9);
		}
	}
	while (wait(&state) > 0)
		if (!WIFEXITED(state) || WEXITSTATUS(state) > 1)
			winners += 1000;
		else
			winners += WEXITSTATUS(state) == 0;
	return winners;
}

static void
test_states(struct rai_repo *r, const char *remote)
{
	struct rai_err err = RAI_ERR_INIT;
	char oid[RAI_OID_TEXT], stale[RAI_OID_TEXT], first[RAI_OID_TEXT];
	struct rai_claim *c = NULL;
	size_t n = 0;

	is_int(rai_claim_take(r, remote, "m.b", "{\"s\":1}", T0 + 5000, oid, &err), 0, "taken");
	memcpy(stale, oid, sizeof(stale));
	memcpy(first, oid, sizeof(first));
	is_int(rai_claim_take(r, remote, "m.b", "{\"s\":9}", T0, first, &err), 1, "not twice");
	is_int(rai_claim_update(r, remote, "m.b", oid, "{\"s\":2}", T0 + 9000, &err), 0, "updated");
	is_int(rai_claim_update(r, remote, "m.b", stale, "{\"s\":3}", T0 + 9000, &err), 1,
	    "not from an old state");
	is_int(rai_claim_take(r, remote, "m.a", "{}", T0, first, &err), 0, "another cause");
	is_int(rai_claim_take(r, remote, "mm.a", "{}", T0, first, &err), 0, "another model");
	ok(rai_claims_list(r, remote, "m.", &c, &n, &err) == 0 && n == 2, "two of the prefix");
	if (n == 2) {
		is_str(c[0].key, "m.a", "oldest first");
		is_str(c[1].text, "{\"s\":2}", "the newest text");
		is_str(c[1].oid, oid, "and its commit");
		is_int(c[1].time_ms, T0 + 5000, "the first time");
	}
	rai_claims_free(c, n);
	is_int(rai_claim_take(r, remote, "../x", "{}", T0, first, &err), -1, "a wrong key");
}

int
main(void)
{
	struct rai_err err = RAI_ERR_INIT;
	char dir[] = "/tmp/rai-claim.XXXXXX";
	struct rai_repo *r = NULL;
	struct rai_claim *c = NULL;
	size_t n = 0;

	if (rai_ledger_init(&err) != 0)
		return 2;
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		return 2;
	if (system("git init -q --bare origin.git; git init -q work; "
		   "git -C work remote add origin ../origin.git; git init -q second; "
		   "git -C second remote add origin ../origin.git; "
		   "git -C work remote add gone ../gone.git; "
		   "git -C work remote add url \"file://$PWD/origin.git\"") != 0)
		return 2;
	ok(rai_repo_open("work", &r, &err) == 0, "opened");
	is_int(count_winners("origin", "m.race"), 1, "of 20 at once one wins on the remote");
	is_int(count_winners("url", "m.race"), 0, "and the claim is the same by URL");
	is_int(count_winners(NULL, "m.race"), 1, "of 20 at once one wins in the repository");
	if (system("git -C origin.git update-ref -d refs/rai/claims/m.race; "
		   "git -C work update-ref -d refs/rai/claims/m.race") != 0)
		return 2;
	test_states(r, "origin");
	test_other_clone();
	test_states(r, NULL);
	is_int(rai_claims_list(r, "gone", "m.", &c, &n, &err), -1, "an unreachable remote");
	is_int(err.code, RAI_ENET, "may come back");
	ok(system("git -C origin.git fsck --strict >fsck.log 2>&1") == 0, "git finds no fault");
	rai_repo_free(r);
	rai_ledger_done();
	ok(chdir("/") == 0 && rai_file_remove_tree(dir, &err) == 0, "cleaned up");
	return tap_done();
}
