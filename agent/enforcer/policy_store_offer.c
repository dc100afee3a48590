#include "policy_store.h"
#include "policy_store_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/log.h"

/* Map what was offered.  False with @ret filled if it cannot be looked at. */
static bool map_offer(const int *fds, size_t n_fds, struct section *ret_envelope,
		      struct section ret[static MANIFEST_MAX_SECTIONS],
		      struct policy_outcome *outcome)
{
	if (n_fds < 1 || n_fds > 1 + MANIFEST_MAX_SECTIONS) {
		policy_store_refuse(outcome, "malformed",
				    "An offer is an envelope and its sections.");
		return false;
	}
	for (size_t i = 0; i < n_fds; i++) {
		int r = i == 0 ? section_map_sealed(fds[0], DSSE_MAX_BYTES, ret_envelope)
			       : section_map_sealed(fds[i], SECTION_MAX_BYTES, &ret[i - 1]);

		if (r == -EPERM) {
			policy_store_refuse(outcome, "not-sealed",
					    "What is offered must be sealed memory.");
			return false;
		}
		if (r < 0) {
			policy_store_refuse(outcome, "malformed", NULL);
			snprintf(outcome->text, sizeof(outcome->text),
				 "Part %zu of the offer cannot be read: %s", i, strerror(-r));
			return false;
		}
	}
	return true;
}

/* The version of @role that an offer must be above.  The one that was taken back is let through
 * here, to be refused by that name. */
static uint64_t version_floor(const struct policy_store *store, enum trust_role role)
{
	uint64_t held = store->roles[role].manifest.version, undone;

	if (store->floor[role] > held)
		held = store->floor[role];
	undone = role == ROLE_POLICY ? policy_store_undone(store) : 0;
	return undone > held ? undone - 1 : held;
}

/* Verify envelope and sections; nothing has been stored when this returns. */
static bool verify_offer(struct policy_store *store, enum trust_role role,
			 const struct section *envelope,
			 struct section sections[static MANIFEST_MAX_SECTIONS], int64_t now,
			 struct loaded_bundle *ret, struct policy_outcome *outcome)
{
	uint64_t held[_ROLE_MAX];
	enum bundle_refusal refusal;

	for (int i = 0; i < _ROLE_MAX; i++)
		held[i] = version_floor(store, (enum trust_role)i);
	if (!store->trusted) {
		policy_store_refuse(
			outcome, "not-trusted",
			"This machine has no trust root; enrol it with \"devgate enrol\".");
		return false;
	}
	refusal = bundle_load_envelope(ret, &store->trust, role, (const char *)envelope->bytes,
				       envelope->size, held, now);
	if (refusal == BUNDLE_OK) {
		outcome->version = ret->manifest.version;
		outcome->verified = true;
		if (role == ROLE_POLICY && !store->again &&
		    outcome->version == policy_store_undone(store)) {
			policy_store_refuse(
				outcome, "rolled-back",
				"This version was taken back here, because the collector was not "
				"reached under it; a higher one is taken at once.");
			return false;
		}
		refusal = bundle_load_sections(ret, sections, true, outcome->text);
	}
	if (refusal != BUNDLE_OK)
		policy_store_refuse_bundle(outcome, refusal);
	return refusal == BUNDLE_OK;
}

/* Replace the envelope in force.  What is in its place after is what the next start will read: then
 * it is in force now, also if the disk did not say that it will last. */
static int store_envelope(const struct policy_store *store, enum trust_role role,
			  const struct section *envelope, const uint8_t hash[static 32])
{
	_cleanup_free_ char *stored = NULL;
	char name[POLICY_FILE_NAME_SIZE];
	size_t size;
	int r;

	policy_store_envelope_name(role, name);
	r = file_write_atomic(store->policy_fd, name, envelope->bytes, envelope->size, 0600);
	if (r >= 0 || policy_store_read_known(store, name, hash, &stored, &size) < 0)
		return r;
	log_warning("policy-stored", "Whether %s will be there after a power cut is not known: %s",
		    name, strerror(-r));
	return 0;
}

/* Store a verified offer and load it from where it is stored.  The envelope, last, makes it so. */
static int store_offer(struct policy_store *store, enum trust_role role,
		       const struct section *envelope, const struct manifest *manifest,
		       const int *fds, struct policy_outcome *outcome)
{
	char name[SECTION_NAME_SIZE];
	int r;

	for (size_t i = 0; i < manifest->n_sections; i++) {
		struct section section = { 0 };

		r = section_map_sealed(fds[i + 1], SECTION_MAX_BYTES, &section);
		if (r < 0)
			return r;
		section_name(&manifest->sections[i], name);
		r = file_write_atomic(store->sections_fd, name, section.bytes, section.size, 0600);
		section_finish(&section);
		if (r < 0)
			return r;
	}
	if (role == ROLE_POLICY) {
		r = policy_store_prepare_trial(store, envelope, manifest->version);
		if (r < 0)
			return r;
	}
	r = store_envelope(store, role, envelope, outcome->offer);
	if (r < 0)
		return r;
	return policy_store_load(store, role, outcome) ? 0 : -EIO;
}

static void judge_offer(struct policy_store *store, enum trust_role role, const int *fds,
			size_t n_fds, const struct section *envelope,
			struct section sections[static MANIFEST_MAX_SECTIONS], int64_t now,
			struct policy_outcome *ret)
{
	struct loaded_bundle bundle = { 0 };
	const struct loaded_bundle *held = &store->roles[role];
	int r;

	crypto_hash_sha256(ret->offer, envelope->bytes, envelope->size);
	if (held->manifest.version > 0 &&
	    memcmp(ret->offer, held->envelope, sizeof(ret->offer)) == 0) {
		ret->applied = ret->unchanged = ret->verified = true;
		ret->version = held->manifest.version;
		return;
	}
	if (!verify_offer(store, role, envelope, sections, now, &bundle, ret))
		return;
	if (n_fds - 1 != bundle.manifest.n_sections) {
		policy_store_refuse(ret, "bad-section",
				    "The offer has more parts than the manifest names.");
	} else {
		r = store_offer(store, role, envelope, &bundle.manifest, fds, ret);
		if (r < 0) {
			policy_store_refuse(ret, "not-stored", NULL);
			snprintf(ret->text, sizeof(ret->text), "It could not be stored: %s",
				 strerror(-r));
		} else {
			policy_store_sweep(store);
		}
	}
	bundle_unload(&bundle);
}

void policy_store_offer(struct policy_store *store, enum trust_role role, const int *fds,
			size_t n_fds, int64_t now, struct policy_outcome *ret)
{
	struct section envelope = { 0 }, sections[MANIFEST_MAX_SECTIONS] = { 0 };

	*ret = (struct policy_outcome){ 0 };
	if (map_offer(fds, n_fds, &envelope, sections, ret))
		judge_offer(store, role, fds, n_fds, &envelope, sections, now, ret);
	section_finish(&envelope);
	for (size_t i = 0; i < MANIFEST_MAX_SECTIONS; i++)
		section_finish(&sections[i]);
}
