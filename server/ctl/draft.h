/* draft - a bundle on its way from an officer's hands to a workspace: dated, shown, confirmed,
 * signed and written. */
#pragma once

#include "media_register.h"
#include "signed_bundle.h"

struct draft {
	enum trust_role role;
	const char *key, *passphrase_file; /* of the officer who drafts and signs first */
	const char *out;
	const char *expires; /* as moment_parse; NULL: in DRAFT_DAYS days */
	const char *note;    /* NULL: none */
	bool yes;
	const struct trust *trust;
	const struct signed_bundle *published; /* NULL: nothing is published yet */
	const struct media_register *media;
};

enum { DRAFT_DAYS = 365 };

/* Finish @bundle, which has its sections and nothing else, and write it.  Tells the outcome.
 * Returns a STATUS_. */
int draft_sign(const struct draft *draft, struct signed_bundle *bundle, bool json);
