/* signed_bundle - an envelope, the manifest in it, and the sections that the manifest names, all in
 * memory: drafted here, read from a workspace, or fetched from the collector.
 * Functions complain of what is wrong and name @origin, where the bytes are from. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/bundle.h"
#include "policy/dsse.h"
#include "policy/registered.h"
#include "policy/risk/risk.h"
#include "policy/rules.h"

struct bundle_section {
	uint8_t *bytes; /* owned; NULL until it is there */
	size_t size;
};

struct signed_bundle {
	char *text; /* the envelope's exact bytes; owned */
	size_t text_size;
	struct dsse dsse;
	struct manifest manifest;
	struct bundle_section sections[MANIFEST_MAX_SECTIONS]; /* in the manifest's order */
	struct rules *rules;				       /* owned; NULL for revocations */
	struct risk *risk;				       /* owned; NULL where there is none */
	struct registered table; /* registered or revoked; borrows its section */
};

/* Take the envelope @text (owned from here on, also on failure) and read its manifest.  Signatures
 * are not judged.  Returns 0; -EBADMSG; -ENOMEM. */
int signed_bundle_take_envelope(struct signed_bundle *bundle, char *text, size_t size,
				const char *origin) __attribute__((warn_unused_result));

/* Take the bytes of section @i, with a NUL after them (owned from here on, also on failure).
 * Returns 0; -EBADMSG unless size and digest are those of the manifest. */
int signed_bundle_take_section(struct signed_bundle *bundle, size_t i, uint8_t *bytes, size_t size,
			       const char *origin) __attribute__((warn_unused_result));

/* Read what the sections say: every one must be there and well-formed.  0, -EBADMSG, -ENOMEM. */
int signed_bundle_open_sections(struct signed_bundle *bundle, const char *origin)
	__attribute__((warn_unused_result));

/* Add a section to a draft, with a NUL after its bytes if it is a text (owned from here on); the
 * manifest gets its name, size and digest. */
void signed_bundle_add_section(struct signed_bundle *bundle, const char *name, uint8_t *bytes,
			       size_t size);

/* Close a draft whose manifest is filled in: the envelope's payload is made, without a signature.
 * Returns 0 or -ENOMEM. */
int signed_bundle_compose(struct signed_bundle *bundle) __attribute__((warn_unused_result));

/* Add a signature by @secret and write the envelope's text anew.  Returns 0; -EEXIST if this key
 * has signed already; -E2BIG; -ENOMEM.  Tells nothing. */
int signed_bundle_sign(struct signed_bundle *bundle, const uint8_t secret[static 64])
	__attribute__((warn_unused_result));

/* The text of the risk model, NUL-terminated; NULL where there is none.  Owned by @bundle. */
const char *signed_bundle_risk_text(const struct signed_bundle *bundle);

void signed_bundle_finish(struct signed_bundle *bundle);
#define _cleanup_bundle_ __attribute__((cleanup(signed_bundle_finish)))
