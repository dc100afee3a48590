/* thunderbolt - Thunderbolt and USB4 devices: docks and enclosures whose PCIe tunnels the kernel
 * makes when they are authorized (Documentation/admin-guide/thunderbolt.rst,
 * Documentation/ABI/testing/sysfs-bus-thunderbolt).
 *
 * What the domain's "security" says decides what there is to write: at "user" and "secure" a
 * device's tunnels wait for "authorized" (1 does at both; a device is not asked to prove a key); at
 * "none" the firmware has made them; at "dponly", "usbonly" and "nopcie" there are none, whoever
 * wants them.  An authorization is taken back where the domain's "deauthorization" is 1, and only
 * there.  What comes through a tunnel is judged for itself (origin.h).
 *
 * A device's function is "other".  Its serial is unique_id; its names are those of its DROM, and
 * the digest is over these and its ids.  Host routers, other computers (XDomain) and retimers are
 * no devices here. */
#pragma once

#include "devices.h"

/* The place of the device whose directory @path, below sysfs, is.  False if it is none. */
bool thunderbolt_place(int sysfs_fd, const char *path, struct place *ret);

/* As the members of struct bus_kind (bus_kind.h). */
int thunderbolt_identify(int device_fd, const struct place *place, struct device *ret)
	__attribute__((warn_unused_result));
int thunderbolt_open(int sysfs_fd, const struct usbdev *dev, char *why)
	__attribute__((warn_unused_result));

/* -EOPNOTSUPP if the controller does not take an authorization back. */
int thunderbolt_close(int sysfs_fd, const struct usbdev *dev) __attribute__((warn_unused_result));
