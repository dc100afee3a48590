/* explain - how a decision came about, step by step, for people. */
#pragma once

#include <jansson.h>

#include "devices.h"
#include "policy/decide.h"

/* The steps in their order, as [{"step":"revoked","interface":"1.0","result":"not listed"}, ...],
 * each interface up to the step that decided it.  NULL out of memory. */
json_t *explain_order(const struct policy_view *policy, const struct usbdev *dev);
