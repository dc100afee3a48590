/* bundle_load - a verified bundle with its sections opened: what a role has in force.
 * Built from the files of the policy store; nothing is parsed before its signatures are good. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/bundle.h"
#include "policy/registered.h"
#include "policy/risk/risk.h"
#include "policy/rules.h"
#include "section.h"

enum { BUNDLE_TEXT_SIZE = 512 };

struct loaded_bundle {
	struct manifest manifest; /* version 0: nothing is in force */
	uint8_t envelope[32];	  /* SHA-256 of the envelope's bytes */
	uint8_t payload[32];	  /* SHA-256 of the manifest's bytes */
	size_t n_signers;
	char signers[DSSE_MAX_SIGNATURES][TRUST_NAME_SIZE];
	struct rules *rules;	 /* of role "policy"; owned */
	struct risk *risk;	 /* of role "policy", NULL if it has none; owned */
	struct section table;	 /* "registered" or "revoked"; owned */
	struct registered media; /* view of @table */
};

/* Verify an envelope and fill manifest, envelope, payload and signers of *@ret.
 * @held, @now as for bundle_verify().  The manifest's role must be @role. */
enum bundle_refusal bundle_load_envelope(struct loaded_bundle *ret, const struct trust *trust,
					 enum trust_role role, const char *text, size_t size,
					 const uint64_t held[static _ROLE_MAX], int64_t now)
	__attribute__((warn_unused_result));

/* The name of @role's table among its sections. */
const char *bundle_table_name(enum trust_role role);

/* Check and open @sections, in the order of @bundle's manifest.  Takes the table's section on
 * success.  @full: also what a signature cannot promise (a sorted table), for a new bundle.
 * On refusal @why gets a sentence and @bundle owns nothing new. */
enum bundle_refusal bundle_load_sections(struct loaded_bundle *bundle,
					 struct section sections[static MANIFEST_MAX_SECTIONS],
					 bool full, char why[static BUNDLE_TEXT_SIZE])
	__attribute__((warn_unused_result));

void bundle_unload(struct loaded_bundle *bundle);
