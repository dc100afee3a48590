/* plugged - the USB devices that are plugged in, as sysfs shows them to everybody.
 * Reads only; what a device says is a claim. */
#pragma once

#include <stddef.h>

#include "policy/device.h"

enum { PLUGGED_MAX = 1024 };

/* Read the device whose sysfs directory is @path, "/sys/bus/usb/devices/1-2.3".  Returns 0;
 * -EINVAL if it is not called like a device; -EBADMSG, -E2BIG for descriptors that are malformed;
 * what openat(2), read(2) give. */
int plugged_read(const char *path, struct device *ret) __attribute__((warn_unused_result));

/* Read all devices under @sysfs ("/sys"), but for the root hubs, in order of their ports.  Gives
 * *@ret, *@ret_n of them, to be freed.  One that cannot be read is left out, and @skipped is told.
 * Returns 0; -E2BIG above PLUGGED_MAX; -ENOMEM; what scandir(3) gives. */
int plugged_list(const char *sysfs, struct device **ret, size_t *ret_n,
		 void (*skipped)(const char *port, int r)) __attribute__((warn_unused_result));
