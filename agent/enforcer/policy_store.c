#include "policy_store.h"
#include "policy_store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/log.h"

enum { CHECKED_SIZE = 192 };

void policy_store_envelope_name(enum trust_role role, char ret[static POLICY_FILE_NAME_SIZE])
{
	snprintf(ret, POLICY_FILE_NAME_SIZE, "%s.dsse.json", trust_role_to_text(role));
}

int policy_store_init(struct policy_store *store, int state_fd, const char *config_dir)
{
	int r;

	*store = (struct policy_store){ .config_fd = -1, .policy_fd = -1, .sections_fd = -1 };
	store->config_fd = open(config_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->config_fd < 0)
		return -errno;
	r = file_make_directory(state_fd, "policy", 0700, &store->policy_fd);
	if (r < 0)
		return r;
	return file_make_directory(store->policy_fd, "sections", 0700, &store->sections_fd);
}

void policy_store_finish(struct policy_store *store)
{
	const int fds[] = { store->config_fd, store->policy_fd, store->sections_fd };

	for (int role = 0; role < _ROLE_MAX; role++)
		bundle_unload(&store->roles[role]);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	*store = (struct policy_store){ .config_fd = -1, .policy_fd = -1, .sections_fd = -1 };
}

int policy_store_read_trust(struct policy_store *store, char error[static 256])
{
	_cleanup_free_ char *text = NULL;
	struct trust trust;
	size_t size;
	int r = file_read(store->config_fd, "trust-root.json", TRUST_MAX_BYTES, &text, &size);

	if (r < 0) {
		snprintf(error, 256, "trust-root.json cannot be read: %s", strerror(-r));
		return r;
	}
	r = trust_parse(&trust, text, size, error);
	if (r < 0)
		return r;
	store->trust = trust;
	store->trusted = true;
	return 0;
}

void policy_store_refuse(struct policy_outcome *outcome, const char *word, const char *text)
{
	outcome->applied = false;
	outcome->refused = word;
	if (text != NULL)
		snprintf(outcome->text, sizeof(outcome->text), "%s", text);
}

void policy_store_refuse_bundle(struct policy_outcome *outcome, enum bundle_refusal refusal)
{
	policy_store_refuse(outcome, bundle_refusal_to_text(refusal),
			    refusal == BUNDLE_BAD_SECTION ? NULL : bundle_refusal_explain(refusal));
}

static void checked_name(enum trust_role role, char ret[static POLICY_FILE_NAME_SIZE])
{
	snprintf(ret, POLICY_FILE_NAME_SIZE, "%s.checked", trust_role_to_text(role));
}

/* "<sha256> <device> <inode> <size> <ctime, s> <ctime, ns>\n" */
static void format_checked(const struct manifest_section *named,
			   const struct section_identity *file, char ret[static CHECKED_SIZE])
{
	char name[SECTION_NAME_SIZE];

	section_name(named, name);
	snprintf(ret, CHECKED_SIZE,
		 "%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu32 "\n", name,
		 file->device, file->inode, file->size, file->changed_s, file->changed_ns);
}

/* Was the table's file, as it is, found good before?  Damage to the note means no. */
static bool was_checked(const struct policy_store *store, enum trust_role role,
			const struct manifest_section *named, struct section_identity *ret)
{
	_cleanup_free_ char *noted = NULL;
	char name[POLICY_FILE_NAME_SIZE], expected[CHECKED_SIZE];
	struct section_hash file;

	checked_name(role, name);
	if (file_read(store->policy_fd, name, CHECKED_SIZE, &noted, NULL) < 0 ||
	    section_hash_begin(&file, store->sections_fd, named) < 0)
		return false;
	*ret = file.file;
	section_hash_end(&file);
	format_checked(named, ret, expected);
	return strcmp(noted, expected) == 0;
}

static void note_checked(const struct policy_store *store, enum trust_role role,
			 const struct manifest_section *named, const struct section *table)
{
	char name[POLICY_FILE_NAME_SIZE], text[CHECKED_SIZE];
	int r;

	checked_name(role, name);
	format_checked(named, &table->file, text);
	r = file_write_atomic(store->policy_fd, name, text, strlen(text), 0600);
	if (r < 0)
		log_warning("section-checked",
			    "Cannot note that a table is good; it is hashed again at start: %s",
			    strerror(-r));
}

/* Map the file of one section.  Sets *@ret_assumed if it is the table, and was not hashed. */
static int map_file(const struct policy_store *store, enum trust_role role,
		    const struct manifest_section *named, struct section *ret, bool *ret_assumed)
{
	bool is_table = strcmp(named->name, bundle_table_name(role)) == 0;
	struct section_identity checked;
	int r;

	if (is_table && was_checked(store, role, named, &checked)) {
		*ret_assumed = true;
		return section_map_file(store->sections_fd, named, &checked, ret);
	}
	r = section_map_file(store->sections_fd, named, NULL, ret);
	if (r >= 0 && is_table)
		note_checked(store, role, named, ret);
	return r;
}

