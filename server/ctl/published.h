/* published - the bundle that the collector holds now, judged by the profile's trust root. */
#pragma once

#include "api.h"
#include "signed_bundle.h"

/* Fetch the bundle of @role, with its sections if @whole.  Enough officers must have signed it, or
 * the collector is not to be believed: -EKEYREJECTED; and if @whole, which is to draft upon it, it
 * must not be older than one that was met before (seen.h): -ESTALE.  Complains of a failure.
 * Returns 1 and fills *@ret; 0 if nothing is published yet; -errno. */
int published_fetch(struct api *api, enum trust_role role, bool whole, struct signed_bundle *ret)
	__attribute__((warn_unused_result));
