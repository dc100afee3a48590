/* usbguard_hash - a device's hash as USBGuard computes it, so that its `hash` and `parent-hash`
 * rules keep working.
 * Pure: no I/O, no allocation.  A hash is a claim of the device, as all that it is made of.
 *
 * SHA-256 of, one after the other and without separators: the product string, idVendor and
 * idProduct as four lower-case hexadecimal digits each, the serial, and every descriptor as it is
 * in sysfs.  Both strings without the '\0', '\b', '\t', '\n' and '\r' they end with.  A Linux root
 * hub (1d6b:0001, :0002, :0003) is hashed as if its bcdDevice, which is the kernel's version, were
 * 0. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "device.h"

enum { USBGUARD_HASH_TEXT_SIZE = 44 + 1 }; /* base64 of 32 bytes, and the NUL */

/* Set usbguard_hash and has_usbguard_hash of @device from its vendor, product, name and serial, and
 * @blob, the whole of its sysfs "descriptors" file; all as sysfs has them, also for a root hub.
 * Borrows @blob for the call.  Returns 0; -EBADMSG, with has_usbguard_hash false, for descriptors
 * that USBGuard refuses: it gives such a device no hash, and no rule holds for it. */
int device_usbguard_hash(struct device *device, const uint8_t *blob, size_t size)
	__attribute__((warn_unused_result));

/* As rules have it: base64 with its padding (RFC 4648 section 4). */
void usbguard_hash_to_text(const uint8_t hash[static DEVICE_USBGUARD_HASH_SIZE],
			   char ret[static USBGUARD_HASH_TEXT_SIZE]);

/* The reverse.  Returns 0, or -EINVAL with @ret untouched. */
int usbguard_hash_from_text(const char *text, uint8_t ret[static DEVICE_USBGUARD_HASH_SIZE])
	__attribute__((warn_unused_result));
