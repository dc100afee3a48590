/* device_text - a device, its verdict and its rule, in words that fit a table's cell. */
#pragma once

#include <stddef.h>

#include <jansson.h>

#include "table.h"

enum { DEVICE_CELL_SIZE = 640 };

/* "0951:1666" and the serial, if it has one; "mmc/0027:5048" on another bus than USB.  @device: the
 * "device" object of an event. */
const char *device_text_id(const json_t *device, char *ret, size_t size);
/* Manufacturer and product name as the device tells them. */
const char *device_text_name(const json_t *device, char *ret, size_t size);
/* The verdict for people: "allowed", "read-only", "refused", and "in part". */
const char *device_text_verdict(const json_t *decision, char *ret, size_t size);
/* "registered:A-001", or the step alone when it has no rule. */
const char *device_text_rule(const json_t *decision, char *ret, size_t size);
/* Add a row to @table, of five columns: its number, function, class, verdict and rule.
 * @interface: one of an event's "interfaces".  Returns what table_add() does. */
int device_text_add_interface(struct table *table, const json_t *interface);
