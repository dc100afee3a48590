#include "dsse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "json_text.h"
#include "text.h"

_Static_assert(DSSE_KEY_SIZE == crypto_sign_PUBLICKEYBYTES, "keys are Ed25519");
_Static_assert(DSSE_SIGNATURE_SIZE == crypto_sign_BYTES, "signatures are Ed25519");

enum { BASE64 = sodium_base64_VARIANT_ORIGINAL, ENVELOPE_DEPTH = 3 };

static bool type_is_good(const char *type)
{
	const size_t length = strlen(type);

	if (length == 0 || length >= DSSE_TYPE_SIZE)
		return false;
	for (size_t i = 0; i < length; i++)
		if (type[i] <= ' ' || type[i] > '~')
			return false;
	return true;
}

static int parse_payload(const char *base64, struct dsse *dsse)
{
	const size_t room = strlen(base64) / 4 * 3 + 1;

	dsse->payload = malloc(room);
	if (dsse->payload == NULL)
		return -ENOMEM;
	if (text_unbase64(base64, dsse->payload, room, &dsse->payload_size) < 0)
		return -EBADMSG;
	return 0;
}

static int parse_signature(json_t *object, struct dsse_signature *ret)
{
	const char *keyid, *base64;
	uint8_t id[DSSE_KEY_SIZE];
	char canonical[DSSE_KEYID_SIZE];
	size_t size = 0;
	json_error_t error;

	if (json_unpack_ex(object, &error, JSON_STRICT, "{s:s, s:s}", "keyid", &keyid, "sig",
			   &base64) < 0)
		return json_text_error(&error);
	if (text_unhex(keyid, id, sizeof(id)) < 0)
		return -EBADMSG;
	text_hex(id, sizeof(id), canonical);
	if (strcmp(keyid, canonical) != 0)
		return -EBADMSG;
	if (text_unbase64(base64, ret->signature, sizeof(ret->signature), &size) < 0 ||
	    size != sizeof(ret->signature))
		return -EBADMSG;
	memcpy(ret->keyid, canonical, sizeof(ret->keyid));
	return 0;
}

static int parse_envelope(json_t *root, struct dsse *dsse)
{
	const char *type, *payload;
	json_t *signatures, *object;
	size_t i;
	json_error_t error;

	if (json_unpack_ex(root, &error, JSON_STRICT, "{s:s, s:s, s:o}", "payloadType", &type,
			   "payload", &payload, "signatures", &signatures) < 0)
		return json_text_error(&error);
	if (!type_is_good(type) || !json_is_array(signatures))
		return -EBADMSG;
	if (json_array_size(signatures) > DSSE_MAX_SIGNATURES)
		return -E2BIG;

	memcpy(dsse->type, type, strlen(type) + 1);
	json_array_foreach (signatures, i, object) {
		int r = parse_signature(object, &dsse->signatures[i]);
		if (r < 0)
			return r;
	}
	dsse->n_signatures = json_array_size(signatures);
	return parse_payload(payload, dsse);
}

int dsse_parse(struct dsse *ret, const char *text, size_t size)
{
	struct dsse dsse = { 0 };
	json_t *root;
	json_error_t error;

	if (size > DSSE_MAX_BYTES)
		return -E2BIG;
	int r = json_text_load(text, size, ENVELOPE_DEPTH, &root, &error);
	if (r < 0)
		return r;
	r = parse_envelope(root, &dsse);
	json_decref(root);
	if (r < 0) {
		dsse_finish(&dsse);
		return r;
	}
	*ret = dsse;
	return 0;
}

void dsse_finish(struct dsse *dsse)
{
	free(dsse->payload);
	*dsse = (struct dsse){ 0 };
}

static json_t *signature_to_json(const struct dsse_signature *signature)
{
	char base64[sodium_base64_ENCODED_LEN(DSSE_SIGNATURE_SIZE, BASE64)];

	sodium_bin2base64(base64, sizeof(base64), signature->signature,
			  sizeof(signature->signature), BASE64);
	return json_pack("{s:s, s:s}", "keyid", signature->keyid, "sig", base64);
}

int dsse_encode(const struct dsse *dsse, char **ret)
{
	const size_t length = sodium_base64_encoded_len(dsse->payload_size, BASE64);
	char *base64 = malloc(length);
	json_t *signatures = json_array();
	int r = base64 == NULL || signatures == NULL ? -ENOMEM : 0;

	for (size_t i = 0; r == 0 && i < dsse->n_signatures; i++)
		if (json_array_append_new(signatures, signature_to_json(&dsse->signatures[i])) < 0)
			r = -ENOMEM;
	if (r == 0) {
		sodium_bin2base64(base64, length, dsse->payload, dsse->payload_size, BASE64);
		r = json_text_dump(json_pack("{s:s, s:s, s:O}", "payloadType", dsse->type,
					     "payload", base64, "signatures", signatures),
				   ret);
	}
	json_decref(signatures);
	free(base64);
	return r;
}

void dsse_keyid(const uint8_t key[static DSSE_KEY_SIZE], char ret[static DSSE_KEYID_SIZE])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, key, DSSE_KEY_SIZE);
	text_hex(hash, sizeof(hash), ret);
}

/* The pre-authentication encoding (DSSE v1 protocol.md): the bytes that are signed.  Gives them, or
 * NULL when out of memory. */
static uint8_t *encode_pae(const struct dsse *dsse, size_t *ret_size)
{
	char head[sizeof("DSSEv1") + DSSE_TYPE_SIZE + 2 * sizeof(" 18446744073709551615 ")];
	const int head_size = snprintf(head, sizeof(head), "DSSEv1 %zu %s %zu ", strlen(dsse->type),
				       dsse->type, dsse->payload_size);
	const size_t size = (size_t)head_size + dsse->payload_size;
	uint8_t *bytes = malloc(size);

	if (bytes == NULL)
		return NULL;
	memcpy(bytes, head, (size_t)head_size);
	if (dsse->payload_size > 0)
		memcpy(bytes + head_size, dsse->payload, dsse->payload_size);
	*ret_size = size;
	return bytes;
}

int dsse_sign(struct dsse *dsse, const uint8_t secret[static 64])
{
	const uint8_t *key = secret + crypto_sign_SEEDBYTES; /* libsodium keeps the public half */
	struct dsse_signature signature;
	size_t size = 0;

	dsse_keyid(key, signature.keyid);
	for (size_t i = 0; i < dsse->n_signatures; i++)
		if (strcmp(dsse->signatures[i].keyid, signature.keyid) == 0)
			return -EEXIST;
	if (dsse->n_signatures == DSSE_MAX_SIGNATURES)
		return -E2BIG;

	uint8_t *pae = encode_pae(dsse, &size);
	if (pae == NULL)
		return -ENOMEM;
	crypto_sign_detached(signature.signature, NULL, pae, size, secret);
	free(pae);
	dsse->signatures[dsse->n_signatures++] = signature;
	return 0;
}

bool dsse_signature_good(const struct dsse *dsse, const struct dsse_signature *signature,
			 const uint8_t key[static DSSE_KEY_SIZE])
{
	size_t size = 0;
	uint8_t *pae = encode_pae(dsse, &size);
	const bool good = pae != NULL &&
			  crypto_sign_verify_detached(signature->signature, pae, size, key) == 0;

	free(pae);
	return good;
}
