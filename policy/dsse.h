/* dsse - the DSSE v1 envelope (secure-systems-lab/dsse, protocol.md) with Ed25519 signatures.
 * Pure.  Only the envelope's own small JSON is parsed before verification; the payload is bytes
 * until enough signatures over PAE(type, payload) have been found good. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DSSE_MAX_BYTES = 256 * 1024,
	DSSE_MAX_SIGNATURES = 16,
	DSSE_KEY_SIZE = 32,
	DSSE_SIGNATURE_SIZE = 64,
	DSSE_KEYID_SIZE = 65, /* SHA-256 of the public key, hexadecimal, and NUL */
	DSSE_TYPE_SIZE = 64,
};

struct dsse_signature {
	char keyid[DSSE_KEYID_SIZE];
	uint8_t signature[DSSE_SIGNATURE_SIZE];
};

struct dsse {
	char type[DSSE_TYPE_SIZE];
	uint8_t *payload; /* owned */
	size_t payload_size;
	size_t n_signatures;
	struct dsse_signature signatures[DSSE_MAX_SIGNATURES];
};

/* Parse an envelope.  Gives what *@ret owns; dsse_finish frees it.  Signatures whose shape is
 * wrong make the whole envelope -EBADMSG.  Returns 0; -EBADMSG; -E2BIG; -ENOMEM. */
int dsse_parse(struct dsse *ret, const char *text, size_t size) __attribute__((warn_unused_result));
void dsse_finish(struct dsse *dsse);

/* The envelope as JSON text.  Gives *@ret, to be freed, NUL-terminated.  0 or -ENOMEM. */
int dsse_encode(const struct dsse *dsse, char **ret) __attribute__((warn_unused_result));

/* Key id of a public key: hexadecimal SHA-256 of its 32 bytes. */
void dsse_keyid(const uint8_t key[static DSSE_KEY_SIZE], char ret[static DSSE_KEYID_SIZE]);

/* Add a signature by @secret (64 bytes, libsodium's crypto_sign form).  Returns 0; -EEXIST if
 * this key has signed already; -E2BIG; -ENOMEM. */
int dsse_sign(struct dsse *dsse, const uint8_t secret[static 64])
	__attribute__((warn_unused_result));

/* True if @signature over the envelope's PAE is good under @key. */
bool dsse_signature_good(const struct dsse *dsse, const struct dsse_signature *signature,
			 const uint8_t key[static DSSE_KEY_SIZE]);
