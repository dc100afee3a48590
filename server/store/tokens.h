/* tokens - people's API tokens, and the tokens that enrol machines.  Only hashes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

enum {
	TOKEN_ROLE_SIZE = 16,
	TOKEN_ID_BYTES = 8,
	TOKEN_ID_SIZE = 2 * TOKEN_ID_BYTES + 1,
	TOKEN_MACHINES_MAX = 10000,
	TOKENS_LISTED_MAX = 1000,
};

/* Who an API token speaks for. */
struct api_identity {
	char name[STORE_TEXT_SIZE];
	char role[TOKEN_ROLE_SIZE]; /* "officer" or "auditor" */
};

/* A token that enrols one machine, or each of a group. */
struct enrolment_token {
	uint8_t hash[STORE_HASH_SIZE];
	char unit[STORE_TEXT_SIZE];
	char created_by[STORE_TEXT_SIZE];
	int64_t created, expires;
	int64_t machines;	    /* how many it lets in, 1 to TOKEN_MACHINES_MAX */
	char host[STORE_UUID_SIZE]; /* the machine becomes this host again; "": any machine */
};

/* One of tokens_each(). */
struct listed_token {
	char id[TOKEN_ID_SIZE]; /* the first bytes of its hash: names it, and lets nobody in */
	struct enrolment_token token;
	int64_t remaining;
	int64_t revoked; /* when; 0: it is not */
};

/* One of tokens_each_use(). */
struct token_use {
	char id[TOKEN_ID_SIZE]; /* of the token */
	char host[STORE_UUID_SIZE], hostname[STORE_TEXT_SIZE];
	int64_t time;
};

/* Take in an API token; one that is known already is left as it is. */
int tokens_add_api(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
		   const struct api_identity *identity, int64_t now)
	__attribute__((warn_unused_result));
/* Returns 0; -ENOENT. */
int tokens_find_api(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
		    struct api_identity *ret) __attribute__((warn_unused_result));

/* Returns 0; -ENOENT if there is no such host. */
int tokens_add_enrolment(struct store *store, const struct enrolment_token *token)
	__attribute__((warn_unused_result));
/* Is this token good at @now?  Returns 0; -ENOENT; -EALREADY if used up; -EKEYREVOKED; -ETIME if
 * expired. */
int tokens_check_enrolment(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
			   int64_t now) __attribute__((warn_unused_result));

/* The token whose id is @id lets nobody in any more.  Returns 0, also if it was revoked before;
 * -EINVAL if @id is none; -ENOENT. */
int tokens_revoke(struct store *store, const char *id, const char *by, const char *reason,
		  int64_t now) __attribute__((warn_unused_result));

/* The latest TOKENS_LISTED_MAX tokens, latest first; a negative return ends it and is returned. */
int tokens_each(struct store *store, int (*on_token)(void *context, const struct listed_token *row),
		void *context) __attribute__((warn_unused_result));
/* Each machine that one of them let in, in the order of their times. */
int tokens_each_use(struct store *store, int (*on_use)(void *context, const struct token_use *row),
		    void *context) __attribute__((warn_unused_result));
