/* bundle - a signed manifest and the sections it names: verify first, then parse.
 * Pure.  Payload type "application/vnd.devgate.manifest.v1+json":
 * { "schema": "devgate-manifest-1", "role": "policy", "version": 7,
 *   "issued": "2026-11-22T08:00:00Z", "expires": "2027-11-22T00:00:00Z",
 *   "drafted_by": "alice", "note": "...",
 *   "sections": [ { "name": "rules", "sha256": "<64 hex>", "size": 1234 },
 *                 { "name": "registered", "sha256": "...", "size": 64016 },
 *                 { "name": "risk", "sha256": "...", "size": 2345 } ] }
 * Role "policy" has sections "rules" (rules.h) and "registered" (registered.h), and may have "risk"
 * (risk/risk.h), the model for what the rules leave to it; role "revocations" has "revoked"
 * (registered.h).  None twice, in any order. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "trust.h"

#define MANIFEST_TYPE "application/vnd.devgate.manifest.v1+json"

enum { MANIFEST_MAX_SECTIONS = 4, MANIFEST_NOTE_SIZE = 256 };

struct manifest_section {
	char name[16];
	uint8_t sha256[32];
	uint64_t size;
};

struct manifest {
	enum trust_role role;
	uint64_t version;	 /* 1 or more */
	int64_t issued, expires; /* seconds since 1970, UTC */
	char drafted_by[TRUST_NAME_SIZE];
	char note[MANIFEST_NOTE_SIZE];
	size_t n_sections;
	struct manifest_section sections[MANIFEST_MAX_SECTIONS];
};

/* Why a bundle is refused; bundle_refusal_to_text gives the stable word used in records. */
enum bundle_refusal {
	BUNDLE_OK = 0,
	BUNDLE_MALFORMED,  /* "malformed" */
	BUNDLE_WRONG_TYPE, /* "wrong-type" */
	/* Not enough good signatures, and of the others: */
	BUNDLE_UNKNOWN_KEY,   /* "unknown-key": one is by no key of the role */
	BUNDLE_BAD_SIGNATURE, /* "bad-signature": one is by a key of the role and does not fit */
	BUNDLE_TOO_FEW,	      /* "too-few-signatures": there are none */
	BUNDLE_OLD,	      /* "old-version": at or below the one held */
	BUNDLE_EXPIRED,	      /* "expired": the manifest, or the trust root */
	BUNDLE_NOT_YET,	      /* "not-yet-valid": issued more than a day ahead of the clock */
	BUNDLE_BAD_SECTION,   /* "bad-section": size, digest or content does not fit */
	_BUNDLE_REFUSAL_MAX,
};

const char *bundle_refusal_to_text(enum bundle_refusal refusal);
/* A sentence for people, English (callers translate it with gettext). */
const char *bundle_refusal_explain(enum bundle_refusal refusal);

/* Verify the envelope @text against @trust and, only then, parse its manifest.
 * @held[role]: version in force for each role, 0 for none; @now: seconds since 1970.
 * With @now < 0 the expiry and the version are not checked (a bundle already in force stays).
 * Fills *@ret on BUNDLE_OK only.  Out of memory is BUNDLE_MALFORMED. */
enum bundle_refusal bundle_verify(const struct trust *trust, const char *text, size_t size,
				  const uint64_t held[static _ROLE_MAX], int64_t now,
				  struct manifest *ret) __attribute__((warn_unused_result));

/* Parse a manifest from bytes that are already trusted or only being shown. 0 or -EBADMSG. */
int manifest_parse(struct manifest *ret, const uint8_t *bytes, size_t size)
	__attribute__((warn_unused_result));
/* JSON text of a manifest; gives *@ret, to be freed. */
int manifest_encode(const struct manifest *manifest, char **ret)
	__attribute__((warn_unused_result));

/* The section called @name, or NULL. */
const struct manifest_section *manifest_find(const struct manifest *manifest, const char *name);
