/* The workflows that a user copies: readable YAML, the triggers they promise, shell that parses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/tap.h"
#include "conf/yaml.h"

static const char *
text_of(const struct rai_yaml *y)
{
	return y != NULL && y->kind == RAI_YAML_SCALAR ? y->text : "";
}

static int
has_word(const struct rai_yaml *list, const char *word)
{
	size_t i;

	for (i = 0; list != NULL && i < list->n; i++)
		if (strcmp(text_of(list->item[i]), word) == 0)
			return 1;
	return 0;
}

/* sh -n, or bash -n where the step says so. */
static int
shell_parses(const char *script, const char *shell)
{
	char name[] = "/tmp/rai-workflow.XXXXXX", command[128];
	struct rai_err err = RAI_ERR_INIT;
	int fd = mkstemp(name), rc;

	if (fd < 0)
		return 0;
	close(fd);
	rc = rai_file_write(name, script, strlen(script), 0600, &err);
	snprintf(
	    command, sizeof(command), "%s -n %s", strcmp(shell, "bash") == 0 ? "bash" : "sh", name);
	if (rc == 0)
		rc = system(command);
	unlink(name);
	return rc == 0;
}

/* Every step: an action of GitHub's own, or a script; nothing from outside is pasted into scripts.
 */
static void
check_steps(const char *file, const struct rai_yaml *steps)
{
	int shells = 0, actions = 1, pasted = 0, scripts = 0;
	const struct rai_yaml *run;
	size_t i;

	for (i = 0; steps != NULL && i < steps->n; i++) {
		run = rai_yaml_get(steps->item[i], "run");
		if (run == NULL) {
			actions &= strcmp(text_of(rai_yaml_get(steps->item[i], "uses")),
				       "actions/checkout@v4") == 0;
			continue;
		}
		scripts++;
		pasted |= strstr(text_of(run), "${{") != NULL;
		shells +=
		    shell_parses(text_of(run), text_of(rai_yaml_get(steps->item[i], "shell")));
	}
	printf("# %s\n", file);
	ok(scripts > 0 && shells == scripts, "every script parses");
	ok(actions, "no action but checkout");
	ok(!pasted, "no expression inside a script");
}

static void
with_file(const char *file, void (*check)(const char *file, const struct rai_yaml *root))
{
	struct rai_buf text = RAI_BUF_INIT(1 << 20);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_yaml_docs docs;
	char command[256];

	if (!ok(rai_file_read(file, &text, &err) == 0 &&
		    rai_yaml_parse(file, text.ptr, text.len, &docs, &err) == 0 && docs.n == 1,
		file)) {
		printf("# %s\n", err.msg);
		rai_buf_free(&text);
		return;
	}
	check(file, docs.doc[0]);
	rai_yaml_free(&docs);
	rai_buf_free(&text);
	snprintf(command, sizeof(command),
	    "! command -v check-jsonschema >/dev/null || "
	    "check-jsonschema --builtin-schema vendor.github-workflows %s >&2",
	    file);
	ok(system(command) == 0, "fits GitHub's schema, where a checker is installed");
}

static void
check_retrain(const char *file, const struct rai_yaml *root)
{
	const struct rai_yaml *types =
	    rai_yaml_at(root, "on", "repository_dispatch", "types", NULL);
	const struct rai_yaml *job = rai_yaml_at(root, "jobs", "retrain", NULL);

	ok(has_word(types, "model-drift") && has_word(types, "monitoring_retrain"), "triggers");
	ok(rai_yaml_at(root, "on", "workflow_dispatch", NULL) != NULL, "by hand");
	ok(strstr(text_of(rai_yaml_get(root, "run-name")), "client_payload.cause_key") != NULL,
	    "the run's name carries the cause key");
	is_str(text_of(rai_yaml_at(root, "concurrency", "group", NULL)), "reconciled-ai-release",
	    "one release at a time");
	is_str(text_of(rai_yaml_at(root, "concurrency", "cancel-in-progress", NULL)), "false",
	    "which is not cancelled");
	check_steps(file, rai_yaml_get(job, "steps"));
}

static void
check_build(const char *file, const struct rai_yaml *root)
{
	ok(has_word(rai_yaml_at(root, "on", "push", "branches", NULL), "main") &&
		has_word(rai_yaml_at(root, "on", "push", "paths", NULL), "app/**"),
	    "a push to main that touches app");
	ok(rai_yaml_at(root, "on", "workflow_dispatch", NULL) != NULL, "by hand");
	ok(strstr(text_of(rai_yaml_at(root, "jobs", "build-deploy", "if", NULL)), "[skip ci]") !=
		NULL,
	    "not on our own commits");
	check_steps(file, rai_yaml_at(root, "jobs", "build-deploy", "steps", NULL));
}

static void
check_ci(const char *file, const struct rai_yaml *root)
{
	is_str(text_of(rai_yaml_at(root, "jobs", "check", "container", NULL)), "debian:12",
	    "on Debian 12");
	check_steps(file, rai_yaml_at(root, "jobs", "check", "steps", NULL));
}

int
main(void)
{
	with_file("workflows/github/retrain.yml", check_retrain);
	with_file("workflows/github/build-deploy.yml", check_build);
	with_file(".github/workflows/ci.yml", check_ci);
	return tap_done();
}
