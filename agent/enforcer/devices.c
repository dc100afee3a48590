#include "devices.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "bus_kind.h"
#include "sysfs.h"

static void cleanup_usbdev(struct usbdev **dev)
{
	usbdev_free(*dev);
}

/* What a USB device is called in usbfs. */
static int read_numbers(struct usbdev *dev)
{
	uint64_t bus, number;

	if (dev->device.bus != BUS_USB)
		return 0;
	if (sysfs_read_number(dev->fd, "busnum", 10, UINT16_MAX, &bus) < 0 ||
	    sysfs_read_number(dev->fd, "devnum", 10, UINT16_MAX, &number) < 0)
		return -EBADMSG;
	dev->bus = (uint16_t)bus;
	dev->number = (uint16_t)number;
	return 0;
}

int usbdev_new(int sysfs_fd, const struct place *place, const char *boot, struct usbdev **ret)
{
	_cleanup_(cleanup_usbdev) struct usbdev *dev = calloc(1, sizeof(*dev));
	int numbers, r;

	if (dev == NULL)
		return -ENOMEM;
	dev->fd = -1;
	dev->place = *place;
	r = sysfs_open(sysfs_fd, place->path, &dev->fd);
	if (r < 0)
		return r;
	r = sysfs_inode(dev->fd, &dev->inode);
	if (r < 0)
		return r;
	snprintf(dev->instance, sizeof(dev->instance), "%.8s-%" PRIu64, boot, dev->inode);
	dev->readable = bus_kind(place->bus)->identify(dev->fd, place, &dev->device);
	numbers = read_numbers(dev);
	dev->readable = dev->readable < 0 ? dev->readable : numbers;
	decide_error("The device has not been judged yet.", &dev->decision);
	*ret = TAKE_PTR(dev);
	return 0;
}

void usbdev_free(struct usbdev *dev)
{
	if (dev == NULL)
		return;
	if (dev->fd >= 0)
		close(dev->fd);
	free(dev);
}

bool usbdev_authorized(const struct usbdev *dev)
{
	return bus_kind(dev->device.bus)->works(dev);
}

enum verdict usbdev_effect_at(const struct usbdev *dev, size_t i)
{
	enum verdict effect = decision_effect(&dev->decision, i);

	if (!dev->guarded)
		return effect;
	if (dev->kept >> i & 1)
		return VERDICT_ALLOW;
	return effect == VERDICT_ALLOW ? effect : VERDICT_DENY;
}

bool usbdev_is_bound(const struct usbdev *dev, size_t i)
{
	return (dev->withdrawing >> i & 1) || usbdev_effect_at(dev, i) != VERDICT_DENY ||
	       (!dev->guarded && (dev->examination.interfaces >> i & 1));
}

bool usbdev_is_any_bound(const struct usbdev *dev)
{
	for (size_t i = 0; i < dev->decision.n; i++) {
		if (usbdev_is_bound(dev, i))
			return true;
	}
	return false;
}

enum verdict usbdev_effect(const struct usbdev *dev, unsigned config, unsigned number)
{
	if (dev->guarded && dev->decision.n == 0)
		return VERDICT_ALLOW;
	for (size_t i = 0; i < dev->decision.n && i < dev->device.n_interfaces; i++) {
		const struct device_interface *interface = &dev->device.interfaces[i];

		if (interface->config == config && interface->number == number)
			return usbdev_effect_at(dev, i);
	}
	return VERDICT_DENY;
}

/* Where the interface is in the decision, or -1. */
static int place_of(const struct usbdev *dev, unsigned config, unsigned number)
{
	for (size_t i = 0; i < dev->decision.n && i < dev->device.n_interfaces; i++) {
		if (dev->device.interfaces[i].config == config &&
		    dev->device.interfaces[i].number == number)
			return (int)i;
	}
	return -1;
}

bool usbdev_is_withdrawn(const struct usbdev *dev, unsigned config, unsigned number)
{
	int i = place_of(dev, config, number);

	return i >= 0 && (dev->withdrawing >> i & 1);
}

bool usbdev_asks(const struct usbdev *dev, unsigned config, unsigned number, enum modifier modifier)
{
	int i = place_of(dev, config, number);

	return i >= 0 && (dev->decision.interfaces[i].modifiers & modifier) != 0 &&
	       (modifier == MODIFIER_TRAIL || !dev->decision.audit_only);
}

int devices_add(struct devices *devices, struct usbdev *dev)
{
	if (devices_find(devices, dev->device.port) != NULL)
		return -EEXIST;
	if (devices->n == DEVICES_MAX)
		return -E2BIG;
	devices->items[devices->n++] = dev;
	return 0;
}

struct usbdev *devices_find(const struct devices *devices, const char *port)
{
	for (size_t i = 0; i < devices->n; i++) {
		if (strcmp(devices->items[i]->device.port, port) == 0)
			return devices->items[i];
	}
	return NULL;
}

struct usbdev *devices_at(const struct devices *devices, const char *path)
{
	for (size_t i = 0; i < devices->n; i++) {
		if (strcmp(devices->items[i]->place.path, path) == 0)
			return devices->items[i];
	}
	return NULL;
}

void devices_remove(struct devices *devices, struct usbdev *dev)
{
	for (size_t i = 0; i < devices->n; i++) {
		if (devices->items[i] != dev)
			continue;
		memmove(&devices->items[i], &devices->items[i + 1],
			(devices->n - i - 1) * sizeof(devices->items[0]));
		devices->n--;
		break;
	}
	usbdev_free(dev);
}

void devices_finish(struct devices *devices)
{
	while (devices->n > 0)
		devices_remove(devices, devices->items[devices->n - 1]);
}
