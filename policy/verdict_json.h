/* verdict_json - what is asked beside a verdict, as documents and records have it.  Pure. */
#pragma once

#include <jansson.h>

#include "verdict.h"

/* The list of words for @modifiers, in the order of enum modifier: ["noexec", "trail"].  Owned by
 * the caller; NULL without memory. */
json_t *modifiers_to_json(modifier_set modifiers);
