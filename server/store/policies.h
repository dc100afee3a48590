/* policies - the signed envelopes that were published, exact bytes, every version kept. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/trust.h"
#include "store.h"

struct published {
	uint64_t version;
	char sha256[65]; /* of the text, hexadecimal */
	char *text;	 /* owned; freed by the caller */
	size_t size;
};

/* The envelope in force for @role.  Fills *@ret.  Returns 0; -ENOENT if there is none yet. */
int policies_current(struct store *store, enum trust_role role, struct published *ret)
	__attribute__((warn_unused_result));

/* Add a version.  Returns 0; -EEXIST unless it is above every version of the role. */
int policies_publish(struct store *store, enum trust_role role, const struct published *policy,
		     const char *by, int64_t now) __attribute__((warn_unused_result));
