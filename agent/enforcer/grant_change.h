/* grant_change - a grant is loaded, offered, begins or ends: the records that this makes, and the
 * devices that are judged again. */
#pragma once

#include "enforcer.h"

/* Open the grants in the policy store, at start; nothing is loaded.  Without them none is taken. */
void grant_change_init(struct enforcer *enforcer);

/* Load those held, by the trust root as it is. */
void grant_change_load(struct enforcer *enforcer);

/* The loop is there: judge again when one begins or ends. */
void grant_change_follow(struct enforcer *enforcer);

/* An offer: @fds[0] is the envelope, and there is nothing else.  As policy_change_offer(). */
void grant_change_offer(struct enforcer *enforcer, const int *fds, size_t n_fds,
			struct policy_outcome *ret);

/* Record the grants by which @decision on @dev, which is recorded, lets it work. */
void grant_change_used(struct enforcer *enforcer, const struct usbdev *dev,
		       const struct decision *decision);

/* What is held, for status.  NULL out of memory. */
json_t *grant_change_status(const struct enforcer *enforcer);
