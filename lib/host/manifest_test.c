#include "host/manifest.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/tap.h"
#include "host/store.h"
#include "host/template.h"

static const char least[] =
    "apiVersion: apps/v1\n"
    "kind: Deployment\n"
    "metadata: {name: web}\n"
    "spec:\n"
    "  replicas: 3\n"
    "  selector: {matchLabels: {app: web}}\n"
    "  template:\n"
    "    metadata: {labels: {app: web, tier: front}}\n"
    "    spec:\n"
    "      containers:\n"
    "        - name: serve\n"
    "          image: oci:images:v1@sha256:aa\n"
    "          command: [serve, \"$(A)/$(B)\"]\n"
    "          args: [\"$$(A)\", \"$(NONE)\", \"$(RAI_IMAGE_ROOT)/m\"]\n"
    "          env:\n"
    "            - {name: A, value: one}\n"
    "            - {name: B, value: \"$(A)-two\"}\n"
    "            - {name: ME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}\n"
    "            - {name: RAI_IMAGE_ROOT, value: \"\"}\n";

static const char service[] = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
			      "spec: {selector: {app: web}, ports: [{port: 80}]}\n";

/* Reads text with one piece replaced; the message on failure, "" on success. */
static const char *
reading(const char *from, const char *to, struct rai_host_manifest *m)
{
	static char text[4096];
	static struct rai_err err;
	const char *at = from != NULL ? strstr(least, from) : NULL;

	memset(&err, 0, sizeof(err));
	memset(m, 0, sizeof(*m));
	snprintf(text, sizeof(text), "%.*s%s%s%s",
	    (int)(at != NULL ? (size_t)(at - least) : strlen(least)), least, at != NULL ? to : "",
	    at != NULL ? at + strlen(from) : "", service);
	if (rai_host_manifest_add(m, "d.yaml", text, strlen(text), &err) == 0)
		rai_host_manifest_link(m, NULL, 0, &err);
	return err.msg;
}

static void
refuses(const char *from, const char *to, const char *expect)
{
	struct rai_host_manifest m;
	const char *got = reading(from, to, &m);

	if (!ok(strstr(got, expect) != NULL, expect))
		printf("# got \"%s\"\n", got);
	rai_host_manifest_free(&m);
}

static void
test_reading(void)
{
	struct rai_host_manifest m;
	struct rai_host_deployment *d;
	char first[RAI_HASH_HEX];

	is_str(reading(NULL, NULL, &m), "", "a Deployment and its Service are read");
	d = m.deployment;
	is_int(d->replicas, 3, "replicas");
	is_int(d->surge, 1, "25% of 3, rounded up, as Kubernetes has it by default");
	is_int(d->unavailable, 0, "25% of 3, rounded down");
	is_int(d->deadline_ms, 600000, "progressDeadlineSeconds by default");
	ok(d->service == &m.service[0] && d->service->host_port == 80, "the Service selects it");
	memcpy(first, d->hash, sizeof(first));
	rai_host_manifest_free(&m);

	reading("replicas: 3", "replicas: 5", &m);
	is_str(m.deployment->hash, first, "the number of replicas is not in the template's hash");
	rai_host_manifest_free(&m);
	reading("value: one", "value: two", &m);
	ok(strcmp(m.deployment->hash, first) != 0, "a variable is");
	rai_host_manifest_free(&m);
	reading("sha256:aa", "sha256:ab", &m);
	ok(strcmp(m.deployment->hash, first) != 0, "and so is the image's digest");
	rai_host_manifest_free(&m);
	reading("  replicas: 3\n",
	    "  replicas: 10\n  strategy: {rollingUpdate: {maxSurge: 15%, maxUnavailable: 15%}}\n",
	    &m);
	ok(m.deployment->surge == 2 && m.deployment->unavailable == 1, "percentages of 10");
	rai_host_manifest_free(&m);
	reading("kind: Deployment\n", "kind: Deployment\nstatus: {}\n", &m);
	rai_host_manifest_free(&m);
}

