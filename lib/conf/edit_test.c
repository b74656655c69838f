#include <stdio.h>
#include <string.h>

#include "base/tap.h"
#include "conf/edit.h"

#define REPO "oci:.rai/images/x"
#define NEW REPO ":v2@sha256:ab"

static void
set(const char *text, const char *want, const char *name)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf out = RAI_BUF_INIT(1 << 16);

	if (rai_edit_set_image("d.yaml", text, strlen(text), REPO, NEW, &out, &err) != 0)
		is_str(err.msg, want, name);
	else
		is_str(out.ptr, want, name);
	rai_buf_free(&out);
}

static void
test_splice(void)
{
	set("a: 1\nspec:\n  containers:\n  - name: c # here\n    image: oci:.rai/images/x:none  # "
	    "old\n",
	    "a: 1\nspec:\n  containers:\n  - name: c # here\n    image: " NEW "  # old\n",
	    "a plain scalar, comments kept");
	set("containers:\r\n- image: \"oci:.rai/images/x:v1\"\r\n  x: 1\r\n",
	    "containers:\r\n- image: \"" NEW "\"\r\n  x: 1\r\n", "double quotes and CRLF");
	set("containers: [{image: 'oci:.rai/images/x', name: b}]\n",
	    "containers: [{image: '" NEW "', name: b}]\n", "flow style and single quotes");
	set("containers: [{image: oci:.rai/images/x:v1, name: b}]",
	    "containers: [{image: " NEW ", name: b}]", "flow style, plain, no last newline");
	set("# Zürich ☂\ncontainers:\n- name: é\n  image: oci:.rai/images/x:v1\n",
	    "# Zürich ☂\ncontainers:\n- name: é\n  image: " NEW "\n", "bytes, not characters");
	set("\xef\xbb\xbf"
	    "containers:\n- image: oci:.rai/images/x:v1\n",
	    "\xef\xbb\xbf"
	    "containers:\n- image: " NEW "\n",
	    "a byte-order mark stays");
	set("kind: Service\n---\nspec: {initContainers: [{image: "
	    "oci:.rai/images/x@sha256:0}]}\n---\n"
	    "containers:\n- image: oci:.rai/images/x:v1\n",
	    "kind: Service\n---\nspec: {initContainers: [{image: " NEW "}]}\n---\n"
	    "containers:\n- image: " NEW "\n",
	    "several documents");
	set("image: oci:.rai/images/x:v1\ncontainers:\n- image: oci:.rai/images/xy:v1\n"
	    "- image: oci:.rai/images/x/y:v1\n",
	    "image: oci:.rai/images/x:v1\ncontainers:\n- image: oci:.rai/images/xy:v1\n"
	    "- image: oci:.rai/images/x/y:v1\n",
	    "neighbours with like names stay");
}

static void
test_refuse(void)
{
	set("containers:\n- image: >-\n    oci:.rai/images/x:v1\n",
	    "d.yaml:2:10: this image cannot be replaced safely (write it on one line, without "
	    "escapes)",
	    "a block scalar is refused with its place");
	set("containers:\n- image: \"oci:.rai/images\\x2fx:v1\"\n",
	    "d.yaml:2:10: this image cannot be replaced safely (write it on one line, without "
	    "escapes)",
	    "escapes are refused");
	set("containers:\n- image: &a oci:.rai/images/x:v1\n",
	    "d.yaml:2:10: anchors, aliases and tags are not read: write the value out",
	    "an anchor is refused");
	set("{{ template }}: {", "{{ template }}: {", "what is no YAML and not ours is left alone");
}

static void
test_find(void)
{
	static const char text[] = "containers:\n- image: oci:.rai/images/x:v1\n- name: b\n  "
				   "image: oci:.rai/images/x:v2\n";
	struct rai_err err = RAI_ERR_INIT;
	struct rai_image_uses u;

	ok(rai_edit_find_images("f", text, strlen(text), REPO, &u, &err) == 0, "found");
	is_int(u.n, 2, "two uses");
	if (u.n == 2) {
		is_str(u.use[1].text, REPO ":v2", "the second reference");
		is_int(u.use[1].line, 4, "its line");
		is_int(u.use[1].column, 10, "its column");
	}
	rai_image_uses_free(&u);
}

int
main(void)
{
	test_splice();
	test_refuse();
	test_find();
	return tap_done();
}
