/* note - signed notes (C2SP, signed-note v1): a text that people can read, and Ed25519 signatures
 *of it, each by a key with a name.
 *
 *	text, one or more lines, each ended by '\n'
 *	(an empty line)
 *	— NAME BASE64(key id, 4 bytes || signature, 64 bytes)
 *
 * A key's id is the first 4 bytes of SHA-256(NAME || '\n' || 0x01 || public key); a verifier key is
 * written NAME+HEX(id)+BASE64(0x01 || public key).  Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

enum {
	NOTE_NAME_SIZE = 128,	  /* with NUL; no blank and no '+' in it */
	NOTE_MAX_SIGNATURES = 16, /* more are refused */
	NOTE_VERIFIER_SIZE = NOTE_NAME_SIZE + 1 + 8 + 1 + 44 + 1,
	/* what note_sign() adds to a text, at most */
	NOTE_SIGNATURE_SIZE = 3 + 1 + NOTE_NAME_SIZE + 1 + 92 + 1,
};

struct note_key {
	char name[NOTE_NAME_SIZE];
	uint8_t id[4];
	uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
};

/* The key @public_key of @name.  Returns 0; -EINVAL if @name is empty, too long, or has a blank,
 * a control character or a '+' in it. */
int note_key_init(struct note_key *ret, const char *name,
		  const uint8_t public_key[static crypto_sign_PUBLICKEYBYTES])
	__attribute__((warn_unused_result));

/* Its verifier key, NUL-terminated. */
void note_key_to_text(const struct note_key *key, char ret[static NOTE_VERIFIER_SIZE]);

/* Read a verifier key.  Returns 0; -EBADMSG. */
int note_key_parse(struct note_key *ret, const char *text) __attribute__((warn_unused_result));

/* Write the note of @text, which ends in '\n', signed with @secret, @key's other half, to @ret,
 * NUL-terminated.  Returns its length; -E2BIG; -EINVAL if @text does not end in '\n' or holds
 * control characters. */
ptrdiff_t note_sign(const char *text, const struct note_key *key,
		    const uint8_t secret[static crypto_sign_SECRETKEYBYTES], char *ret, size_t size)
	__attribute__((warn_unused_result));

/* Is @note, @size bytes, signed by @key?  Gives the length of its text, which is at its beginning.
 * Returns 0; -EBADMSG if it is no note; -ENOKEY if there is no signature of @key's; -EKEYREJECTED
 * if there is one that is not good. */
int note_open(const char *note, size_t size, const struct note_key *key, size_t *ret_text)
	__attribute__((warn_unused_result));
