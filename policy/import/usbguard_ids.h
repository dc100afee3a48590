/* usbguard_ids - the device ids for which a USBGuard rule holds, as the rules language says them.
 * Pure.  Every operator can be said: none-of by the ranges between what is listed. */
#pragma once

#include <jansson.h>

#include "usbguard_rule.h"

/* A new list of parts of "match", { "vendor", "product" }, of which one must hold: empty if none
 * ever does, { } alone for every device.  @permits: what the manual leaves open, whether one device
 * can equal two different patterns, is no; else it is yes where both hold for it.  NULL without
 * memory. */
json_t *usbguard_ids_to_json(struct arena *arena, const struct usbguard_attribute *ids,
			     bool permits) __attribute__((warn_unused_result));