static void
test_refusals(void)
{
	refuses("replicas: 3", "replica: 3",
	    "d.yaml:5:3: unknown key \"replica\" in Deployment/web spec (did you mean "
	    "\"replicas\"?)");
	refuses("replicas: 3", "replicas: three", "d.yaml:5:13: Deployment/web spec.replicas");
	refuses("value: one", "value: 1", ".value: must be text (put it in quotes)");
	refuses(
	    "apps/v1", "apps/v1beta1", "d.yaml:1:13: Deployment/web: apiVersion must be apps/v1");
	refuses("{app: web}}\n  template", "{app: other}}\n  template",
	    "spec.selector.matchLabels: must be among");
	refuses("{name: web}", "{name: ../web}", "metadata.name: must be 1 to 63");
	refuses("metadata.name}}", "status.podIP}}", "only fieldRef with fieldPath metadata.name");
	refuses("          command: [serve, \"$(A)/$(B)\"]\n", "", "command is missing");
	refuses("          env:\n", "          envFrom: []\n          env:\n",
	    "unknown key \"envFrom\"");
	refuses("          env:\n",
	    "          readinessProbe: {exec: {command: [x]}}\n          env:\n",
	    "unknown key \"exec\"");
	refuses("          env:\n", "          livenessProbe: {periodSeconds: 1}\n          env:\n",
	    "livenessProbe: only httpGet probes are run here");
	refuses("        - name: serve\n", "        - {name: b, image: i}\n        - name: serve\n",
	    "must be a list of one");
	refuses("  replicas: 3\n",
	    "  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}\n", "are both 0");
	refuses("kind: Deployment", "kind: Deployed", "no Deployment in the manifests");
	refuses(least, least + 19, "no Kubernetes object");
}

static void
test_notes(void)
{
	struct rai_host_manifest m;
	struct rai_err err = RAI_ERR_INIT;
	static const char other[] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";

	reading("    spec:\n", "    spec:\n      nodeSelector: {a: b}\n", &m);
	is_int(m.n_notes, 1, "a field for clusters only is noted");
	is_str(m.note[0].what, "Deployment/web spec.template.spec.nodeSelector", "by its path");
	is_int(m.note[0].line, 10, "and line");
	is_int(rai_host_manifest_add(&m, "c.yaml", other, strlen(other), &err), 0,
	    "another kind is no error");
	ok(m.n_notes == 2 && m.note[1].kind_ignored, "it is noted");
	rai_host_manifest_free(&m);
}

static void
test_spec(void)
{
	const char *const base[] = {"PATH=/bin", "A=below", NULL};
	struct rai_buf json = RAI_BUF_INIT(1 << 16);
	struct rai_host_manifest m;
	struct rai_host_spec s, back;
	struct rai_err err = RAI_ERR_INIT;
	struct cJSON *j;
	struct rai_jw w;

	reading(NULL, NULL, &m);
	m.deployment->image_dir = strdup("/images/aa");
	is_int(rai_host_spec_make(m.deployment, "web-0", base, &s, &err), 0, "a spec is made");
	is_str(s.argv[1], "one/one-two", "$(VAR) in the command");
	is_str(s.argv[2], "$(A)", "$$ is a dollar");
	is_str(s.argv[3], "$(NONE)", "an unknown name stays");
	is_str(s.argv[4], "/images/aa/m", "the unpacked image");
	is_str(s.env[1], "A=one", "a declared variable wins over the one below");
	is_str(s.env[3], "ME=web-0", "the replica's own name");
	rai_jw_init(&w, &json);
	rai_jw_object(&w, NULL);
	rai_host_spec_write(&w, &s);
	rai_jw_end(&w);
	j = rai_json_parse(json.ptr, json.len, &err);
	is_int(rai_host_spec_read(j, &back, &err), 0, "and read back from its record");
	ok(strcmp(back.argv[1], s.argv[1]) == 0 && strcmp(back.hash, s.hash) == 0 &&
		strcmp(back.env[4], s.env[4]) == 0,
	    "as it was");
	rai_json_free(j);
	rai_host_spec_release(&s);
	rai_host_spec_release(&back);
	rai_host_manifest_free(&m);
	rai_buf_free(&json);
}

static void
test_difference(void)
{
	char out[200];

	rai_host_store_difference(
	    "{\"spec\":{\"replicas\":3}}", "{\"spec\":{\"replicas\":0}}", out, sizeof(out));
	is_str(out, "spec.replicas: 3 -> 0", "what a hand changed is named");
	rai_host_store_difference("{\"a\":[{\"b\":1}]}", "{\"a\":[{\"b\":2}]}", out, sizeof(out));
	is_str(out, "a[0].b: 1 -> 2", "in a list, too");
	rai_host_store_difference("{}", "{\"x\":true}", out, sizeof(out));
	ok(strstr(out, "x") != NULL, "and what was added");
	rai_host_store_difference("{}", "{", out, sizeof(out));
	is_str(out, "no longer JSON", "a spoilt file");
}

int
main(void)
{
	test_reading();
	test_refusals();
	test_notes();
	test_spec();
	test_difference();
	return tap_done();
}
