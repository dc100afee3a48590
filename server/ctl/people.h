/* people - who may ask the new collector: a name, a role and an API token for each. */
#pragma once

#include <stddef.h>

#include "policy/trust.h"
#include "profile.h"
#include "server/pki/api_token.h"

enum { PEOPLE_MAX = 2 * TRUST_MAX_OFFICERS };

struct person {
	char name[TRUST_NAME_SIZE];
	const char *role; /* "officer" or "auditor" */
	char token[API_TOKEN_SIZE];
	char *profile; /* owned; path of the profile that will hold the token */
};

struct people {
	size_t n;
	struct person list[PEOPLE_MAX];
};

/* Add a person with a new token, and a profile beside @profile: @profile itself for the first one,
 * NAME.json in its folder for the others.  The profile must not be there yet, and the name must be
 * fit for a file's.  Complains of a failure.  0 or -errno. */
int people_add(struct people *people, const char *name, const char *role, const char *profile)
	__attribute__((warn_unused_result));

/* The collector's bootstrap.json: names, roles, and the hashes of the tokens.  Gives *@ret, to be
 * freed.  0 or -ENOMEM. */
int people_bootstrap(const struct people *people, char **ret) __attribute__((warn_unused_result));

/* Write everyone's profile.  On failure, told, those written are removed.  0 or -errno. */
int people_write_profiles(const struct people *people, const struct profile_site *site)
	__attribute__((warn_unused_result));

/* Wipe the tokens. */
void people_finish(struct people *people);
