#include "policy_store.h"

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
#include "sysfs.h"

enum { FILE_NAME_SIZE = 64 };

static void envelope_name(enum trust_role role, char ret[static FILE_NAME_SIZE])
{
	snprintf(ret, FILE_NAME_SIZE, "%s.dsse.json", trust_role_to_text(role));
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

static void refuse(struct policy_outcome *outcome, const char *word, const char *text)
{
	outcome->applied = false;
	outcome->refused = word;
	if (text != NULL)
		snprintf(outcome->text, sizeof(outcome->text), "%s", text);
}

static void refuse_bundle(struct policy_outcome *outcome, enum bundle_refusal refusal)
{
	refuse(outcome, bundle_refusal_to_text(refusal),
	       refusal == BUNDLE_BAD_SECTION ? NULL : bundle_refusal_explain(refusal));
}

/* Map the files of all sections that @manifest names; those that fail stay empty. */
static void map_files(const struct policy_store *store, const struct manifest *manifest,
		      struct section ret[static MANIFEST_MAX_SECTIONS])
{
	for (size_t i = 0; i < manifest->n_sections; i++) {
		int r = section_map_file(store->sections_fd, &manifest->sections[i], &ret[i]);

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
static enum bundle_refusal load_files(const struct policy_store *store,
				      struct loaded_bundle *bundle,
				      char why[static BUNDLE_TEXT_SIZE])
{
	struct section sections[MANIFEST_MAX_SECTIONS] = { 0 };
	enum bundle_refusal refusal;

	map_files(store, &bundle->manifest, sections);
	refusal = bundle_load_sections(bundle, sections, false, why);
	finish_sections(sections);
	return refusal;
}

static bool put_in_force(struct policy_store *store, enum trust_role role,
			 struct loaded_bundle *bundle)
{
	bundle_unload(&store->roles[role]);
	store->roles[role] = *bundle;
	store->expiry_told[role] = false;
	store->broken[role] = false;
	store->floor[role] = 0;
	return bundle->manifest.version > 0;
}

/* Nothing is in force for @role any more, although something should be. */
static bool put_out_of_force(struct policy_store *store, enum trust_role role,
			     const struct policy_outcome *outcome)
{
	struct loaded_bundle none = { 0 };

	put_in_force(store, role, &none);
	store->broken[role] = true;
	store->floor[role] = outcome->verified ? outcome->version - 1 : 0;
	return false;
}

/* Signed by others than the trust root has now: it says nothing about this machine. */
static bool is_foreign(enum bundle_refusal refusal)
{
	return refusal == BUNDLE_UNKNOWN_KEY || refusal == BUNDLE_TOO_FEW;
}

bool policy_store_load(struct policy_store *store, enum trust_role role, struct policy_outcome *ret)
{
	struct loaded_bundle bundle = { 0 }, none = { 0 };
	_cleanup_free_ char *text = NULL;
	const uint64_t held[_ROLE_MAX] = { 0 };
	enum bundle_refusal refusal;
	char name[FILE_NAME_SIZE];
	size_t size;
	int r;

	*ret = (struct policy_outcome){ 0 };
	envelope_name(role, name);
	r = file_read(store->policy_fd, name, DSSE_MAX_BYTES, &text, &size);
	if (r < 0) {
		if (r == -ENOENT)
			return put_in_force(store, role, &none);
		refuse(ret, "not-readable", NULL);
		snprintf(ret->text, sizeof(ret->text), "%s cannot be read: %s", name, strerror(-r));
		return put_out_of_force(store, role, ret);
	}
	crypto_hash_sha256(ret->offer, (const uint8_t *)text, size);
	if (!store->trusted) {
		refuse(ret, "not-trusted", "There is no trust root to verify it against.");
		return put_in_force(store, role, &none);
	}
	refusal = bundle_load_envelope(&bundle, &store->trust, role, text, size, held, -1);
	if (refusal == BUNDLE_OK) {
		ret->version = bundle.manifest.version;
		ret->verified = true;
		refusal = load_files(store, &bundle, ret->text);
	}
	if (refusal != BUNDLE_OK) {
		refuse_bundle(ret, refusal);
		return is_foreign(refusal) ? put_in_force(store, role, &none)
					   : put_out_of_force(store, role, ret);
	}
	ret->applied = true;
	return put_in_force(store, role, &bundle);
}

/* Map what was offered.  False with @ret filled if it cannot be looked at. */
static bool map_offer(const int *fds, size_t n_fds, struct section *ret_envelope,
		      struct section ret[static MANIFEST_MAX_SECTIONS],
		      struct policy_outcome *outcome)
{
	if (n_fds < 1 || n_fds > 1 + MANIFEST_MAX_SECTIONS) {
		refuse(outcome, "malformed", "An offer is an envelope and its sections.");
		return false;
	}
	for (size_t i = 0; i < n_fds; i++) {
		int r = i == 0 ? section_map_sealed(fds[0], DSSE_MAX_BYTES, ret_envelope)
			       : section_map_sealed(fds[i], SECTION_MAX_BYTES, &ret[i - 1]);

		if (r == -EPERM) {
			refuse(outcome, "not-sealed", "What is offered must be sealed memory.");
			return false;
		}
		if (r < 0) {
			refuse(outcome, "malformed", NULL);
			snprintf(outcome->text, sizeof(outcome->text),
				 "Part %zu of the offer cannot be read: %s", i, strerror(-r));
			return false;
		}
	}
	return true;
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
		held[i] = store->roles[i].manifest.version > store->floor[i]
				  ? store->roles[i].manifest.version
				  : store->floor[i];
	if (!store->trusted) {
		refuse(outcome, "not-trusted",
		       "This machine has no trust root; enrol it with \"devgate enrol\".");
		return false;
	}
	refusal = bundle_load_envelope(ret, &store->trust, role, (const char *)envelope->bytes,
				       envelope->size, held, now);
	if (refusal == BUNDLE_OK) {
		outcome->version = ret->manifest.version;
		outcome->verified = true;
		refusal = bundle_load_sections(ret, sections, true, outcome->text);
	}
	if (refusal != BUNDLE_OK)
		refuse_bundle(outcome, refusal);
	return refusal == BUNDLE_OK;
}

/* Sections, and what was left of one whose writing was cut off. */
static bool is_section_file(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool is_named(const struct manifest *manifest, const char *file)
{
	for (size_t i = 0; i < manifest->n_sections; i++) {
		char name[SECTION_NAME_SIZE];

		section_name(&manifest->sections[i], name);
		if (strcmp(name, file) == 0)
			return true;
	}
	return false;
}

/* Delete the section files that nothing in force names; not while a role cannot be loaded, whose
 * sections are not known. */
static void sweep(const struct policy_store *store)
{
	_cleanup_(sysfs_names_free) char **files = NULL;
	int n;

	for (int role = 0; role < _ROLE_MAX; role++) {
		if (store->broken[role])
			return;
	}
	n = sysfs_list(store->sections_fd, ".", is_section_file, &files);
	for (int i = 0; i < n; i++) {
		bool named = false;

		for (int role = 0; role < _ROLE_MAX; role++)
			named = named || is_named(&store->roles[role].manifest, files[i]);
		if (!named)
			unlinkat(store->sections_fd, files[i], 0);
	}
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
	envelope_name(role, name);
	r = file_write_atomic(store->policy_fd, name, envelope->bytes, envelope->size, 0600);
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
		refuse(ret, "bad-section", "The offer has more parts than the manifest names.");
	} else {
		r = store_offer(store, role, envelope, &bundle.manifest, fds, ret);
		if (r < 0) {
			refuse(ret, "not-stored", NULL);
			snprintf(ret->text, sizeof(ret->text), "It could not be stored: %s",
				 strerror(-r));
		} else {
			sweep(store);
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
	finish_sections(sections);
}

struct policy_view policy_store_view(const struct policy_store *store)
{
	const struct loaded_bundle *policy = &store->roles[ROLE_POLICY];
	const struct loaded_bundle *revocations = &store->roles[ROLE_REVOCATIONS];

	return (struct policy_view){
		.revoked = revocations->manifest.version > 0 ? &revocations->media : NULL,
		.registered = policy->manifest.version > 0 ? &policy->media : NULL,
		.rules = policy->rules,
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
	char name[FILE_NAME_SIZE], version[24];
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
