#include "api_token.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

static const char PREFIX[] = "dgt_";
static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void api_token_generate(char ret[static API_TOKEN_SIZE])
{
	uint8_t secret[32];

	randombytes_buf(secret, sizeof(secret));
	memcpy(ret, PREFIX, sizeof(PREFIX) - 1);
	sodium_bin2base64(ret + sizeof(PREFIX) - 1, API_TOKEN_SIZE - (sizeof(PREFIX) - 1), secret,
			  sizeof(secret), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(secret, sizeof(secret));
}

int api_token_hash(const char *token, uint8_t ret[static API_TOKEN_HASH_SIZE])
{
	if (strnlen(token, API_TOKEN_SIZE) != API_TOKEN_SIZE - 1 ||
	    strncmp(token, PREFIX, sizeof(PREFIX) - 1) != 0 ||
	    strspn(token + sizeof(PREFIX) - 1, ALPHABET) != 43)
		return -EINVAL;
	crypto_hash_sha256(ret, (const uint8_t *)token, API_TOKEN_SIZE - 1);
	return 0;
}
