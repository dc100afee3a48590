/* device_json - a device from JSON: what a record says of it, or what somebody writes to try a
 * policy out.
 * Pure.  Circumstances are circumstances_json's.
 *
 * A device is the "device" object of a record (devgate-event(5)) with its interfaces beside it:
 *
 * { "bus": "usb", "vendor": "0951", "product": "1666", "serial": "A001", "name": "DataTraveler",
 *   "port": "1-2", "connect": "hotplug", "speed_mbps": 480,
 *   "interfaces": [ "080650",                                  // class, subclass, protocol
 *                   { "config": 1, "number": 1, "class": ["030101", "030000"],
 *                     "function": "keyboard" } ] }
 *
 * "vendor", "product" and "interfaces" must be there, on other buses than USB "interfaces" alone.
 * An interface given as a text is the next one of configuration 1; several classes are alternate
 * settings of one interface.  "function" is a word or a list, and adds to what the classes say; it
 * must be there where "class" is not.  Also accepted: "manufacturer", "release", "digest",
 * "identity", "usbguard-hash", "usbguard-parent-hash" and "present" (it was there before the
 * agent).  The escapes that a record has for what does not show ("\x00", "\u{202e}", "\x5c" for a
 * backslash) are taken back; a serial that is null or empty is none.
 *
 * A whole record with "device" and "interfaces" is a device, too, as is { "devices": [ one ] }, the
 * answer of `devgate devices --json`; what else such a record holds is ignored. In a device that is
 * not part of a record, an unknown member is an error. */
#pragma once

#include <jansson.h>

#include "circumstances.h"
#include "device.h"
#include "rules_error.h"

enum { DEVICE_JSON_MAX_BYTES = 1024 * 1024 };

/* A device, and what the same text says beside it. */
struct device_given {
	struct device device;
	enum identity identity; /* IDENTITY_UNKNOWN if it does not say */
	bool present;
};

struct rules_reader;

/* Parse @text, JSON with comments.  Returns 0; -EBADMSG with *@error filled; -E2BIG above
 * DEVICE_JSON_MAX_BYTES; -ENOMEM.  On failure *@ret is untouched. */
int device_json_parse(const char *text, size_t size, struct device_given *ret,
		      struct rules_error *error) __attribute__((warn_unused_result));

/* The same for a @value at @path of a larger document, which @reader has. */
int device_json_read(struct rules_reader *reader, const char *path, json_t *value,
		     struct device_given *ret) __attribute__((warn_unused_result));
