#include "bluetooth_device.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "clock.h"
#include "sysfs.h"

/* The functions of each service, in the order of their first service. */
static size_t list_functions(const struct bluez_peer *peer,
			     function_set ret[static BLUEZ_MAX_SERVICES])
{
	const function_set hid = bluetooth_hid_functions(peer->class, peer->appearance);
	function_set listed = 0;
	size_t n = 0;

	for (size_t i = 0; i < peer->n_services; i++) {
		function_set functions;

		if (bluetooth_service_functions(peer->services[i], hid, &functions) < 0)
			functions = FUNCTION_BIT(FUNCTION_OTHER);
		if ((functions & ~listed) == 0)
			continue;
		ret[n++] = functions;
		listed |= functions;
	}
	return n;
}

bool bluetooth_device_says(const struct bluez_peer *peer)
{
	function_set functions[BLUEZ_MAX_SERVICES];

	return peer->too_many || list_functions(peer, functions) > 0;
}

static void set_ids(const struct bluez_peer *peer, struct device *device)
{
	unsigned vendor, product, release;

	if (sscanf(peer->modalias, "usb:v%4xp%4xd%4x", &vendor, &product, &release) != 3)
		return;
	device->vendor = (uint16_t)vendor;
	device->product = (uint16_t)product;
	device->release = (uint16_t)release;
}

void bluetooth_device_fill(const struct bluez_peer *peer, struct device *ret)
{
	function_set functions[BLUEZ_MAX_SERVICES];
	size_t n = list_functions(peer, functions);

	*ret = (struct device){ .bus = BUS_BLUETOOTH, .connect = CONNECT_UNKNOWN };
	strcpy(ret->port, peer->port);
	snprintf(ret->name, sizeof(ret->name), "%s", peer->name);
	ret->name[device_text_size(ret->name)] = '\0';
	set_ids(peer, ret);
	ret->has_serial = peer->fixed_address;
	if (ret->has_serial)
		strcpy(ret->serial, peer->address);
	_Static_assert((int)BLUEZ_MAX_SERVICES <= (int)DEVICE_MAX_INTERFACES, "room for each");
	for (size_t i = 0; i < n; i++)
		ret->interfaces[i] = (struct device_interface){ .number = (uint8_t)i,
								.functions = functions[i] };
	ret->n_interfaces = n;
}

static void cleanup_usbdev(struct usbdev **dev)
{
	usbdev_free(*dev);
}

int bluetooth_device_new(const struct bluez_peer *peer, int sysfs_fd, const char *boot,
			 struct usbdev **ret)
{
	_cleanup_(cleanup_usbdev) struct usbdev *dev = calloc(1, sizeof(*dev));
	char adapter[64];
	int r;

	if (dev == NULL)
		return -ENOMEM;
	dev->fd = -1;
	snprintf(adapter, sizeof(adapter), "class/bluetooth/%.*s", (int)strcspn(peer->port, "/"),
		 peer->port);
	r = sysfs_open(sysfs_fd, adapter, &dev->fd);
	if (r < 0)
		return r;
	dev->inode = clock_mono_us(); /* peers have no directories */
	snprintf(dev->instance, sizeof(dev->instance), "%.8s-%" PRIu64, boot, dev->inode);
	bluetooth_device_fill(peer, &dev->device);
	dev->place.bus = BUS_BLUETOOTH;
	strcpy(dev->place.port, peer->port);
	snprintf(dev->place.path, sizeof(dev->place.path), "bluetooth/%s", peer->port);
	dev->readable = peer->too_many ? -E2BIG : 0;
	decide_error("The device has not been judged yet.", &dev->decision);
	*ret = TAKE_PTR(dev);
	return 0;
}
