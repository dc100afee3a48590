/* policy_decision - a decision made offline, as JSON and for people. */
#pragma once

#include <jansson.h>

#include "policy_files.h"

/* The decision on the device of @policy_case with the members that a record of it has
 * (devgate-event(5)), and "modifiers", "unknown" and "risk".  NULL: out of memory.  Gives it. */
json_t *policy_decision_json(const struct policy_case *policy_case,
			     const struct decision *decision);

/* Print what policy_decision_json() gave: the device, the verdict, and its interfaces. */
int policy_decision_print(const json_t *packet);

/* The words of @outcome, "read-only, noexec, trail". */
const char *policy_outcome_text(const struct outcome *outcome, char *ret, size_t size);

/* The facts of @facts, "user, time". */
const char *policy_facts_text(fact_set facts, char *ret, size_t size);
