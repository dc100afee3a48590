/* officer_key - an officer's Ed25519 key pair, and its two files.
 * Private file, 0600, JSON: {"schema":"devgate-officer-key-1","name","key","kdf":"argon2id",
 * "opslimit","memlimit","salt","nonce","secretbox"}: crypto_secretbox of the 64-byte secret under
 * Argon2id (libsodium's MODERATE limits: 3 passes, 256 MiB) of the passphrase; bytes as base64.
 * Public file, 0644: {"name","key"}.  The name is a label: what counts is the key.
 * sodium_init() must have been called. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/trust.h"

enum { OFFICER_KEY_SECRET_SIZE = 64, OFFICER_KEY_FILE_MAX = 4096 };

struct officer_key {
	char name[TRUST_NAME_SIZE];
	uint8_t key[DSSE_KEY_SIZE];
	uint8_t secret[OFFICER_KEY_SECRET_SIZE]; /* zeros in a public key */
};

/* A new key pair.  Returns 0; -EINVAL if @name is empty, has control characters or is longer than
 * TRUST_NAME_SIZE - 1 bytes.  Wipe *@ret with officer_key_finish. */
int officer_key_generate(struct officer_key *ret, const char *name)
	__attribute__((warn_unused_result));
void officer_key_finish(struct officer_key *key);

/* Write the private file, encrypted under @passphrase (@size bytes, 1 or more).
 * Returns 0; -EEXIST if @path is there, never overwritten; -EINVAL for an empty passphrase;
 * -ENOMEM (Argon2id takes 256 MiB); -errno. */
int officer_key_save(const struct officer_key *key, const char *passphrase, size_t size,
		     const char *path) __attribute__((warn_unused_result));

/* Returns 0; -EKEYREJECTED for a wrong passphrase or a changed file; -EBADMSG if it has not the
 * form or asks for more than 1 GiB or 16 passes; -ENOMEM; -errno of reading it. */
int officer_key_load(struct officer_key *ret, const char *path, const char *passphrase, size_t size)
	__attribute__((warn_unused_result));

/* Write the public file.  Returns 0; -EEXIST; -ENOMEM; -errno. */
int officer_key_save_public(const struct officer_key *key, const char *path)
	__attribute__((warn_unused_result));

/* Read a public file; the secret becomes zeros.  Returns 0; -EBADMSG; -errno. */
int officer_key_load_public(struct officer_key *ret, const char *path)
	__attribute__((warn_unused_result));
