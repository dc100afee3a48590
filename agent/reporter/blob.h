/* blob - bytes on their way to the enforcer: a sealed memfd, which its maker cannot change any more
 * while the enforcer reads it (memfd_create(2), "File sealing"). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

struct blob {
	int fd; /* owned; -1: none */
	uint64_t size;
	crypto_hash_sha256_state hash;
};

/* Begin one.  Returns 0 or what memfd_create(2) gives; then there is nothing to finish. */
int blob_init(struct blob *blob) __attribute__((warn_unused_result));
void blob_finish(struct blob *blob);

/* Append.  Returns 0 or what write(2) gives. */
int blob_append(struct blob *blob, const void *bytes, size_t size)
	__attribute__((warn_unused_result));

/* Close it to change, if it is what was promised.  Returns the descriptor, now the caller's;
 * -EBADMSG if size or SHA-256 differ; what fcntl(2) gives. */
int blob_seal(struct blob *blob, uint64_t size, const uint8_t sha256[static 32])
	__attribute__((warn_unused_result));

/* All at once: the descriptor of sealed bytes, the caller's; what the above give. */
int blob_of(const void *bytes, size_t size) __attribute__((warn_unused_result));
