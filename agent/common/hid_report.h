/* hid_report - what a HID device says, in its report descriptor, that it is and can send.
 * Pure: no I/O, no allocation, no logging.  A device made these bytes: each length is a claim.
 * Source: USB HID 1.11, section 6.2.2 (items) and its appendix on usages; HID Usage Tables 1.4 for
 * pages and usages; FIDO CTAP 2.1, section 11.2.8.1 for FIDO's page. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/function.h"

enum {
	HID_REPORT_MAX_BYTES = 4096, /* HID_MAX_DESCRIPTOR_SIZE, include/linux/hid.h */
	HID_REPORT_MAX_DEPTH = 64,   /* of collections within each other, and of pushed states */
};

/* What an application collection is, or an input field carries. */
enum hid_use {
	HID_KEYBOARD = 1 << 0, /* keyboard; in inputs: any key of the keyboard's page */
	HID_KEYPAD = 1 << 1,
	HID_POINTER = 1 << 2,	/* mouse, pointer; in inputs: nothing */
	HID_TOUCH = 1 << 3,	/* digitizers: pens, touch screens and pads */
	HID_GAME = 1 << 4,	/* joystick, game pad */
	HID_CONSUMER = 1 << 5,	/* volume, player, launch keys */
	HID_SYSTEM = 1 << 6,	/* power, sleep, wake-up; wireless radio switches */
	HID_TELEPHONY = 1 << 7, /* head sets' buttons; a telephone's digits */
	HID_SCANNER = 1 << 8,	/* a bar code scanner that is no keyboard */
	HID_FIDO = 1 << 9,
	HID_VENDOR = 1 << 10, /* the vendor's own pages */
	HID_OTHER = 1 << 11,
};

/* A set of enum hid_use. */
typedef uint16_t hid_use_set;

struct hid_report {
	hid_use_set applications; /* of all application collections */
	hid_use_set inputs;	  /* of all fields that the device sends, wherever they are */
	uint16_t n_applications;  /* with that of the descriptor's top, if there is none */
};

/* Parse a report descriptor, as /sys/bus/hid/devices/X/report_descriptor has it: then it is what
 * the kernel works by, with a driver's corrections.  A usage counts by each page that it may be of:
 * that in force when it was given, and that in force when its field is (6.2.2.8; systems differ).
 * Borrows @bytes for the call.
 * Returns 0; -EBADMSG if malformed or empty; -E2BIG above HID_REPORT_MAX_BYTES or _DEPTH.  On
 * failure
 * *@ret is untouched, and the caller takes the device for a keyboard. */
int hid_report_parse(const uint8_t *bytes, size_t size, struct hid_report *ret)
	__attribute__((warn_unused_result));

/* Can it type?  A keyboard's key in any input field makes the kernel send that key, whatever the
 * collection around it says to be (drivers/hid/hid-input.c, hidinput_configure_usage()). */
bool hid_report_types(const struct hid_report *report);

/* Is it a FIDO key, and nothing else that could send input? */
bool hid_report_is_fido(const struct hid_report *report);

/* What the interface is for: one or more of keyboard, pointer and hid.  Never empty. */
function_set hid_report_functions(const struct hid_report *report);
