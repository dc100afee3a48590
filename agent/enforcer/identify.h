/* identify - from a device's sysfs directory to the device that is judged.
 * Reads what the kernel has cached; nothing is asked of the device again. */
#pragma once

#include "policy/device.h"

/* Identify the device whose sysfs directory is @device_fd, at @port (port_is_device()).  Texts are
 * kept as raw bytes. Returns 0; -EBADMSG, -E2BIG if its descriptors cannot be judged; what
 * openat(2), read(2) give. On failure *@ret holds what could be read (ids, texts, port), for the
 * record of its denial. */
int identify(int device_fd, const char *port, struct device *ret)
	__attribute__((warn_unused_result));

/* Set the USBGuard hash of root hub @bus as @device's parent's; without one if it has none. */
void identify_root_hub(int sysfs_fd, unsigned bus, struct device *device);
