/* rules_source - a rules document as its text and what rules_parse() made of it, together.
 * All borrowed; the two must belong to each other. */
#pragma once

#include <stddef.h>

#include "policy/rules.h"

struct rules_source {
	const char *text;
	size_t size;
	const struct rules *rules;
};
