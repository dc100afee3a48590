/* key_box - a secret text, encrypted with a passphrase: what a backup holds the collector's keys
 * in. JSON: {"schema":"devgate-key-box-1","kdf":"argon2id","opslimit","memlimit","salt","nonce",
 * "secretbox"}; XSalsa20-Poly1305 under a key that Argon2id derives (libsodium's crypto_pwhash and
 * crypto_secretbox). */
#pragma once

#include <stddef.h>

enum { KEY_BOX_MAX = 64 * 1024 }; /* bytes of a secret */

struct key_box_passphrase {
	const char *text;
	size_t size; /* not 0 */
};

/* Encrypt @size bytes of @secret.  Gives *@ret, NUL-terminated, to be freed.  Returns 0; -EINVAL
 * for an empty passphrase; -E2BIG; -ENOMEM. */
int key_box_seal(const char *secret, size_t size, const struct key_box_passphrase *passphrase,
		 char **ret) __attribute__((warn_unused_result));

/* Decrypt @box.  Gives *@ret, NUL-terminated, to be wiped and freed.  Returns 0; -EBADMSG if it is
 * no box; -EKEYREJECTED if it is not this passphrase's, or was changed; -ENOMEM. */
int key_box_open(const char *box, size_t size, const struct key_box_passphrase *passphrase,
		 char **ret) __attribute__((warn_unused_result));
