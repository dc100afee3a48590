/* device_interfaces - the interfaces of a device from JSON, each with what its classes are for.
 * Internal to policy/, for device_json.c.  Pure. */
#pragma once

#include <jansson.h>

#include "policy/rules/reader.h"

/* Read the list @value into the device of @ret, a struct device_given whose bus and vendor are
 * known.  As a json_field's read. */
int device_interfaces_read(struct rules_reader *reader, const char *path, json_t *value, void *ret)
	__attribute__((warn_unused_result));

/* The objects of the list must have no members but those that device_interfaces_read() reads. */
int device_interfaces_check(struct rules_reader *reader, const char *path, json_t *interfaces)
	__attribute__((warn_unused_result));
