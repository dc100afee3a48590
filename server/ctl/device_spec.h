/* device_spec - a device as officers name it: bus, ids, serial and asset tag.  Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/device.h"
#include "policy/registered.h"

struct device_spec {
	enum bus bus;
	uint16_t vendor, product;
	char serial[DEVICE_TEXT_SIZE];
	char tag[REGISTERED_TAG_SIZE];
};

/* Parse an id of exactly four hexadecimal digits, either case.  Returns 0 or -EINVAL. */
int device_spec_id(const char *text, uint16_t *ret) __attribute__((warn_unused_result));

/* Parse "[bus/]vvvv:pppp:serial:tag"; without a bus it is USB.  The tag follows the last colon, so
 * a serial may hold colons; no part may be empty or hold control characters.  Returns 0; -EINVAL
 * with the fault in @error. */
int device_spec_parse(struct device_spec *ret, const char *text, char error[static 128])
	__attribute__((warn_unused_result));

/* Parse one line of a list, "[bus/]vendor,product,serial,tag" (RFC 4180 quoting within the line;
 * @size without the line break).  Returns 0; -EINVAL with the fault in @error. */
int device_spec_parse_csv(struct device_spec *ret, const char *line, size_t size,
			  char error[static 128]) __attribute__((warn_unused_result));

/* The registered-media key of @spec. */
void device_spec_key(const struct device_spec *spec, uint8_t ret[static DEVICE_KEY_SIZE]);
