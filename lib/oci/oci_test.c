#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tap.h"
#include "oci/blob.h"
#include "oci/image.h"
#include "oci/layer.h"
#include "oci/layout.h"
#include "oci/manifest.h"
#include "oci/tar.h"

static void
test_ref(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_oci_ref ref;
	char text[200];

	ok(rai_oci_ref_parse("oci:.rai/images/x:v1", &ref, &err) == 0, "a directory and a tag");
	is_str(ref.dir, ".rai/images/x", "the directory");
	is_str(ref.tag, "v1", "the tag");
	ok(ref.digest == NULL, "no digest");
	rai_oci_ref_release(&ref);
	snprintf(text, sizeof(text), "oci:/d:v1@sha256:%064d", 7);
	ok(rai_oci_ref_parse(text, &ref, &err) == 0, "with a digest");
	ok(ref.digest != NULL && strlen(ref.digest) == 71, "which is whole");
	rai_oci_ref_release(&ref);
	ok(rai_oci_ref_parse("oci:dir", &ref, &err) == 0 && ref.tag == NULL, "without a tag");
	rai_oci_ref_release(&ref);
	ok(rai_oci_ref_parse("nginx:1", &ref, &err) == -1, "another transport is refused");
	ok(rai_oci_ref_parse("oci::v1", &ref, &err) == -1, "an empty directory");
	ok(rai_oci_ref_parse("oci:d:", &ref, &err) == -1, "an empty tag");
	ok(rai_oci_ref_parse("oci:d:a:b", &ref, &err) == -1, "two tags");
	ok(rai_oci_ref_parse("oci:d:v@sha256:12", &ref, &err) == -1, "half a digest");
}

/* The check values are those of an archive made by another program (GNU tar's ustar format and
 * Python's gzip framing): a folder, a text and sixteen bytes. */
static void
test_layer_bytes(void)
{
	static const char manifest[] = "{\"name\":\"house-price\",\"version\":\"1.4.0\"}\n";
	struct rai_err err = RAI_ERR_INIT;
	struct rai_oci_descriptor d;
	struct rai_layer *l = NULL;
	char diff_id[RAI_HASH_DIGEST], bytes[16];
	int i;

	for (i = 0; i < 16; i++)
		bytes[i] = (char)i;
	ok(rai_layer_begin("layout", &l, &err) == 0, "a layer begins");
	rai_layer_folder(l, "model");
	rai_layer_bytes(l, "model/manifest.json", manifest, sizeof(manifest) - 1);
	rai_layer_bytes(l, "model/weights.bin", bytes, sizeof(bytes));
	ok(rai_layer_end(l, &d, diff_id, &err) == 0, "and ends");
	is_str(diff_id, "sha256:ac4149a4b771a754704e9ad195700c6538b8e3b3dd425ddbe238b8f7536761b9",
	    "the archive's digest");
	is_str(d.digest, "sha256:62f2e15232e58fbc3cd7d7812ebfb8f79e5997eb3b98ab3e8a003a8fed2a320e",
	    "the layer's digest");
	ok(rai_blob_check("layout", d.digest, d.size, &err) == 0, "the blob is there");
}

static void
test_names(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_tar_entry e = {.type = RAI_TAR_FILE, .mode = 0644, .size = 5}, back;
	unsigned char block[RAI_TAR_BLOCK];

	snprintf(e.name, sizeof(e.name), "%0120d/%090d", 1, 2);
	ok(rai_tar_write_header(&e, block, &err) == 0, "a long name is split");
	ok(rai_tar_read_header(block, &back, &err) == 0, "and read");
	is_str(back.name, e.name, "as it was");
	is_int(back.size, 5, "with its size");
	snprintf(e.name, sizeof(e.name), "%0200d", 1);
	ok(rai_tar_write_header(&e, block, &err) == -1, "one that cannot be split is refused");
	snprintf(e.name, sizeof(e.name), "a/../../etc/passwd");
	rai_tar_write_header(&e, block, &err);
	ok(rai_tar_read_header(block, &back, &err) == -1, "a name that climbs is refused");
	snprintf(e.name, sizeof(e.name), "/etc/passwd");
	rai_tar_write_header(&e, block, &err);
	ok(rai_tar_read_header(block, &back, &err) == -1, "an absolute name is refused");
	e.type = RAI_TAR_LINK;
	snprintf(e.name, sizeof(e.name), "link");
	snprintf(e.target, sizeof(e.target), "../x");
	rai_tar_write_header(&e, block, &err);
	ok(rai_tar_read_header(block, &back, &err) == -1, "a link that climbs is refused");
	snprintf(e.target, sizeof(e.target), "x");
	rai_tar_write_header(&e, block, &err);
	ok(rai_tar_read_header(block, &back, &err) == 0, "a link inside is read");
	block[0] ^= 1;
	ok(rai_tar_read_header(block, &back, &err) == -1, "a wrong checksum is refused");
	memset(block, 0, sizeof(block));
	is_int(rai_tar_read_header(block, &back, &err), 1, "a zero block ends");
}

