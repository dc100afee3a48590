/* policy_store - the signed policy that is in force, and how it gets there.
 *
 * Below the state directory: policy/<role>.dsse.json, the envelope in force, and
 * policy/sections/<sha256>.  The envelope is replaced last, so a power cut leaves the old policy or
 * the new one.  The trust root is read from the configuration directory and belongs to root.
 * What a peer offers is verified before it is parsed, and again when it is loaded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle_load.h"
#include "policy/decide.h"

struct policy_store {
	int config_fd; /* owned */
	int policy_fd, sections_fd;
	bool trusted; /* a trust root is pinned */
	struct trust trust;
	struct loaded_bundle roles[_ROLE_MAX];
	bool expiry_told[_ROLE_MAX];
	/* Something is on disk for the role and cannot be put in force: damaged, or not read. */
	bool broken[_ROLE_MAX];
	uint64_t floor[_ROLE_MAX]; /* then: this version is older than what is on disk */
};

/* What became of an offer, or of a policy at load. */
struct policy_outcome {
	bool applied;
	bool unchanged;	  /* the very envelope that is in force already */
	bool verified;	  /* @version is from a verified manifest */
	uint64_t version; /* of the envelope offered, 0 if it could not be told */
	const char
		*refused;  /* a bundle_refusal word, or "not-trusted", "not-sealed", ...; static */
	uint8_t offer[32]; /* SHA-256 of the envelope */
	char text[BUNDLE_TEXT_SIZE];
};

/* Open the store below @state_fd, making its directories, and @config_dir.  Nothing is loaded.
 * Returns 0; what mkdirat(2), openat(2) give: then policy_store_finish() is still allowed. */
int policy_store_init(struct policy_store *store, int state_fd, const char *config_dir)
	__attribute__((warn_unused_result));
void policy_store_finish(struct policy_store *store);

/* Read the trust root.  Returns 0; -ENOENT if there is none; -EBADMSG; what file_read() gives.
 * On failure the one before stays, and @error (256 bytes) gets a sentence. */
int policy_store_read_trust(struct policy_store *store, char error[static 256])
	__attribute__((warn_unused_result));

/* Load @role from its files and verify it anew, but for version and expiry; what does not verify is
 * not in force any more, but offers older than it stay refused as long as its envelope is good.
 * Returns true if something is in force after.  @ret tells what was wrong,
 * with refused NULL if there simply is none. */
bool policy_store_load(struct policy_store *store, enum trust_role role,
		       struct policy_outcome *ret);

/* Judge an offer for @role: @fds[0] is the envelope, the others the sections in the manifest's
 * order; all borrowed.  If it is good it is on disk and in force when this returns.  @now: seconds
 * since 1970. */
void policy_store_offer(struct policy_store *store, enum trust_role role, const int *fds,
			size_t n_fds, int64_t now, struct policy_outcome *ret);

/* What is in force, for decide().  Valid until the next load or accepted offer. */
struct policy_view policy_store_view(const struct policy_store *store);

/* The version in force, 0 for none. */
uint64_t policy_store_version(const struct policy_store *store, enum trust_role role);

/* True if @role is past its date at @now. */
bool policy_store_expired(const struct policy_store *store, enum trust_role role, int64_t now);

/* True once for each version of @role that has passed its date, also over restarts. */
bool policy_store_expiry_due(struct policy_store *store, enum trust_role role, int64_t now);
