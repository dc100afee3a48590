/* usbguard_interfaces - the sets of interfaces for which a USBGuard rule holds, as the rules
 * language says them.  Pure. */
#pragma once

#include <jansson.h>

#include "usbguard_rule.h"

struct usbguard_patterns {
	size_t n;  /* that are different */
	bool wild; /* one has a '*' */
};

/* What "with-interface" comes to, a new value for "interfaces"; equals-ordered as if it were
 * equals. Fills *@ret.  NULL without memory. */
json_t *usbguard_interfaces_to_json(struct arena *arena, const struct usbguard_attribute *attribute,
				    struct usbguard_patterns *ret)
	__attribute__((warn_unused_result));
