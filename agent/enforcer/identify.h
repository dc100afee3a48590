/* identify - from a device's sysfs directory to the device that is judged.
 * Reads what the kernel has cached; nothing is asked of the device again. */
#pragma once

#include "policy/device.h"

/* How long the texts of one device may take together: the kernel guards them with the device's
 * lock, which is held while a driver waits for it.  Longer than a driver keeps a device that
 * answers. */
enum { IDENTIFY_TEXTS_MS = 1000 };

/* Identify the device whose sysfs directory is @device_fd, at @port (port_is_device()).  Texts are
 * kept as raw bytes. Returns 0; -EBADMSG, -E2BIG if its descriptors cannot be judged; what
 * openat(2), read(2) give; -ETIME after IDENTIFY_TEXTS_MS. On failure *@ret holds what could be
 * read (ids, texts, port), for the record of its denial. */
int identify(int device_fd, const char *port, struct device *ret)
	__attribute__((warn_unused_result));

/* The USBGuard hash of the hub whose sysfs directory is @hub_fd.  Returns 0; -ENODATA if it has
 * none; what device_usbguard_hash(), openat(2), read(2) give; -ETIME as above. */
int identify_hub(int hub_fd, uint8_t ret[static DEVICE_USBGUARD_HASH_SIZE])
	__attribute__((warn_unused_result));
