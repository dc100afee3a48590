/* policy_change - a policy is loaded, offered, or passes its date: the records that this makes, and
 * the devices that are judged again. */
#pragma once

#include "enforcer.h"

/* Read the trust root and load every role, at start; records what is not taken. */
void policy_change_start(struct enforcer *enforcer);

/* The loop is there: hash what was taken into force unhashed, follow the circumstances that the
 * policy asks for, and wait for the end of its trial. */
void policy_change_follow(struct enforcer *enforcer);
void policy_change_finish(struct enforcer *enforcer);

/* Another policy than before is in force: follow it, and judge every device by it. */
void policy_change_took_effect(struct enforcer *enforcer);

/* An offer for @role, as policy_store_offer(); recorded, and in effect when this returns. */
void policy_change_offer(struct enforcer *enforcer, enum trust_role role, const int *fds,
			 size_t n_fds, struct policy_outcome *ret);

/* A refusal is told once for the same offer, and not without end: who offers is less trusted than
 * the ledger's room.  Counts those that are. */
bool policy_change_is_worth_telling(struct policy_refusals *refusals,
				    const struct policy_outcome *outcome);

/* Read the trust root again and hold every role against it.  Returns as policy_store_read_trust().
 */
int policy_change_trust(struct enforcer *enforcer, char error[static 256])
	__attribute__((warn_unused_result));

/* Record what has passed its date. */
void policy_change_check_expiry(struct enforcer *enforcer);
