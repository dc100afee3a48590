/* tokens - people's API tokens, and the one-time tokens that enrol a machine.  Only hashes. */
#pragma once

#include <stdint.h>

#include "store.h"

enum { TOKEN_ROLE_SIZE = 16 };

/* Who an API token speaks for. */
struct api_identity {
	char name[STORE_TEXT_SIZE];
	char role[TOKEN_ROLE_SIZE]; /* "officer" or "auditor" */
};

struct enrolment_token {
	uint8_t hash[STORE_HASH_SIZE];
	char unit[STORE_TEXT_SIZE];
	char created_by[STORE_TEXT_SIZE];
	int64_t created, expires;
};

/* Take in an API token; one that is known already is left as it is. */
int tokens_add_api(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
		   const struct api_identity *identity, int64_t now)
	__attribute__((warn_unused_result));
/* Returns 0; -ENOENT. */
int tokens_find_api(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
		    struct api_identity *ret) __attribute__((warn_unused_result));

int tokens_add_enrolment(struct store *store, const struct enrolment_token *token)
	__attribute__((warn_unused_result));
/* Is this token good at @now?  Returns 0; -ENOENT; -EALREADY if used; -ETIME if expired. */
int tokens_check_enrolment(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
			   int64_t now) __attribute__((warn_unused_result));
