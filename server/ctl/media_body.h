/* media_body - a medium as the collector's API takes it. */
#pragma once

#include <jansson.h>

#include "policy/device.h"
#include "policy/function.h"
#include "policy/verdict.h"

/* All borrowed; NULL where there is none. */
struct media_body {
	enum bus bus;
	uint16_t vendor, product;
	const char *serial, *tag, *name, *custodian, *unit;
	const char *digest; /* 64 lower-case hexadecimal digits */
	enum verdict verdict;
	modifier_set modifiers;
	function_set functions; /* ~0: all */
};

/* Gives the object; NULL if a text is not UTF-8, or without memory. */
json_t *media_body_to_json(const struct media_body *body);
