/* checkpoint_key - the key that a collector signs its checkpoints with (policy/checkpoint.h).
 * Written as "PRIVATE+KEY+NAME+ID+BASE64(0x01 || seed)", as tools for signed notes have it. */
#pragma once

#include "policy/note.h"

enum { CHECKPOINT_KEY_TEXT_SIZE = sizeof("PRIVATE+KEY+") + NOTE_VERIFIER_SIZE };

struct checkpoint_key {
	struct note_key key;
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
};

/* A new key called "@site/devgate".  sodium_init() must have been called.  Returns 0; -EINVAL if
 * @site does not fit into the name of a key. */
int checkpoint_key_generate(struct checkpoint_key *ret, const char *site)
	__attribute__((warn_unused_result));

/* Write it, NUL-terminated. */
void checkpoint_key_to_text(const struct checkpoint_key *key,
			    char ret[static CHECKPOINT_KEY_TEXT_SIZE]);

/* Read it; a line break may follow.  Returns 0; -EBADMSG. */
int checkpoint_key_parse(struct checkpoint_key *ret, const char *text)
	__attribute__((warn_unused_result));
