/* bus_kind - what differs between the buses that a device can be on: how it is identified, whether
 * the kernel lets it work, and how it is opened and closed.  A table; everything else treats all
 * devices alike. */
#pragma once

#include "devices.h"
#include "origin.h"

enum { BUS_KIND_WHY_SIZE = 160 };

struct bus_kind {
	/* Nothing but the gate keeps it closed: its nodes are shut from the moment they come, and
	 * are vetted as was decided. */
	bool gated;

	/* Fill @ret for the device whose sysfs directory is @device_fd; as identify(). */
	int (*identify)(int device_fd, const struct place *place, struct device *ret);

	/* Does the kernel let it work, whole or in part? */
	bool (*works)(const struct usbdev *dev);

	/* Put its decision into effect; as enforce_decision(), with @why of BUS_KIND_WHY_SIZE. */
	int (*open)(int sysfs_fd, const struct usbdev *dev, char *why);

	/* The same for what the guard does not keep of a guarded device; as enforce_beside_kept().
	 */
	int (*open_beside_kept)(int sysfs_fd, const struct usbdev *dev, char *why);

	/* Close it, as enforce_deny(), so that nobody has it open when it is opened next.  A gated
	 * one comes anew at once, by itself. */
	int (*close)(int sysfs_fd, const struct usbdev *dev);
};

/* Static storage. */
const struct bus_kind *bus_kind(enum bus bus);

/* True if the device is there no more, though another may be at its port. */
bool bus_kind_is_gone(const struct usbdev *dev);
