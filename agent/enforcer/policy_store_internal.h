/* policy_store_internal - what the parts of the policy store share: loading (policy_store.c),
 * offers (policy_store_offer.c) and trials (policy_store_trial.c). */
#pragma once

#include "policy_store.h"

enum { POLICY_FILE_NAME_SIZE = 64 };

/* The envelope that was in force before the one on trial. */
#define POLICY_PREVIOUS "policy.previous.dsse.json"

void policy_store_envelope_name(enum trust_role role, char ret[static POLICY_FILE_NAME_SIZE]);

/* Say in *@outcome that and why it was not applied.  @word is static; @text may be NULL: it has its
 * text already. */
void policy_store_refuse(struct policy_outcome *outcome, const char *word, const char *text);
void policy_store_refuse_bundle(struct policy_outcome *outcome, enum bundle_refusal refusal);

/* Open @bundle's sections from the files of the store.  Sets *@ret_assumed if the table was not
 * hashed.  As bundle_load_sections(). */
enum bundle_refusal policy_store_load_files(const struct policy_store *store,
					    struct loaded_bundle *bundle, bool *ret_assumed,
					    char why[static BUNDLE_TEXT_SIZE])
	__attribute__((warn_unused_result));

/* Put *@bundle, which is taken, in the place of what is in force for @role.  Returns true if it is
 * a policy, not the lack of one. */
bool policy_store_put_in_force(struct policy_store *store, enum trust_role role,
			       struct loaded_bundle *bundle);

/* Delete the section files that nothing names: neither what is in force, nor what may be gone back
 * to. */
void policy_store_sweep(const struct policy_store *store);

/* The file @name below policy/, if it is the envelope with the SHA-256 @hash.  Gives *@ret. Returns
 * 0; -EBADMSG if it is not, or there is none; what else file_read() gives. */
int policy_store_read_known(const struct policy_store *store, const char *name,
			    const uint8_t hash[static 32], char **ret, size_t *ret_size)
	__attribute__((warn_unused_result));

/* @envelope, of version @version, is about to be the policy in force: keep the one that is, and
 * note the trial; with nothing in force, note that there is none.  Nothing changes before the
 * envelope is written.  Returns 0; what file_read(), file_write_atomic() and policy_trial_write()
 * give. */
int policy_store_prepare_trial(const struct policy_store *store, const struct section *envelope,
			       uint64_t version) __attribute__((warn_unused_result));
