/* enrolment - judge the enrolment document that the collector made, before it is carried to a
 * workstation, which will pin the officers' keys and the CA in it.  A collector that is taken over
 * must not get to name officers of its own. */
#pragma once

#include <jansson.h>

#include "policy/trust.h"

/* Is @enrolment what our own collector makes: its "ca" is @ca, its "trust_root" names the officers
 * and thresholds of @trust?  Complains if not.  Returns 0; -EBADMSG; -EKEYREJECTED; -ENOMEM. */
int enrolment_check(const json_t *enrolment, const char *ca, const struct trust *trust)
	__attribute__((warn_unused_result));
