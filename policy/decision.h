/* decision - the parts of a decision that decide() puts together.  Between decide.c and decision.c.
 * Pure. */
#pragma once

#include "decide.h"

void decision_set_rule(char ret[static RULES_ID_SIZE], const char *rule);

/* The device's verdict from those of its interfaces, of which there is at least one. */
void decision_add_up(struct decision *decision);

/* Take the stricter of @decision and @other, which are of the same device, for each interface; both
 * are asked what either asks.  The device's verdict is to be added up anew. */
void decision_tighten(struct decision *decision, const struct decision *other);
