/* function - what an interface is for, told from the class codes it claims.
 * Pure: a table and its names.  Source of the codes: USB-IF "Defined Class Codes"; Apple and ADB by
 * the values their devices are known to use. */
#pragma once

#include <stdint.h>

enum function {
	FUNCTION_OTHER = 0,
	FUNCTION_STORAGE,
	FUNCTION_PHONE,
	FUNCTION_KEYBOARD,
	FUNCTION_POINTER,
	FUNCTION_HID, /* human interface, kind not told by its protocol byte */
	FUNCTION_NETWORK,
	FUNCTION_BLUETOOTH,
	FUNCTION_SERIAL,
	FUNCTION_PRINTER,
	FUNCTION_AUDIO,
	FUNCTION_VIDEO,
	FUNCTION_SMARTCARD,
	FUNCTION_HUB,
	FUNCTION_FIRMWARE,
	FUNCTION_VENDOR,
	_FUNCTION_MAX,
};

/* A set of functions: bit (1u << enum function). */
typedef uint32_t function_set;

#define FUNCTION_BIT(f) (1u << (f))

/* The word used in documents and records ("storage", "phone", ...).  Static storage. */
const char *function_to_text(enum function function);

/* Returns the function named by @text, or -EINVAL. */
int function_from_text(const char *text);

/* The function that a USB interface's class triple claims.  @vendor is the device's idVendor. */
enum function function_of_usb(uint16_t vendor, uint8_t class, uint8_t subclass, uint8_t protocol);
