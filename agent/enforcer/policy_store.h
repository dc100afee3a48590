/* policy_store - the signed policy that is in force, and how it gets there.
 *
 * Below the state directory: policy/<role>.dsse.json, the envelope in force, and
 * policy/sections/<sha256>.  The envelope is replaced last, so a power cut leaves the old policy or
 * the new one.  The trust root is read from the configuration directory and belongs to root.
 * What a peer offers is verified before it is parsed, and again when it is loaded.
 *
 * A role's table can be large.  policy/<role>.checked says which file it was when its bytes were
 * found good: at a start, that very file is taken into force at once ("assumed"), and is to be
 * hashed when there is time (recheck.h).  Any other is hashed before it is used.
 *
 * Commit confirmed.  A policy that follows another is on trial: the one before is kept, in
 * policy/policy.previous.dsse.json with its sections, until the reporter has reached the collector
 * under the new one and says so, or its time is over and the one before is in force again
 * (policy_trial.h).  A first policy, and revocations, which can only tighten, are never on trial.
 * Who confirms is the process that the network can take over.  What it gains by not confirming is
 * the policy before, which it could have kept by not offering the new one; by confirming falsely, a
 * policy that the officers signed.  It never gets further back than that: what is kept is always
 * the last one that was confirmed (or was the first), no version below one that was taken back is
 * taken, and one that was gone back to is not on trial itself.  The one that was taken back is put
 * on trial again only when it is allowed to, which provisional.h does a few times: the collector
 * may have been out of reach for another reason.  Damage to what is kept leaves the new policy in
 * force. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle_load.h"
#include "policy/decide.h"
#include "policy_trial.h"

/* Boots in which the time of one trial begins anew; in a further one it is over. */
enum { POLICY_TRIAL_BOOTS_MAX = 4 };

/* The grants whose time it is (grants.h), and their ids. */
struct grants_in_force {
	size_t n;
	const struct grant *items[GRANTS_MAX];
	char ids[GRANTS_MAX][GRANT_ID_SIZE];
};

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
	/* The table in force was not hashed in this run. */
	bool assumed[_ROLE_MAX];
	struct policy_trial_note note; /* of the policy; its trial is empty unless it runs */
	bool note_damaged;	       /* and so nothing of it is known */
	const struct grants_in_force *granted; /* borrowed; NULL: none */
	bool again; /* the version that was taken back may be offered once more */
};

/* What became of an offer, or of a policy at load. */
struct policy_outcome {
	bool applied;
	bool unchanged;	  /* the very envelope that is in force already */
	bool verified;	  /* @version is from a verified manifest */
	uint64_t version; /* of the envelope offered, 0 if it could not be told */
	const char
		*refused;  /* a bundle_refusal word, or "not-trusted", "rolled-back", ...; static */
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

/* The table of @role that is in force is not what was signed: it is not in force any more. */
void policy_store_distrust(struct policy_store *store, enum trust_role role);

/* Let the kernel have back the memory that looking devices up took. */
void policy_store_relax(const struct policy_store *store);

/* Judge an offer for @role: @fds[0] is the envelope, the others the sections in the manifest's
 * order; all borrowed.  If it is good it is on disk and in force when this returns.  @now: seconds
 * since 1970. */
void policy_store_offer(struct policy_store *store, enum trust_role role, const int *fds,
			size_t n_fds, int64_t now, struct policy_outcome *ret);

/* The trial that the policy in force is on, or NULL.  Valid until the next call that changes the
 * store. */
const struct policy_trial *policy_store_trial(const struct policy_store *store);

/* The version above the one in force that was taken back, or 0; and how often it was. */
uint64_t policy_store_undone(const struct policy_store *store);
unsigned policy_store_undone_times(const struct policy_store *store);

/* Let the version that was taken back be offered once more, until another policy is in force. */
void policy_store_allow_again(struct policy_store *store);

/* There is a trial, and this boot, @boot, has its id: its time begins, unless it has in this boot.
 * @now_us: CLOCK_BOOTTIME; it lasts @within_us at most from now.  Returns when it ends, @now_us or
 * before if it is over. */
uint64_t policy_store_begin_trial(struct policy_store *store, const char *boot, uint64_t now_us,
				  uint64_t within_us);

/* The collector has been reached under @version: the one before is dropped.  Returns 0; -ENOENT if
 * there is no trial; -ESTALE if it is of another version, or that version cannot be put in force;
 * what policy_trial_write() gives: then the trial goes on. */
int policy_store_confirm(struct policy_store *store, uint64_t version)
	__attribute__((warn_unused_result));

/* The trial's time is over: put the policy before in force again.  @ret: its version, and what was
 * wrong.  Returns 0; -ENOENT if there is no trial; -EBADMSG if what was kept is damaged: then the
 * trial is over, too, and what is in force stays; what file_read() and policy_trial_write() give:
 * then the trial goes on, and this is to be tried again. */
int policy_store_roll_back(struct policy_store *store, struct policy_outcome *ret)
	__attribute__((warn_unused_result));

/* What is in force, for decide().  Valid until the next load or accepted offer. */
struct policy_view policy_store_view(const struct policy_store *store);

/* The version in force, 0 for none. */
uint64_t policy_store_version(const struct policy_store *store, enum trust_role role);

/* True if @role is past its date at @now. */
bool policy_store_expired(const struct policy_store *store, enum trust_role role, int64_t now);

/* True once for each version of @role that has passed its date, also over restarts. */
bool policy_store_expiry_due(struct policy_store *store, enum trust_role role, int64_t now);
