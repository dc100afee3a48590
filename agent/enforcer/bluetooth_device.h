/* bluetooth_device - a Bluetooth peer in the terms of the device model: who it says it is, and one
 * interface for each function that its services have. */
#pragma once

#include "bluez.h"
#include "devices.h"

/* True if the peer says of some service what it is for; before that there is nothing to judge. */
bool bluetooth_device_says(const struct bluez_peer *peer);

/* Fill in the model.  The address is the serial number, if it stays the same; vendor and product
 * are those of USB-IF that it may give. */
void bluetooth_device_fill(const struct bluez_peer *peer, struct device *ret);

/* A stay of @peer, denied, not in a table; its adapter's directory in sysfs stands for its own.
 * Returns 0; -ENOMEM; what openat(2) gives: the adapter has gone. */
int bluetooth_device_new(const struct bluez_peer *peer, int sysfs_fd, const char *boot,
			 struct usbdev **ret) __attribute__((warn_unused_result));
