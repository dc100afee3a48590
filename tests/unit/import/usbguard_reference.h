/* usbguard_reference - USBGuard's judgement as its manual documents it (usbguard-rules.conf(5),
 * 1.1), said in the plainest way, and the text of the rules that are judged.
 *
 * What the manual leaves open, and what it makes depend on chance or on the past, is a coin here:
 * whatever it shows, an imported policy must not permit what is blocked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum reference_operator {
	ALL_OF,
	ONE_OF,
	NONE_OF,
	EQUALS,
	EQUALS_ORDERED,
	MATCH_ALL,
	_OPERATOR_MAX
};

/* The attributes of a device, each a set of texts; and the conditions. */
enum reference_attribute {
	ID,
	NAME,
	SERIAL,
	HASH,
	PARENT_HASH,
	VIA_PORT,
	CONNECT_TYPE,
	INTERFACE,
	IF,
	_ATTRIBUTE_MAX,
};

enum { REFERENCE_VALUES = 4, REFERENCE_RULES = 5 };

struct reference_set {
	enum reference_operator relation;
	size_t n; /* 0: the rule does not have it */
	const char *values[REFERENCE_VALUES];
};

struct reference_rule {
	bool allows;
	struct reference_set sets[_ATTRIBUTE_MAX];
};

struct reference_device {
	struct {
		size_t n;
		const char *values[REFERENCE_VALUES];
	} sets[IF]; /* of all but interfaces, one value */
	int minute; /* of the day */
};

/* Whether the first of @n rules that matches @device allows it; a bit of @coins for each thing that
 * is left open.  *@ret_reading: one was how the manual is to be read, and not chance or the past.
 */
bool reference_allows(const struct reference_rule *rules, size_t n,
		      const struct reference_device *device, uint64_t coins, bool *ret_reading);

/* Write the rules as USBGuard reads them. */
void reference_write(const struct reference_rule *rules, size_t n, char *ret, size_t size);
