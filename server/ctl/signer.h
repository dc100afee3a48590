/* signer - an officer's private key, opened for one signature. */
#pragma once

#include "policy/trust.h"
#include "server/pki/officer_key.h"

/* Open @key_file with a passphrase from @passphrase_file (NULL: the terminal), and find its officer
 * in @trust, who must be one of @role.  Complains of a failure.  Returns 0; -EKEYREJECTED for a
 * wrong passphrase; -ENOKEY if the trust root does not know the key for the role; -errno.
 * *@ret is locked in memory; signer_finish it.  *@ret_officer is owned by @trust. */
int signer_open(struct officer_key *ret, const char *key_file, const char *passphrase_file,
		const struct trust *trust, enum trust_role role,
		const struct trust_officer **ret_officer) __attribute__((warn_unused_result));

/* Wipe it. */
void signer_finish(struct officer_key *key);
#define _cleanup_signer_ __attribute__((cleanup(signer_finish)))
