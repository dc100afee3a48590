#include "policy_store.h"
#include "policy_store_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/log.h"

int policy_store_read_known(const struct policy_store *store, const char *name,
			    const uint8_t hash[static 32], char **ret, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	uint8_t found[32];
	int r = file_read(store->policy_fd, name, DSSE_MAX_BYTES, &text, ret_size);

	if (r < 0)
		return r == -ENOENT || r == -E2BIG ? -EBADMSG : r;
	crypto_hash_sha256(found, (const uint8_t *)text, *ret_size);
	if (memcmp(found, hash, sizeof(found)) != 0)
		return -EBADMSG;
	*ret = TAKE_PTR(text);
	return 0;
}

/* The trial goes on with another version: back is still where it was. */
static int keep_on(const struct policy_store *store, struct policy_trial *ret)
{
	const struct policy_trial *trial = &store->note.trial;
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	if (trial->version == 0)
		return -EBADMSG;
	r = policy_store_read_known(store, POLICY_PREVIOUS, trial->previous, &text, &size);
	if (r < 0)
		return r;
	ret->replaces_version = trial->version;
	memcpy(ret->replaces, trial->envelope, sizeof(ret->replaces));
	ret->previous_version = trial->previous_version;
	memcpy(ret->previous, trial->previous, sizeof(ret->previous));
	return 0;
}

/* A trial begins: what is in force is kept.  It may be kept already, where a roll-back was cut off
 * after its note. */
static int keep(const struct policy_store *store, struct policy_trial *ret)
{
	const struct loaded_bundle *held = &store->roles[ROLE_POLICY];
	_cleanup_free_ char *text = NULL;
	char name[POLICY_FILE_NAME_SIZE];
	size_t size;
	int r;

	if (held->manifest.version == 0)
		return -EBADMSG;
	policy_store_envelope_name(ROLE_POLICY, name);
	r = policy_store_read_known(store, name, held->envelope, &text, &size);
	if (r >= 0)
		r = file_write_atomic(store->policy_fd, POLICY_PREVIOUS, text, size, 0600);
	else if (r == -EBADMSG)
		r = policy_store_read_known(store, POLICY_PREVIOUS, held->envelope, &text, &size);
	if (r < 0)
		return r;
	ret->previous_version = held->manifest.version;
	memcpy(ret->previous, held->envelope, sizeof(ret->previous));
	return 0;
}

int policy_store_prepare_trial(const struct policy_store *store, const struct section *envelope,
			       uint64_t version)
{
	struct policy_trial_note note = { 0 };
	int r;

	if (policy_store_undone(store) > 0) { /* it holds until the envelope is replaced */
		note.undone_version = store->note.undone_version;
		memcpy(note.undone, store->note.undone, sizeof(note.undone));
		note.undone_times = store->note.undone_times;
	}
	r = keep_on(store, &note.trial);
	if (r == -EBADMSG)
		r = keep(store, &note.trial);
	if (r < 0 && r != -EBADMSG)
		return r;
	if (r >= 0) {
		note.trial.version = version;
		crypto_hash_sha256(note.trial.envelope, envelope->bytes, envelope->size);
	}
	return policy_trial_write(store->policy_fd, &note);
}

const struct policy_trial *policy_store_trial(const struct policy_store *store)
{
	return store->note.trial.version > 0 ? &store->note.trial : NULL;
}

uint64_t policy_store_undone(const struct policy_store *store)
{
	uint64_t held = store->roles[ROLE_POLICY].manifest.version;

	return held > 0 && store->note.undone_version > held ? store->note.undone_version : 0;
}

unsigned policy_store_undone_times(const struct policy_store *store)
{
	return policy_store_undone(store) > 0 ? store->note.undone_times : 0;
}

void policy_store_allow_again(struct policy_store *store)
{
	store->again = policy_store_undone(store) > 0;
}