/* Map the files of all sections that @manifest names; those that fail stay empty. */
static void map_files(const struct policy_store *store, const struct manifest *manifest,
		      struct section ret[static MANIFEST_MAX_SECTIONS], bool *ret_assumed)
{
	for (size_t i = 0; i < manifest->n_sections; i++) {
		int r = map_file(store, manifest->role, &manifest->sections[i], &ret[i],
				 ret_assumed);

		if (r < 0)
			log_error("section-read", "Cannot map section \"%s\": %s",
				  manifest->sections[i].name, strerror(-r));
	}
}

static void finish_sections(struct section sections[static MANIFEST_MAX_SECTIONS])
{
	for (size_t i = 0; i < MANIFEST_MAX_SECTIONS; i++)
		section_finish(&sections[i]);
}

/* Open @bundle's sections from the files of the store. */
enum bundle_refusal policy_store_load_files(const struct policy_store *store,
					    struct loaded_bundle *bundle, bool *ret_assumed,
					    char why[static BUNDLE_TEXT_SIZE])
{
	struct section sections[MANIFEST_MAX_SECTIONS] = { 0 };
	enum bundle_refusal refusal;

	map_files(store, &bundle->manifest, sections, ret_assumed);
	refusal = bundle_load_sections(bundle, sections, false, why);
	finish_sections(sections);
	return refusal;
}

bool policy_store_put_in_force(struct policy_store *store, enum trust_role role,
			       struct loaded_bundle *bundle)
{
	bundle_unload(&store->roles[role]);
	store->roles[role] = *bundle;
	store->expiry_told[role] = false;
	store->broken[role] = false;
	store->floor[role] = 0;
	store->assumed[role] = false;
	store->again &= role != ROLE_POLICY;
	return bundle->manifest.version > 0;
}

/* Nothing is in force for @role any more, although something should be. */
static bool put_out_of_force(struct policy_store *store, enum trust_role role,
			     const struct policy_outcome *outcome)
{
	struct loaded_bundle none = { 0 };

	policy_store_put_in_force(store, role, &none);
	store->broken[role] = true;
	store->floor[role] = outcome->verified ? outcome->version - 1 : 0;
	return false;
}

/* Signed by others than the trust root has now: it says nothing about this machine. */
static bool is_foreign(enum bundle_refusal refusal)
{
	return refusal == BUNDLE_UNKNOWN_KEY || refusal == BUNDLE_TOO_FEW;
}

/* Read what is noted of a trial; what it says holds for the envelope @hash alone. */
static void match_trial(struct policy_store *store, const uint8_t hash[static 32])
{
	struct policy_trial *trial = &store->note.trial;

	if (trial->replaces_version > 0 && memcmp(hash, trial->replaces, 32) == 0) {
		trial->version = trial->replaces_version;
		memcpy(trial->envelope, trial->replaces, sizeof(trial->envelope));
	} else if (memcmp(hash, trial->envelope, 32) != 0) {
		*trial = (struct policy_trial){ 0 };
	}
	trial->replaces_version = 0;
}

/* Was the envelope @hash, which has the name of the one in force, taken back?  Not if it is on
 * trial again. */
static bool is_undone(const struct policy_trial_note *note, const uint8_t hash[static 32])
{
	return note->undone_version > 0 && memcmp(hash, note->undone, 32) == 0 &&
	       (note->trial.version == 0 || memcmp(hash, note->trial.envelope, 32) != 0);
}

/* Read the envelope of @role that is in force: the previous one, where a roll-back was noted and no
 * more. */
static int read_envelope(struct policy_store *store, enum trust_role role, char **ret,
			 size_t *ret_size, uint8_t ret_hash[static 32])
{
	_cleanup_free_ char *text = NULL;
	char name[POLICY_FILE_NAME_SIZE];
	int r;

	if (role == ROLE_POLICY)
		store->note_damaged = policy_trial_read(store->policy_fd, &store->note) < 0;
	policy_store_envelope_name(role, name);
	r = file_read(store->policy_fd, name, DSSE_MAX_BYTES, &text, ret_size);
	if (r < 0)
		return r;
	crypto_hash_sha256(ret_hash, (const uint8_t *)text, *ret_size);
	if (role == ROLE_POLICY && is_undone(&store->note, ret_hash)) {
		free(TAKE_PTR(text));
		r = file_read(store->policy_fd, POLICY_PREVIOUS, DSSE_MAX_BYTES, &text, ret_size);
		if (r < 0)
			return r == -ENOENT ? -EBADMSG : r;
		crypto_hash_sha256(ret_hash, (const uint8_t *)text, *ret_size);
	}
	if (role == ROLE_POLICY)
		match_trial(store, ret_hash);
	*ret = TAKE_PTR(text);
	return 0;
}

