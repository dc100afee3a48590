/* trust - the trust root: officers' keys, and how many of them must sign in each role.
 * Pure.  Pinned on each machine at enrolment.  JSON:
 * { "schema": "devgate-trust-1", "version": 1, "expires": "2028-01-01T00:00:00Z",
 *   "officers": [ { "name": "alice", "key": "<base64 of 32 bytes>" } ],
 *   "roles": { "policy":      { "keys": ["<keyid>", ...], "threshold": 2 },
 *              "revocations": { "keys": ["<keyid>", ...], "threshold": 1 },
 *              "grants":      { "keys": ["<keyid>", ...], "threshold": 1 } } }
 * "grants" may be left out: then nobody may grant anything. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsse.h"

enum { TRUST_MAX_BYTES = 64 * 1024, TRUST_MAX_OFFICERS = 64, TRUST_NAME_SIZE = 64 };

/* Those before _ROLE_MAX sign manifests (bundle.h), and have a version; grants are documents of
 * their own (grant.h). */
enum trust_role {
	ROLE_POLICY,
	ROLE_REVOCATIONS,
	_ROLE_MAX,
	ROLE_GRANTS = _ROLE_MAX,
	_TRUST_ROLE_MAX,
};

const char *trust_role_to_text(enum trust_role role);
/* The role that signs manifests and is called @text, or -EINVAL. */
int trust_role_from_text(const char *text);

struct trust_officer {
	char name[TRUST_NAME_SIZE];
	uint8_t key[DSSE_KEY_SIZE];
	char keyid[DSSE_KEYID_SIZE];
	bool roles[_TRUST_ROLE_MAX];
};

struct trust {
	uint64_t version;
	int64_t expires;		     /* seconds since 1970, UTC */
	unsigned threshold[_TRUST_ROLE_MAX]; /* 0, of grants alone: nobody has the role */
	size_t n_officers;
	struct trust_officer officers[TRUST_MAX_OFFICERS];
};

/* Returns 0; -EBADMSG (a threshold of 0 or above the number of keys, a key twice, an unknown
 * member); -E2BIG; -ENOMEM.  @error, if not NULL, gets a sentence. */
int trust_parse(struct trust *ret, const char *text, size_t size, char error[256])
	__attribute__((warn_unused_result));

/* The document as JSON text; gives *@ret, to be freed. */
int trust_encode(const struct trust *trust, char **ret) __attribute__((warn_unused_result));

/* Which of the role's officers have signed the envelope: each key counted once, unknown keys and
 * bad signatures not at all.  @ret_names gets at most @max pointers into @trust. */
size_t trust_signers(const struct trust *trust, enum trust_role role, const struct dsse *dsse,
		     const char **ret_names, size_t max);
