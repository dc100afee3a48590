#include "usbnode.h"

#include <errno.h>
#include <libudev.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "port.h"
#include "sysfs.h"

enum { NUMBERS_PER_BUS = 128, NO_ACCESS = 0 };

bool usbnode_is(const struct gate_device *node)
{
	return node->type == GATE_CHAR && node->major == GATE_USB_MAJOR;
}

struct gate_device usbnode_at(unsigned bus, unsigned number)
{
	return (struct gate_device){ GATE_CHAR, GATE_USB_MAJOR,
				     (bus - 1) * NUMBERS_PER_BUS + number - 1 };
}

struct gate_device usbnode_of(const struct usbdev *dev)
{
	return usbnode_at(dev->bus, dev->number);
}

bool usbnode_is_of(const struct gate_device *node, const struct usbdev *dev)
{
	uint64_t number;

	return dev->device.bus == BUS_USB && usbnode_of(dev).minor == node->minor &&
	       sysfs_read_number(dev->fd, "devnum", 10, UINT16_MAX, &number) == 0;
}

/* enum gate_access, or NO_ACCESS. */
static int access_of(const struct usbdev *dev)
{
	bool any = dev->guarded && dev->decision.n == 0;

	for (size_t i = 0; i < dev->decision.n; i++) {
		enum verdict effect = usbdev_effect_at(dev, i);

		if (effect == VERDICT_READ_ONLY || effect == VERDICT_ENCRYPTED_ONLY)
			return GATE_READ;
		any = any || effect == VERDICT_ALLOW;
	}
	return any ? GATE_READ_WRITE : NO_ACCESS;
}

/* Returns 0, or what the gate gives; says so if that is not its absence. */
static int set_access(struct gate *gate, const struct gate_device *node, int access)
{
	int r = access == NO_ACCESS ? gate_revoke(gate, node)
				    : gate_vet(gate, node, (enum gate_access)access);

	if (r < 0 && r != -ENODEV)
		log_error("usb-node-vet", "Cannot tell the gate of USB device %u: %s", node->minor,
			  strerror(-r));
	return r;
}

/* Has udev dealt with the device's "add"? */
static bool udev_has_looked(const struct gate_device *node)
{
	struct udev *udev = udev_new();
	struct udev_device *device = NULL;
	bool looked = false;

	if (udev != NULL)
		device = udev_device_new_from_devnum(udev, 'c', makedev(node->major, node->minor));
	if (device != NULL)
		looked = udev_device_get_is_initialized(device) > 0;
	udev_device_unref(device);
	udev_unref(udev);
	return looked;
}

/* libusb learns of a device from this file alone, before it opens the node. */
static void show(int device_fd, bool shown)
{
	if (fchmodat(device_fd, "descriptors", shown ? 0444 : 0400, 0) < 0 && errno != ENOENT &&
	    errno != ENODEV)
		log_warning("usb-node-show", "A device's descriptors stay %s users: %s",
			    shown ? "hidden from" : "open to", strerror(errno));
}

void usbnode_judge(struct gate *gate, const struct usbdev *dev)
{
	const struct gate_device node = usbnode_of(dev);
	int access = access_of(dev);
	bool was_vetted;
	int r;

	if (dev->device.bus != BUS_USB)
		return;
	was_vetted = gate_is_vetted(gate, &node);
	show(dev->fd, access != NO_ACCESS);
	r = set_access(gate, &node, access);
	if (r < 0 || was_vetted || access != GATE_READ_WRITE || !udev_has_looked(&node))
		return;
	r = sysfs_write(dev->fd, "uevent", "add");
	if (r < 0)
		log_warning("usb-node-look", "udev will not look at %s again: %s", dev->device.port,
			    strerror(-r));
}

void usbnode_shut(struct gate *gate, const struct usbdev *dev)
{
	const struct gate_device node = usbnode_of(dev);

	if (dev->device.bus == BUS_USB)
		(void)set_access(gate, &node, NO_ACCESS);
}

static bool is_of_device(void *userdata, const struct gate_device *node)
{
	const struct devices *devices = userdata;

	if (!usbnode_is(node) || node->minor % NUMBERS_PER_BUS == 0)
		return true;
	for (size_t i = 0; i < devices->n; i++) {
		const struct usbdev *dev = devices->items[i];
		const struct gate_device own = usbnode_of(dev);

		if (dev->device.bus == BUS_USB && own.minor == node->minor)
			return true;
	}
	return false;
}

void usbnode_vet_root_hub(struct gate *gate, const char *name)
{
	const struct gate_device node =
		usbnode_at((unsigned)strtoul(name + strlen("usb"), NULL, 10), 1);

	(void)set_access(gate, &node, GATE_READ_WRITE);
}

void usbnode_prune(struct gate *gate, struct devices *devices)
{
	int r = gate_prune(gate, is_of_device, devices);

	if (r < 0 && r != -ENODEV)
		log_error("usb-node-vet", "Not all USB devices that are gone left the gate: %s",
			  strerror(-r));
}

void usbnode_release(int sysfs_fd)
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	int n = sysfs_list(sysfs_fd, "bus/usb/devices", port_is_device, &names);

	for (int i = 0; i < n; i++) {
		_cleanup_close_ int fd = -1;
		char path[64];

		snprintf(path, sizeof(path), "bus/usb/devices/%s", names[i]);
		if (sysfs_open(sysfs_fd, path, &fd) >= 0)
			show(fd, true);
	}
}
