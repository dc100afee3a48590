/* seen - the highest published version of each role that this person's profile has met, beside the
 * profile in PROFILE.seen.  Signatures do not tell the newest of several good bundles: a collector
 * that shows an older one would have officers draft upon it, and lose what came since.
 * JSON: {"trust":"<SHA-256 of the trust root>","policy":5,"revocations":2}; it is of no meaning
 * under another trust root, whose versions begin anew. */
#pragma once

#include "profile.h"

/* The highest version of @role met so far; 0 if none, or if the file is not there or is damaged. */
uint64_t seen_version(const struct profile *profile, enum trust_role role);

/* Remember that @version of @role was met.  Complains if that cannot be written, and goes on. */
void seen_note(const struct profile *profile, enum trust_role role, uint64_t version);
