/* port - the kernel's names for USB devices and interfaces (Documentation/usb, "sysfs" names):
 * "usb1" a root hub, "1-2.3" a device by its port path, "1-2.3:1.0" configuration 1, interface 0 of
 * it, "1-0:1.0" the interface of root hub 1.  Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "policy/device.h"

struct port_interface {
	char port[DEVICE_PORT_SIZE];
	uint8_t config, number;
};

/* "usb<bus>". */
bool port_is_root_hub(const char *name);
/* "<bus>-<port>[.<port>...]"; also bounds the length by DEVICE_PORT_SIZE. */
bool port_is_device(const char *name);
/* "<bus>-0:<config>.<number>". */
bool port_is_root_interface(const char *name);

/* Parse an interface's name (not a root hub's).  Returns 0 or -EINVAL. */
int port_parse_interface(const char *name, struct port_interface *ret)
	__attribute__((warn_unused_result));

/* The interface that the sysfs path @path hangs on: the last of its components that is one.
 * Returns 0, or -ENODEV if there is none: not a USB device. */
int port_of_path(const char *path, struct port_interface *ret) __attribute__((warn_unused_result));

/* True if @component is one of the '/'-separated components of @path. */
bool port_in_path(const char *path, const char *component);
