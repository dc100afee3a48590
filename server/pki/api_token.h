/* api_token - bearer tokens: 256 random bits that a person or a new machine shows once or often.
 * Only the SHA-256 is ever stored.  It needs no salt or slow function since the token is random,
 * and looking a hash up by index leaks nothing about the token that matters. */
#pragma once

#include <stdint.h>

enum {
	API_TOKEN_SIZE = 4 + 43 + 1, /* "dgt_", 32 bytes as base64url without padding, NUL */
	API_TOKEN_HASH_SIZE = 32,
};

/* A new token, NUL-terminated.  sodium_init() must have been called. */
void api_token_generate(char ret[static API_TOKEN_SIZE]);

/* SHA-256 of the token's 47 characters.  Returns 0; -EINVAL if @token has not the form. */
int api_token_hash(const char *token, uint8_t ret[static API_TOKEN_HASH_SIZE])
	__attribute__((warn_unused_result));
