/* descriptor - read USB descriptors as the kernel caches them.
 * Pure: no I/O, no allocation, no logging.  A device made these bytes: each length is a claim. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* USB_MAXINTERFACES is 32 (include/linux/usb.h); alternates and configurations multiply it. */
#define DESCRIPTOR_MAX_INTERFACES 256
/* The largest blob that is judged; above it the device is denied.  The kernel's file ends after 18
 * + 65535 bytes without a sign (drivers/usb/core/sysfs.c), so one that long may lack interfaces. */
#define DESCRIPTOR_MAX_BYTES (18 + 65535 - 1)

/* One interface descriptor: an alternate setting of an interface of a configuration. */
struct descriptor_interface {
	uint8_t config; /* bConfigurationValue */
	uint8_t number; /* bInterfaceNumber */
	uint8_t alternate;
	uint8_t class, subclass, protocol;
};

struct descriptor {
	uint16_t vendor, product, release; /* idVendor, idProduct, bcdDevice */
	uint8_t class, subclass, protocol; /* of the device */
	uint8_t configs;		   /* configurations found */
	size_t n_interfaces;
	struct descriptor_interface interfaces[DESCRIPTOR_MAX_INTERFACES];
};

/* Parse one device from @blob, the whole of its sysfs "descriptors" file: 18 bytes of device
 * descriptor, then each configuration.  Steps by bLength; wTotalLength "can not be trusted"
 * (Documentation/ABI/stable/sysfs-bus-usb).  Every interface descriptor found is returned, also
 * those beyond bNumInterfaces, since the kernel binds them.  Borrows @blob for the call.
 * Returns 0; -EBADMSG if malformed, also when the configurations found are not as many as the
 * kernel says it read (bNumConfigurations); -E2BIG above DESCRIPTOR_MAX_INTERFACES or _BYTES.  On
 * failure
 * *@ret is unspecified, and the caller denies the device. */
int descriptor_parse(const uint8_t *blob, size_t size, struct descriptor *ret)
	__attribute__((warn_unused_result));
