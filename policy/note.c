#include "note.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

enum { ED25519 = 0x01, SIGNED_SIZE = 4 + crypto_sign_BYTES };
#define DASH "\xe2\x80\x94 " /* an em dash and a blank */

/* What stands for Ed25519 in a key, and the key. */
struct typed_key {
	uint8_t type, key[crypto_sign_PUBLICKEYBYTES];
};

static bool is_name(const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)name[i] <= ' ' || name[i] == '+' || name[i] == 0x7f)
			return false;
	}
	return size > 0 && size < NOTE_NAME_SIZE;
}

int note_key_init(struct note_key *ret, const char *name,
		  const uint8_t public_key[static crypto_sign_PUBLICKEYBYTES])
{
	static const uint8_t type = ED25519;
	uint8_t hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	struct note_key key = { 0 };
	size_t size = strlen(name);

	if (!is_name(name, size))
		return -EINVAL;
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const uint8_t *)name, size);
	crypto_hash_sha256_update(&state, (const uint8_t *)"\n", 1);
	crypto_hash_sha256_update(&state, &type, 1);
	crypto_hash_sha256_update(&state, public_key, crypto_sign_PUBLICKEYBYTES);
	crypto_hash_sha256_final(&state, hash);
	memcpy(key.name, name, size);
	memcpy(key.id, hash, sizeof(key.id));
	memcpy(key.public_key, public_key, sizeof(key.public_key));
	*ret = key;
	return 0;
}

void note_key_to_text(const struct note_key *key, char ret[static NOTE_VERIFIER_SIZE])
{
	struct typed_key typed = { .type = ED25519 };
	char id[2 * sizeof(key->id) + 1], base64[45];

	memcpy(typed.key, key->public_key, sizeof(typed.key));
	text_hex(key->id, sizeof(key->id), id);
	sodium_bin2base64(base64, sizeof(base64), (const uint8_t *)&typed, sizeof(typed),
			  sodium_base64_VARIANT_ORIGINAL);
	snprintf(ret, NOTE_VERIFIER_SIZE, "%s+%s+%s", key->name, id, base64);
}

/* Exactly @size bytes of base64 text of @length. */
static bool decode(const char *text, size_t length, void *ret, size_t size)
{
	size_t n;

	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] > 0x7e) /* which libsodium 1.0.18 may take for a digit */
			return false;
	}
	return sodium_base642bin(ret, size, text, length, NULL, &n, NULL,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       n == size;
}

int note_key_parse(struct note_key *ret, const char *text)
{
	const char *plus = strchr(text, '+'), *second = plus == NULL ? NULL : strchr(plus + 1, '+');
	char name[NOTE_NAME_SIZE], id[2 * sizeof(ret->id) + 1];
	struct typed_key typed;
	struct note_key key;

	if (second == NULL || (size_t)(plus - text) >= sizeof(name))
		return -EBADMSG;
	memcpy(name, text, (size_t)(plus - text));
	name[plus - text] = '\0';
	if (!decode(second + 1, strlen(second + 1), &typed, sizeof(typed)) ||
	    typed.type != ED25519 || note_key_init(&key, name, typed.key) < 0)
		return -EBADMSG;
	text_hex(key.id, sizeof(key.id), id);
	if ((size_t)(second - plus - 1) != strlen(id) || memcmp(plus + 1, id, strlen(id)) != 0)
		return -EBADMSG;
	*ret = key;
	return 0;
}

/* Lines of UTF-8 without control characters, the last one ended, and none of them empty at the end:
 * that is where signatures begin. */
static bool is_text(const char *text, size_t size)
{
	if (size < 1 || text[size - 1] != '\n' || (size > 1 && text[size - 2] == '\n'))
		return false;
	for (size_t i = 0; i < size; i++) {
		if (((unsigned char)text[i] < ' ' && text[i] != '\n') || text[i] == 0x7f)
			return false;
	}
	return true;
}

ptrdiff_t note_sign(const char *text, const struct note_key *key,
		    const uint8_t secret[static crypto_sign_SECRETKEYBYTES], char *ret, size_t size)
{
	uint8_t bytes[SIGNED_SIZE];
	char base64[96];
	int n;

	if (!is_text(text, strlen(text)))
		return -EINVAL;
	memcpy(bytes, key->id, sizeof(key->id));
	crypto_sign_detached(bytes + sizeof(key->id), NULL, (const uint8_t *)text, strlen(text),
			     secret);
	sodium_bin2base64(base64, sizeof(base64), bytes, sizeof(bytes),
			  sodium_base64_VARIANT_ORIGINAL);
	n = snprintf(ret, size, "%s\n" DASH "%s %s\n", text, key->name, base64);
	return n < 0 || (size_t)n >= size ? -E2BIG : n;
}

/* Where the signatures begin: after the last empty line.  NULL if there is none. */
static const char *find_signatures(const char *note, size_t size)
{
	for (size_t i = size; i > 1; i--) {
		if (note[i - 1] == '\n' && note[i - 2] == '\n')
			return note + i;
	}
	return NULL;
}

/* One signature, "— NAME BASE64", without its '\n'.  1: it is @key's, in @ret; 0: another's. */
static int read_signature(const char *line, size_t size, const struct note_key *key,
			  uint8_t ret[static SIGNED_SIZE])
{
	size_t dash = strlen(DASH);
	const char *name = line + dash, *blank;

	if (size < dash || memcmp(line, DASH, dash) != 0)
		return -EBADMSG;
	blank = memchr(name, ' ', size - dash);
	if (blank == NULL || !is_name(name, (size_t)(blank - name)))
		return -EBADMSG;
	/* Other kinds of key have signatures of other lengths. */
	if ((size_t)(blank - name) != strlen(key->name) ||
	    memcmp(name, key->name, strlen(key->name)) != 0)
		return 0;
	if (!decode(blank + 1, (size_t)(line + size - blank - 1), ret, SIGNED_SIZE))
		return 0;
	return memcmp(ret, key->id, sizeof(key->id)) == 0;
}

int note_open(const char *note, size_t size, const struct note_key *key, size_t *ret_text)
{
	const char *line = find_signatures(note, size), *end = note + size;
	uint8_t signature[SIGNED_SIZE];
	size_t text;
	int result = -ENOKEY;

	if (line == NULL)
		return -EBADMSG;
	text = (size_t)(line - note) - 1;
	if (!is_text(note, text) || line == end)
		return -EBADMSG;
	for (int n = 0; line < end; n++) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		int r;

		if (next == NULL || n == NOTE_MAX_SIGNATURES)
			return -EBADMSG;
		r = read_signature(line, (size_t)(next - line), key, signature);
		if (r < 0)
			return r;
		if (r > 0 && result == -ENOKEY)
			result = crypto_sign_verify_detached(signature + sizeof(key->id),
							     (const uint8_t *)note, text,
							     key->public_key) == 0
					 ? 0
					 : -EKEYREJECTED;
		line = next + 1;
	}
	if (result == 0)
		*ret_text = text;
	return result;
}