uint64_t policy_store_begin_trial(struct policy_store *store, const char *boot, uint64_t now_us,
				  uint64_t within_us)
{
	struct policy_trial *trial = &store->note.trial;
	int r;

	if (strcmp(trial->boot, boot) == 0) {
		if (trial->deadline_us > now_us + within_us)
			trial->deadline_us = now_us + within_us;
		return trial->deadline_us;
	}
	snprintf(trial->boot, sizeof(trial->boot), "%s", boot);
	trial->deadline_us = now_us;
	if (trial->begun >= POLICY_TRIAL_BOOTS_MAX)
		return trial->deadline_us;
	trial->begun++;
	trial->deadline_us = now_us + within_us;
	r = policy_trial_write(store->policy_fd, &store->note);
	if (r < 0)
		log_warning("policy-provisional",
			    "Cannot note until when the policy is provisional; after a restart "
			    "its time begins anew: %s",
			    strerror(-r));
	return trial->deadline_us;
}

int policy_store_confirm(struct policy_store *store, uint64_t version)
{
	const struct policy_trial_note none = { 0 };
	const struct policy_trial *trial = &store->note.trial;
	int r;

	if (trial->version == 0)
		return -ENOENT;
	if (version != trial->version || version != policy_store_version(store, ROLE_POLICY))
		return -ESTALE;
	r = policy_trial_write(store->policy_fd, &none);
	if (r < 0)
		return r;
	store->note = none;
	unlinkat(store->policy_fd, POLICY_PREVIOUS, 0); /* by itself it means nothing */
	policy_store_sweep(store);
	return 0;
}

/* Verify what is gone back to from its files. */
static int load_previous(const struct policy_store *store, struct loaded_bundle *bundle,
			 bool *ret_assumed, struct policy_outcome *ret)
{
	const uint64_t held[_ROLE_MAX] = { 0 };
	_cleanup_free_ char *text = NULL;
	enum bundle_refusal refusal;
	size_t size;
	int r;

	r = policy_store_read_known(store, POLICY_PREVIOUS, store->note.trial.previous, &text,
				    &size);
	if (r < 0) {
		policy_store_refuse(ret, "not-readable",
				    r == -EBADMSG ? "Its envelope is damaged or gone."
						  : "Its envelope cannot be read.");
		return r;
	}
	refusal = bundle_load_envelope(bundle, &store->trust, ROLE_POLICY, text, size, held, -1);
	if (refusal == BUNDLE_OK)
		refusal = policy_store_load_files(store, bundle, ret_assumed, ret->text);
	if (refusal == BUNDLE_OK)
		return 0;
	policy_store_refuse_bundle(ret, refusal);
	return -EBADMSG;
}

/* From the note on, the previous envelope is the one in force; give it its name. */
static void rename_previous(const struct policy_store *store)
{
	char name[POLICY_FILE_NAME_SIZE];

	policy_store_envelope_name(ROLE_POLICY, name);
	if (renameat(store->policy_fd, POLICY_PREVIOUS, store->policy_fd, name) < 0 ||
	    fsync(store->policy_fd) < 0)
		log_warning("policy-rolled-back", "The previous policy keeps its file's name: %s",
			    strerror(errno));
}

int policy_store_roll_back(struct policy_store *store, struct policy_outcome *ret)
{
	const struct policy_trial_note none = { 0 };
	struct policy_trial_note next = { .undone_version = store->note.trial.version };
	struct loaded_bundle bundle = { 0 };
	bool assumed = false;
	int r;

	*ret = (struct policy_outcome){ .version = store->note.trial.previous_version };
	if (store->note.trial.version == 0)
		return -ENOENT;
	r = load_previous(store, &bundle, &assumed, ret);
	if (r == -EBADMSG) {
		store->note = none;
		if (policy_trial_write(store->policy_fd, &none) < 0)
			log_warning("policy-provisional",
				    "Cannot note that the policy is not provisional any more");
	}
	if (r < 0)
		return r;
	memcpy(next.undone, store->note.trial.envelope, sizeof(next.undone));
	next.undone_times = store->note.undone_version == next.undone_version
				    ? store->note.undone_times + 1
				    : 1;
	r = policy_trial_write(store->policy_fd, &next);
	if (r < 0) {
		bundle_unload(&bundle);
		policy_store_refuse(ret, "not-stored", strerror(-r));
		return r;
	}
	rename_previous(store);
	store->note = next;
	ret->applied = ret->verified = true;
	policy_store_put_in_force(store, ROLE_POLICY, &bundle);
	store->assumed[ROLE_POLICY] = assumed;
	policy_store_sweep(store);
	policy_store_relax(store);
	return 0;
}
