/* section - the bytes of a policy section, mapped read-only, and proven to be those that a manifest
 * names.  Offered ones come as sealed memory (memfd_create(2), F_ADD_SEALS), so that who offers
 * them cannot change them any more; those in force are files that only root can write.
 *
 * A file is hashed through a small buffer, not through its mapping, whose pages would stay in
 * memory; of the mapping only what is searched is touched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#include "policy/bundle.h"

enum {
	SECTION_MAX_BYTES = 160 * 1024 * 1024,
	SECTION_NAME_SIZE = 65,
	SECTION_SLICE = 16 * 1024, /* bytes read at once: what else is due waits for it */
};

/* Which file it is, and when it was written to last: as long as this is the same, so are its bytes.
 * Kept over boots; where a device has another number in the next, nothing is the same. */
struct section_identity {
	uint64_t device, inode, size;
	int64_t changed_s; /* ctime */
	uint32_t changed_ns;
};

struct section {
	const uint8_t *bytes; /* mapping, owned; NULL: none */
	size_t size;
	struct section_identity file; /* if it is one */
	bool proven;		      /* its bytes have been found to be those that are named */
};

/* Map sealed memory of 1 to @max bytes.  Gives *@ret.
 * Returns 0; -EPERM if it is not sealed against writing, growing and shrinking; -E2BIG; -ENODATA if
 * empty; what fcntl(2), fstat(2), mmap(2) give. */
int section_map_sealed(int fd, size_t max, struct section *ret) __attribute__((warn_unused_result));

/* Map the file of a section in force.  @checked: the identity that it had when its bytes were found
 * good, or NULL; if it has another, it is hashed here.  Returns 0; -EBADMSG if its bytes are others
 * than @named says; -E2BIG; -ENODATA; what openat(2), mmap(2), pread(2) give. */
int section_map_file(int sections_fd, const struct manifest_section *named,
		     const struct section_identity *checked, struct section *ret)
	__attribute__((warn_unused_result));

/* It will be searched here and there, not read from end to end. */
void section_will_search(const struct section *section);

/* Let the kernel have back the memory that searching @section took.  It is found again when it is
 * searched again. */
void section_relax(const struct section *section);

void section_finish(struct section *section);

/* Is this the section that @named names?  Hashes it unless it is proven.  Returns 0, or -EBADMSG if
 * size or digest differ. */
int section_check(const struct section *section, const struct manifest_section *named)
	__attribute__((warn_unused_result));

/* Name of its file: its SHA-256 in hexadecimal. */
void section_name(const struct manifest_section *named, char ret[static SECTION_NAME_SIZE]);

bool section_identity_same(const struct section_identity *a, const struct section_identity *b);

/* A file being hashed, slice by slice. */
struct section_hash {
	int fd; /* owned; -1: none */
	struct section_identity file;
	uint64_t offset;
	crypto_hash_sha256_state state;
};

/* Open the file of a section in force.  Returns 0; what openat(2), fstat(2) give. */
int section_hash_begin(struct section_hash *hash, int sections_fd,
		       const struct manifest_section *named) __attribute__((warn_unused_result));

/* Hash up to SECTION_SLICE bytes more.  Returns 1 if there is more to do, 0 at the end with the
 * digest in @ret; what pread(2) gives. */
int section_hash_slice(struct section_hash *hash, uint8_t ret[static crypto_hash_sha256_BYTES])
	__attribute__((warn_unused_result));
void section_hash_end(struct section_hash *hash);