/* 200,000 bytes: more than three stored blocks. */
static void
make_model(char digest[RAI_HASH_DIGEST])
{
	struct rai_err err = RAI_ERR_INIT;
	char *p = malloc(200000);
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < 200000; i++)
		p[i] = (char)(i * i >> 3);
	rai_file_write("m.safetensors", p, 200000, 0644, &err);
	rai_hash_bytes(p, 200000, digest, &err);
	free(p);
}

static void
test_image(void)
{
	struct rai_err err = RAI_ERR_INIT;
	char model[RAI_HASH_DIGEST], one[RAI_HASH_DIGEST], two[RAI_HASH_DIGEST];
	struct rai_oci_model m = {"house-price", "v1", "m.safetensors", model};
	struct rai_oci_ref ref;
	struct rai_buf text = RAI_BUF_INIT(4096);

	make_model(model);
	ok(rai_oci_image_write("layout", &m, one, &err) == 0, "an image is written");
	ok(rai_oci_image_write("other", &m, two, &err) == 0, "and again elsewhere");
	is_str(one, two, "with the same digest");
	ok(rai_oci_tag("layout", "v1", one, &err) == 0, "tagged");
	ok(rai_oci_tag("layout", "latest", one, &err) == 0, "with a second tag");
	ok(rai_oci_ref_parse("oci:layout:v1", &ref, &err) == 0, "a reference");
	ok(rai_oci_find(".", &ref, two, &err) == 0 && strcmp(one, two) == 0, "is found");
	ok(rai_oci_unpack(".", &ref, "un/packed", &err) == 0, "and unpacked");
	ok(rai_hash_file("un/packed/model/model.safetensors", two, &err) == 0 &&
		strcmp(two, model) == 0,
	    "the model comes out whole");
	ok(rai_file_read("un/packed/model/release.json", &text, &err) == 0 &&
		strstr(text.ptr, "\"version\":\"v1\"") != NULL,
	    "with the release beside it");
	ok(rai_oci_unpack(".", &ref, "un/packed", &err) == 0, "unpacking again is nothing");
	ok(rai_oci_extract(".", &ref, model, "out.safetensors", &err) == 0, "extracted");
	ok(rai_oci_extract(".", &ref, one, "out2.safetensors", &err) == -1 &&
		access("out2.safetensors", F_OK) != 0,
	    "a wrong digest extracts nothing");
	rai_oci_ref_release(&ref);
	ok(rai_oci_ref_parse("oci:layout:v2", &ref, &err) == 0 &&
		rai_oci_unpack(".", &ref, "none", &err) == -1 && access("none", F_OK) != 0,
	    "an unknown tag unpacks nothing");
	rai_oci_ref_release(&ref);
	model[10] = model[10] == '0' ? '1' : '0';
	ok(rai_oci_image_write("layout", &m, one, &err) == -1 &&
		strstr(err.msg, "m.safetensors") != NULL,
	    "a model file that is another is refused");
	rai_buf_free(&text);
}

static void
test_damage(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_oci_ref ref;

	ok(rai_oci_ref_parse("oci:layout:v1", &ref, &err) == 0, "the image again");
	ok(rai_oci_check(".", &ref, &err) == 0, "is whole");
	ok(system("f=$(ls -S layout/blobs/sha256/* | head -1); "
		  "printf x | dd of=$f bs=1 seek=70000 conv=notrunc 2>/dev/null") == 0,
	    "one byte is changed");
	ok(rai_oci_check(".", &ref, &err) == -1, "the check sees it");
	ok(rai_oci_unpack(".", &ref, "damaged", &err) == -1, "and it is not unpacked");
	ok(access("damaged", F_OK) != 0, "not even in part");
	rai_oci_ref_release(&ref);
}

int
main(void)
{
	char folder[] = "/tmp/rai-oci-test.XXXXXX";
	struct rai_err err = RAI_ERR_INIT;

	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		return 1;
	test_ref();
	test_layer_bytes();
	test_names();
	test_image();
	test_damage();
	if (chdir("/") == 0)
		rai_file_remove_tree(folder, &err);
	return tap_done();
}
