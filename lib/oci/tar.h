#ifndef RAI_OCI_TAR_H
#define RAI_OCI_TAR_H

#include <stdint.h>

#include "base/err.h"

/*
 * ustar headers (POSIX.1-1988), one way to write them: times, owners and devices are 0, so that
 * the same files give the same bytes.  A file's content follows its header, padded with zeros to
 * whole blocks; two zero blocks end the archive.
 */
#define RAI_TAR_BLOCK 512

enum rai_tar_type { RAI_TAR_FILE, RAI_TAR_FOLDER, RAI_TAR_LINK };

struct rai_tar_entry {
	enum rai_tar_type type;
	char name[260]; /* relative, without a slash at the end */
	char target[104];
	unsigned mode; /* permission bits */
	uint64_t size; /* of a file's content, bytes */
};

/* RAI_EINPUT when the name or the size does not fit in a ustar header. */
int rai_tar_write_header(
    const struct rai_tar_entry *e, unsigned char block[RAI_TAR_BLOCK], struct rai_err *err);

/*
 * Trusts nothing: checksum, numbers, name.  Absolute names, "..", empty parts and links that are
 * absolute or climb are refused, and so is every type but file, folder and symbolic link.
 * 1: a zero block, the end.
 */
int rai_tar_read_header(
    const unsigned char block[RAI_TAR_BLOCK], struct rai_tar_entry *out, struct rai_err *err);

/* Bytes of zeros after a content of this size. */
unsigned rai_tar_padding(uint64_t size);

#endif
