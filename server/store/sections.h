/* sections - policy sections, files named by the SHA-256 of their content; where collectors share a
 * database, it holds them, too, and the files are what this one has had need of.
 * A section is received into a nameless file while it is hashed, and gets its name only if the hash
 * is right; it is fsync'ed before that.  Never changed, so readers need no lock. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#include "store.h"

#define SECTION_MAX_BYTES (160 * 1024 * 1024)

/* A section that is being received. */
struct section_writer {
	struct store *store; /* borrowed */
	int fd;
	uint64_t size;
	crypto_hash_sha256_state hash;
};

/* Returns 0; -errno. */
int section_writer_init(struct section_writer *ret, struct store *store)
	__attribute__((warn_unused_result));
/* Returns 0; -E2BIG above SECTION_MAX_BYTES; -errno of write(2). */
int section_writer_add(struct section_writer *writer, const void *bytes, size_t size)
	__attribute__((warn_unused_result));
/* Make it durable under @sha256 (64 lower-case hexadecimal digits).  Returns 1 if it is new, 0 if
 * it was there; -EBADMSG if that is not its hash; -errno. */
int section_writer_commit(struct section_writer *writer, const char *sha256)
	__attribute__((warn_unused_result));
/* The same for this collector's directory alone. */
int section_writer_keep(struct section_writer *writer, const char *sha256)
	__attribute__((warn_unused_result));
/* Drop it, unless it was committed; harmless on zeros with fd -1. */
void section_writer_finish(struct section_writer *writer);

/* Open a section for reading.  Returns the file descriptor (the caller's) and fills *@ret_size;
 * -EINVAL if @sha256 is not 64 lower-case hexadecimal digits; -ENOENT; -errno. */
int sections_open(struct store *store, const char *sha256, uint64_t *ret_size)
	__attribute__((warn_unused_result));
