/* section - the bytes of a policy section, mapped read-only, and proven to be those that a manifest
 * names.  Offered ones come as sealed memory (memfd_create(2), F_ADD_SEALS), so that who offers
 * them cannot change them any more; those in force are files that only root can write. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/bundle.h"

enum { SECTION_MAX_BYTES = 160 * 1024 * 1024, SECTION_NAME_SIZE = 65 };

struct section {
	const uint8_t *bytes; /* mapping, owned; NULL: none */
	size_t size;
};

/* Map sealed memory of 1 to @max bytes.  Gives *@ret.
 * Returns 0; -EPERM if it is not sealed against writing, growing and shrinking; -E2BIG; -ENODATA if
 * empty; what fcntl(2), fstat(2), mmap(2) give. */
int section_map_sealed(int fd, size_t max, struct section *ret) __attribute__((warn_unused_result));

/* Map the file of a section in force.  Returns 0; -E2BIG; -ENODATA; what openat(2), mmap(2) give.
 */
int section_map_file(int sections_fd, const struct manifest_section *named, struct section *ret)
	__attribute__((warn_unused_result));

void section_finish(struct section *section);

/* Is this the section that @named names?  Returns 0, or -EBADMSG if size or digest differ. */
int section_check(const struct section *section, const struct manifest_section *named)
	__attribute__((warn_unused_result));

/* Name of its file: its SHA-256 in hexadecimal. */
void section_name(const struct manifest_section *named, char ret[static SECTION_NAME_SIZE]);