/* Nothing of this role concerns this machine: there is none, or it is another's. */
static bool put_aside(struct policy_store *store, enum trust_role role)
{
	struct loaded_bundle none = { 0 };

	if (role == ROLE_POLICY)
		store->note.trial = (struct policy_trial){ 0 };
	return policy_store_put_in_force(store, role, &none);
}

bool policy_store_load(struct policy_store *store, enum trust_role role, struct policy_outcome *ret)
{
	struct loaded_bundle bundle = { 0 };
	_cleanup_free_ char *text = NULL;
	const uint64_t held[_ROLE_MAX] = { 0 };
	enum bundle_refusal refusal;
	bool assumed = false;
	size_t size;
	int r;

	*ret = (struct policy_outcome){ 0 };
	r = read_envelope(store, role, &text, &size, ret->offer);
	if (r == -ENOENT)
		return put_aside(store, role);
	if (r < 0) {
		policy_store_refuse(ret, "not-readable", NULL);
		snprintf(ret->text, sizeof(ret->text), "The envelope of role %s cannot be read: %s",
			 trust_role_to_text(role), strerror(-r));
		return put_out_of_force(store, role, ret);
	}
	if (!store->trusted) {
		policy_store_refuse(ret, "not-trusted",
				    "There is no trust root to verify it against.");
		return put_aside(store, role);
	}
	refusal = bundle_load_envelope(&bundle, &store->trust, role, text, size, held, -1);
	if (refusal == BUNDLE_OK) {
		ret->version = bundle.manifest.version;
		ret->verified = true;
		refusal = policy_store_load_files(store, &bundle, &assumed, ret->text);
	}
	if (refusal != BUNDLE_OK) {
		policy_store_refuse_bundle(ret, refusal);
		return is_foreign(refusal) ? put_aside(store, role)
					   : put_out_of_force(store, role, ret);
	}
	ret->applied = true;
	policy_store_put_in_force(store, role, &bundle);
	store->assumed[role] = assumed;
	policy_store_relax(store); /* opening it touched it */
	return true;
}

void policy_store_distrust(struct policy_store *store, enum trust_role role)
{
	const struct policy_outcome outcome = { .verified = true,
						.version = policy_store_version(store, role) };
	char name[POLICY_FILE_NAME_SIZE];

	put_out_of_force(store, role, &outcome);
	checked_name(role, name);
	unlinkat(store->policy_fd, name, 0);
}

void policy_store_relax(const struct policy_store *store)
{
	for (int role = 0; role < _ROLE_MAX; role++)
		section_relax(&store->roles[role].table);
}

struct policy_view policy_store_view(const struct policy_store *store)
{
	const struct loaded_bundle *policy = &store->roles[ROLE_POLICY];
	const struct loaded_bundle *revocations = &store->roles[ROLE_REVOCATIONS];

	return (struct policy_view){
		.revoked = revocations->manifest.version > 0 ? &revocations->media : NULL,
		.registered = policy->manifest.version > 0 ? &policy->media : NULL,
		.rules = policy->rules,
		.risk = policy->risk,
		.grants = store->granted != NULL ? store->granted->items : NULL,
		.n_grants = store->granted != NULL ? store->granted->n : 0,
	};
}

uint64_t policy_store_version(const struct policy_store *store, enum trust_role role)
{
	return store->roles[role].manifest.version;
}

bool policy_store_expired(const struct policy_store *store, enum trust_role role, int64_t now)
{
	const struct manifest *manifest = &store->roles[role].manifest;

	return manifest->version > 0 && manifest->expires <= now;
}

bool policy_store_expiry_due(struct policy_store *store, enum trust_role role, int64_t now)
{
	_cleanup_free_ char *told = NULL;
	char name[POLICY_FILE_NAME_SIZE], version[24];
	int r;

	if (store->expiry_told[role] || !policy_store_expired(store, role, now))
		return false;
	store->expiry_told[role] = true;
	snprintf(name, sizeof(name), "%s.expired", trust_role_to_text(role));
	snprintf(version, sizeof(version), "%" PRIu64 "\n", policy_store_version(store, role));
	if (file_read(store->policy_fd, name, sizeof(version), &told, NULL) >= 0 &&
	    strcmp(told, version) == 0)
		return false;
	r = file_write_atomic(store->policy_fd, name, version, strlen(version), 0600);
	if (r < 0)
		log_warning("policy-expired", "Cannot note that the policy's expiry was told: %s",
			    strerror(-r));
	return true;
}
