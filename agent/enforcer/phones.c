#include "phones.h"

#include <libudev.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/log.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What 70-uaccess.rules gives to the person at the seat for the same reason. */
static const char *const properties[] = { "ID_MTP_DEVICE", "ID_MEDIA_PLAYER", "ID_GPHOTO2",
					  "ID_PDA" };

static bool is_phone_property(const char *name, const char *value)
{
	for (size_t i = 0; i < COUNT(properties); i++) {
		if (strcmp(name, properties[i]) == 0)
			return value != NULL && value[0] != '\0' && strcmp(value, "0") != 0;
	}
	return false;
}

static bool is_known(struct udev_hwdb *hwdb, const struct device *device)
{
	struct udev_list_entry *entry;
	char modalias[32];

	/* The beginning of the kernel's modalias (scripts/mod/file2alias.c, do_usb_entry()). */
	snprintf(modalias, sizeof(modalias), "usb:v%04Xp%04Xd%04X", device->vendor, device->product,
		 device->release);
	entry = udev_hwdb_get_properties_list_entry(hwdb, modalias, 0);
	for (; entry != NULL; entry = udev_list_entry_get_next(entry)) {
		if (is_phone_property(udev_list_entry_get_name(entry),
				      udev_list_entry_get_value(entry)))
			return true;
	}
	return false;
}

/* Opened for each such device anew: they are rare, and the database may have been updated. */
static bool database_knows(const struct device *device)
{
	struct udev *udev = udev_new();
	struct udev_hwdb *hwdb = udev == NULL ? NULL : udev_hwdb_new(udev);
	bool known = false;

	if (hwdb == NULL)
		log_debug("hwdb", "There is no hardware database to ask for phones");
	else
		known = is_known(hwdb, device);
	udev_hwdb_unref(hwdb);
	udev_unref(udev);
	return known;
}

void phones_mark(struct device *device)
{
	const function_set vendor = FUNCTION_BIT(FUNCTION_VENDOR);

	if (!(device_functions(device) & vendor) || !database_knows(device))
		return;
	for (size_t i = 0; i < device->n_interfaces; i++) {
		struct device_interface *interface = &device->interfaces[i];

		if (interface->functions & vendor)
			interface->functions =
				(interface->functions & ~vendor) | FUNCTION_BIT(FUNCTION_PHONE);
	}
}
