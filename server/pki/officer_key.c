#include "officer_key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "atomic_file.h"
#include "cleanup.h"
#include "policy/text.h"

#define SCHEMA "devgate-officer-key-1"

enum {
	BOX_SIZE = crypto_secretbox_MACBYTES + OFFICER_KEY_SECRET_SIZE,
	MAX_PASSES = 16,
	MAX_MEMORY = 1024 * 1024 * 1024,
};

/* The encrypted form, as bytes. */
struct sealed {
	json_int_t passes, memory;
	uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t nonce[crypto_secretbox_NONCEBYTES];
	uint8_t box[BOX_SIZE];
};

static int copy_name(char ret[static TRUST_NAME_SIZE], const char *name)
{
	size_t size = strnlen(name, TRUST_NAME_SIZE);
	char clean[TRUST_NAME_SIZE * 8];

	if (size == 0 || size >= TRUST_NAME_SIZE || text_sanitise(name, size, clean, sizeof(clean)))
		return -EINVAL;
	memcpy(ret, name, size + 1);
	return 0;
}

int officer_key_generate(struct officer_key *ret, const char *name)
{
	int r = copy_name(ret->name, name);
	if (r < 0)
		return r;
	crypto_sign_keypair(ret->key, ret->secret);
	return 0;
}

void officer_key_finish(struct officer_key *key)
{
	sodium_memzero(key, sizeof(*key));
}

static json_t *to_base64(const uint8_t *bytes, size_t size)
{
	char text[sodium_base64_ENCODED_LEN(BOX_SIZE, sodium_base64_VARIANT_ORIGINAL)];

	return json_string(
		sodium_bin2base64(text, sizeof(text), bytes, size, sodium_base64_VARIANT_ORIGINAL));
}

static int from_base64(const char *text, uint8_t *ret, size_t size)
{
	size_t have = 0;

	return text_unbase64(text, ret, size, &have) < 0 || have != size ? -EBADMSG : 0;
}

static int write_json(json_t *json, const char *path, mode_t mode)
{
	_cleanup_json_ json_t *owned = json;
	_cleanup_free_ char *text = owned ? json_dumps(owned, JSON_INDENT(2)) : NULL;
	if (!text)
		return -ENOMEM;

	size_t size = strlen(text);
	text[size] = '\n'; /* in place of the NUL, which is not written */
	return atomic_file_create(path, text, size + 1, mode);
}

static int derive(const struct sealed *sealed, const char *passphrase, size_t size,
		  uint8_t ret[static crypto_secretbox_KEYBYTES])
{
	if (crypto_pwhash(ret, crypto_secretbox_KEYBYTES, passphrase, size, sealed->salt,
			  (unsigned long long)sealed->passes, (size_t)sealed->memory,
			  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return -ENOMEM;
	return 0;
}

int officer_key_save(const struct officer_key *key, const char *passphrase, size_t size,
		     const char *path)
{
	struct sealed sealed = { .passes = crypto_pwhash_OPSLIMIT_MODERATE,
				 .memory = crypto_pwhash_MEMLIMIT_MODERATE };
	uint8_t wrap[crypto_secretbox_KEYBYTES];

	if (size == 0)
		return -EINVAL;
	randombytes_buf(sealed.salt, sizeof(sealed.salt));
	randombytes_buf(sealed.nonce, sizeof(sealed.nonce));
	int r = derive(&sealed, passphrase, size, wrap);
	if (r < 0)
		return r;
	crypto_secretbox_easy(sealed.box, key->secret, sizeof(key->secret), sealed.nonce, wrap);
	sodium_memzero(wrap, sizeof(wrap));

	return write_json(json_pack("{ss ss so ss sI sI so so so}", "schema", SCHEMA, "name",
				    key->name, "key", to_base64(key->key, sizeof(key->key)), "kdf",
				    "argon2id", "opslimit", sealed.passes, "memlimit",
				    sealed.memory, "salt",
				    to_base64(sealed.salt, sizeof(sealed.salt)), "nonce",
				    to_base64(sealed.nonce, sizeof(sealed.nonce)), "secretbox",
				    to_base64(sealed.box, sizeof(sealed.box))),
			  path, 0600);
}

static int read_json(const char *path, json_t **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = atomic_file_read(path, OFFICER_KEY_FILE_MAX, &text, &size);
	if (r < 0)
		return r == -E2BIG ? -EBADMSG : r;
	*ret = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	return *ret ? 0 : -EBADMSG;
}

static int parse_sealed(json_t *json, struct officer_key *key, struct sealed *ret)
{
	const char *schema, *name, *public, *kdf, *salt, *nonce, *box;

	if (json_unpack(json, "{ss ss ss ss sI sI ss ss ss !}", "schema", &schema, "name", &name,
			"key", &public, "kdf", &kdf, "opslimit", &ret->passes, "memlimit",
			&ret->memory, "salt", &salt, "nonce", &nonce, "secretbox", &box) != 0 ||
	    strcmp(schema, SCHEMA) != 0 || strcmp(kdf, "argon2id") != 0)
		return -EBADMSG;
	if (ret->passes < (json_int_t)crypto_pwhash_OPSLIMIT_MIN || ret->passes > MAX_PASSES ||
	    ret->memory < (json_int_t)crypto_pwhash_MEMLIMIT_MIN || ret->memory > MAX_MEMORY)
		return -EBADMSG;
	if (copy_name(key->name, name) < 0 || from_base64(public, key->key, sizeof(key->key)) < 0 ||
	    from_base64(salt, ret->salt, sizeof(ret->salt)) < 0 ||
	    from_base64(nonce, ret->nonce, sizeof(ret->nonce)) < 0 ||
	    from_base64(box, ret->box, sizeof(ret->box)) < 0)
		return -EBADMSG;
	return 0;
}

int officer_key_load(struct officer_key *ret, const char *path, const char *passphrase, size_t size)
{
	_cleanup_json_ json_t *json = NULL;
	struct officer_key key = { 0 };
	struct sealed sealed;
	uint8_t wrap[crypto_secretbox_KEYBYTES], public[DSSE_KEY_SIZE];

	int r = read_json(path, &json);
	if (r < 0)
		return r;
	r = parse_sealed(json, &key, &sealed);
	if (r < 0)
		return r;
	r = derive(&sealed, passphrase, size, wrap);
	if (r < 0)
		return r;

	int opened = crypto_secretbox_open_easy(key.secret, sealed.box, sizeof(sealed.box),
						sealed.nonce, wrap);
	sodium_memzero(wrap, sizeof(wrap));
	if (opened == 0)
		crypto_sign_ed25519_sk_to_pk(public, key.secret);
	if (opened != 0 || sodium_memcmp(public, key.key, sizeof(public)) != 0) {
		officer_key_finish(&key);
		return -EKEYREJECTED;
	}
	*ret = key;
	officer_key_finish(&key);
	return 0;
}

int officer_key_save_public(const struct officer_key *key, const char *path)
{
	return write_json(json_pack("{ss so}", "name", key->name, "key",
				    to_base64(key->key, sizeof(key->key))),
			  path, 0644);
}

int officer_key_load_public(struct officer_key *ret, const char *path)
{
	_cleanup_json_ json_t *json = NULL;
	struct officer_key key = { 0 };
	const char *name, *public;

	int r = read_json(path, &json);
	if (r < 0)
		return r;
	if (json_unpack(json, "{ss ss !}", "name", &name, "key", &public) != 0 ||
	    copy_name(key.name, name) < 0 || from_base64(public, key.key, sizeof(key.key)) < 0)
		return -EBADMSG;
	*ret = key;
	return 0;
}
