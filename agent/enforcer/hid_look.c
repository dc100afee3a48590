#include "hid_look.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/hid_report.h"
#include "agent/common/log.h"
#include "input_keys.h"
#include "sysfs.h"

/* A receiver's driver makes HID devices below its own (drivers/hid/hid-logitech-dj.c). */
enum { MAX_DEPTH = 3, PATH_SIZE = 512 };

/* "0003:046D:C31C.0001": bus, vendor, product and a number (drivers/hid/hid-core.c,
 * hid_add_device()). */
static bool is_hid(const char *name)
{
	unsigned bus, vendor, product, number;
	int end = 0;

	return sscanf(name, "%4x:%4x:%4x.%x%n", &bus, &vendor, &product, &number, &end) == 4 &&
	       name[end] == '\0';
}

static bool is_input(const char *name)
{
	return strncmp(name, "input", strlen("input")) == 0;
}

/* Does the report descriptor of the HID device at @path say that it types?  One that is empty was
 * not opened by a driver yet. */
static bool report_types(const struct usbdev *dev, const char *path)
{
	char name[PATH_SIZE + 32], bytes[HID_REPORT_MAX_BYTES + 2];
	struct hid_report report;
	int size, r;

	snprintf(name, sizeof(name), "%s/report_descriptor", path);
	size = sysfs_read(dev->fd, name, bytes, sizeof(bytes));
	if (size == 0 || size == -ENOENT || size == -ENODEV)
		return false;
	r = size < 0 ? size : hid_report_parse((const uint8_t *)bytes, (size_t)size, &report);
	if (r < 0)
		log_warning("hid-report",
			    "%s: %s cannot be understood, and counts as a keyboard: %s",
			    dev->device.port, path, strerror(-r));
	return r < 0 || hid_report_types(&report);
}

/* Does an input device below @path have keys to type with? */
static bool input_types(const struct usbdev *dev, const char *path)
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	char list[PATH_SIZE];
	int n;

	snprintf(list, sizeof(list), "%s/input", path);
	n = sysfs_list(dev->fd, list, is_input, &names);
	for (int i = 0; i < n; i++) {
		_cleanup_close_ int fd = -1;
		char name[PATH_SIZE];

		snprintf(name, sizeof(name), "%.200s/%.200s", list, names[i]);
		if (sysfs_open(dev->fd, name, &fd) >= 0 && input_keys_type(fd))
			return true;
	}
	return false;
}

/* The interface, or HID device, at @path below the device, and those below it. */
static bool types(const struct usbdev *dev, const char *path, int depth)
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	int n = depth == MAX_DEPTH ? 0 : sysfs_list(dev->fd, path, is_hid, &names);

	if (input_types(dev, path))
		return true;
	for (int i = 0; i < n; i++) {
		char below[PATH_SIZE];

		snprintf(below, sizeof(below), "%.300s/%.100s", path, names[i]);
		if (report_types(dev, below) || types(dev, below, depth + 1))
			return true;
	}
	return false;
}

bool hid_look(struct usbdev *dev)
{
	const function_set keyboard = FUNCTION_BIT(FUNCTION_KEYBOARD);
	bool found = false;

	for (size_t i = 0; dev->device.bus == BUS_USB && i < dev->device.n_interfaces; i++) {
		struct device_interface *interface = &dev->device.interfaces[i];
		char name[DEVICE_PORT_SIZE + 16];

		snprintf(name, sizeof(name), "%s:%u.%u", dev->device.port, interface->config,
			 interface->number);
		if ((interface->functions & keyboard) != 0 || !types(dev, name, 0))
			continue;
		interface->functions |= keyboard;
		found = true;
	}
	return found;
}
