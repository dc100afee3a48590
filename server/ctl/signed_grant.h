/* signed_grant - a grant in its envelope: signed by an officer, and given to the collector. */
#pragma once

#include "api.h"
#include "policy/grant.h"
#include "server/pki/officer_key.h"

/* Sign @grant with @key.  Gives the envelope's text, to be freed.  Complains of a failure.
 * Returns 0 or -errno. */
int signed_grant_make(const struct grant *grant, const struct officer_key *key, char **ret)
	__attribute__((warn_unused_result));

/* Judge the envelope @text as the collector will, and give it to it.  Fills *@ret.  Complains, of
 * @origin, where it is from.  Returns 0 or -errno. */
int signed_grant_publish(struct api *api, const char *text, size_t size, const char *origin,
			 struct grant *ret) __attribute__((warn_unused_result));
