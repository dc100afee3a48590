/* reason - what staff are told of a decision that no officer has written a reason for: why, and
 * what to do next, in English and Traditional Chinese.  Internal to policy/.  Pure. */
#pragma once

#include "decide.h"

/* @policy: the name of the policy in force.  Neither text is ever empty. */
void reason_write(const struct interface_decision *decision, const char *policy,
		  char ret_en[static RULES_REASON_SIZE], char ret_zh[static RULES_REASON_SIZE]);
