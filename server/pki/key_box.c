#include "key_box.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "cleanup.h"
#include "policy/text.h"

#define SCHEMA "devgate-key-box-1"

enum { MAX_PASSES = 16, MAX_MEMORY = 1024 * 1024 * 1024 };

struct sealing {
	json_int_t passes, memory;
	uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t nonce[crypto_secretbox_NONCEBYTES];
};

static int derive(const struct sealing *sealing, const struct key_box_passphrase *passphrase,
		  uint8_t ret[static crypto_secretbox_KEYBYTES])
{
	return crypto_pwhash(ret, crypto_secretbox_KEYBYTES, passphrase->text, passphrase->size,
			     sealing->salt, (unsigned long long)sealing->passes,
			     (size_t)sealing->memory, crypto_pwhash_ALG_ARGON2ID13) != 0
		       ? -ENOMEM
		       : 0;
}

static json_t *to_base64(const uint8_t *bytes, size_t size)
{
	size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);
	_cleanup_free_ char *text = malloc(room);

	if (!text)
		return NULL;
	return json_string(
		sodium_bin2base64(text, room, bytes, size, sodium_base64_VARIANT_ORIGINAL));
}

int key_box_seal(const char *secret, size_t size, const struct key_box_passphrase *passphrase,
		 char **ret)
{
	struct sealing sealing = { .passes = crypto_pwhash_OPSLIMIT_MODERATE,
				   .memory = crypto_pwhash_MEMLIMIT_MODERATE };
	_cleanup_free_ uint8_t *box = malloc(size + crypto_secretbox_MACBYTES);
	_cleanup_json_ json_t *json = NULL;
	uint8_t wrap[crypto_secretbox_KEYBYTES];

	if (passphrase->size == 0)
		return -EINVAL;
	if (size > KEY_BOX_MAX)
		return -E2BIG;
	randombytes_buf(sealing.salt, sizeof(sealing.salt));
	randombytes_buf(sealing.nonce, sizeof(sealing.nonce));
	if (!box || derive(&sealing, passphrase, wrap) < 0)
		return -ENOMEM;
	crypto_secretbox_easy(box, (const uint8_t *)secret, size, sealing.nonce, wrap);
	sodium_memzero(wrap, sizeof(wrap));
	json = json_pack("{ss ss sI sI so so so}", "schema", SCHEMA, "kdf", "argon2id", "opslimit",
			 sealing.passes, "memlimit", sealing.memory, "salt",
			 to_base64(sealing.salt, sizeof(sealing.salt)), "nonce",
			 to_base64(sealing.nonce, sizeof(sealing.nonce)), "secretbox",
			 to_base64(box, size + crypto_secretbox_MACBYTES));
	*ret = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	return *ret ? 0 : -ENOMEM;
}

/* Exactly @size bytes. */
static int from_base64(const char *text, uint8_t *ret, size_t size)
{
	size_t have = 0;

	return text_unbase64(text, ret, size, &have) < 0 || have != size ? -EBADMSG : 0;
}

static int parse(json_t *json, struct sealing *ret, const char **ret_box)
{
	const char *schema, *kdf, *salt, *nonce;

	if (json_unpack(json, "{ss ss sI sI ss ss ss !}", "schema", &schema, "kdf", &kdf,
			"opslimit", &ret->passes, "memlimit", &ret->memory, "salt", &salt, "nonce",
			&nonce, "secretbox", ret_box) != 0 ||
	    strcmp(schema, SCHEMA) != 0 || strcmp(kdf, "argon2id") != 0 ||
	    ret->passes < (json_int_t)crypto_pwhash_OPSLIMIT_MIN || ret->passes > MAX_PASSES ||
	    ret->memory < (json_int_t)crypto_pwhash_MEMLIMIT_MIN || ret->memory > MAX_MEMORY)
		return -EBADMSG;
	if (from_base64(salt, ret->salt, sizeof(ret->salt)) < 0)
		return -EBADMSG;
	return from_base64(nonce, ret->nonce, sizeof(ret->nonce));
}

static int decrypt(const struct sealing *sealing, const char *text,
		   const struct key_box_passphrase *passphrase, char **ret)
{
	size_t room = strlen(text), size = 0;
	_cleanup_free_ uint8_t *box = malloc(room + 1);
	uint8_t wrap[crypto_secretbox_KEYBYTES];
	char *secret;

	if (!box)
		return -ENOMEM;
	if (text_unbase64(text, box, room, &size) < 0 || size < crypto_secretbox_MACBYTES)
		return -EBADMSG;
	size -= crypto_secretbox_MACBYTES;
	secret = malloc(size + 1);
	if (!secret || derive(sealing, passphrase, wrap) < 0) {
		free(secret);
		return -ENOMEM;
	}
	int opened = crypto_secretbox_open_easy(
		(uint8_t *)secret, box, size + crypto_secretbox_MACBYTES, sealing->nonce, wrap);
	sodium_memzero(wrap, sizeof(wrap));
	if (opened != 0) {
		free(secret);
		return -EKEYREJECTED;
	}
	secret[size] = '\0';
	*ret = secret;
	return 0;
}

int key_box_open(const char *box, size_t size, const struct key_box_passphrase *passphrase,
		 char **ret)
{
	_cleanup_json_ json_t *json = json_loadb(box, size, JSON_REJECT_DUPLICATES, NULL);
	struct sealing sealing;
	const char *text;
	int r = json ? parse(json, &sealing, &text) : -EBADMSG;

	return r < 0 ? r : decrypt(&sealing, text, passphrase, ret);
}
