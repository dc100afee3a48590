#include "checkpoint_key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "PRIVATE+KEY+"

int checkpoint_key_generate(struct checkpoint_key *ret, const char *site)
{
	uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
	char name[NOTE_NAME_SIZE];
	int n = snprintf(name, sizeof(name), "%s/devgate", site);

	if (n >= (int)sizeof(name))
		return -EINVAL;
	if (crypto_sign_keypair(public_key, ret->secret) != 0)
		return -EIO;
	return note_key_init(&ret->key, name, public_key);
}

void checkpoint_key_to_text(const struct checkpoint_key *key,
			    char ret[static CHECKPOINT_KEY_TEXT_SIZE])
{
	struct note_key seed = key->key;

	/* A private key is written as a public one is, with the seed in the public key's place. */
	crypto_sign_ed25519_sk_to_seed(seed.public_key, key->secret);
	strcpy(ret, PREFIX);
	note_key_to_text(&seed, ret + strlen(PREFIX));
	sodium_memzero(&seed, sizeof(seed));
}

int checkpoint_key_parse(struct checkpoint_key *ret, const char *text)
{
	uint8_t public_key[crypto_sign_PUBLICKEYBYTES], typed[1 + crypto_sign_SEEDBYTES];
	char name[NOTE_NAME_SIZE], id[9], base64[48], again[CHECKPOINT_KEY_TEXT_SIZE];
	size_t n;

	if (sscanf(text, PREFIX "%127[^+\n]+%8[0-9a-f]+%47s", name, id, base64) != 3 ||
	    sodium_base642bin(typed, sizeof(typed), base64, strlen(base64), NULL, &n, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    n != sizeof(typed))
		return -EBADMSG;
	crypto_sign_seed_keypair(public_key, ret->secret, typed + 1);
	sodium_memzero(typed, sizeof(typed));
	if (note_key_init(&ret->key, name, public_key) < 0)
		return -EBADMSG;
	/* Written again it must be the same: so its id and kind are right, too. */
	checkpoint_key_to_text(ret, again);
	return strncmp(again, text, strlen(again)) == 0 ? 0 : -EBADMSG;
}
