#include "places.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "sysfs.h"
#include "thunderbolt.h"

#define THUNDERBOLT_DEVICES "bus/thunderbolt/devices"

static int add(struct places *places, const struct place *place)
{
	struct place *bigger;

	for (size_t i = 0; i < places->n; i++) {
		if (strcmp(places->items[i].port, place->port) == 0)
			return 0;
	}
	if (places->n == PLACES_MAX)
		return -E2BIG;
	bigger = reallocarray(places->items, places->n + 1, sizeof(*bigger));
	if (bigger == NULL)
		return -ENOMEM;
	places->items = bigger;
	places->items[places->n++] = *place;
	return 0;
}

static int add_usb(int sysfs_fd, struct places *places)
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	int n = sysfs_list(sysfs_fd, "bus/usb/devices", port_is_device, &names), r = 0;

	for (int i = 0; r >= 0 && i < n; i++) {
		const struct place place = place_on_usb(names[i]);

		r = add(places, &place);
	}
	return n < 0 && n != -ENOENT ? n : r;
}

static bool is_name(const char *name)
{
	return name[0] != '.';
}

/* Add the device that the link @name of @folder leads to, or to what hangs on it. */
static int add_link(int sysfs_fd, const char *folder, const char *name, struct places *places)
{
	char link[NAME_MAX + 64], target[PATH_MAX];
	const char *path = target;
	struct origin origin = { 0 };
	ssize_t size;

	snprintf(link, sizeof(link), "%s/%s", folder, name);
	size = readlinkat(sysfs_fd, link, target, sizeof(target) - 1);
	if (size < 0)
		return 0; /* gone */
	target[size] = '\0';
	while (strncmp(path, "../", 3) == 0)
		path += 3;
	if (strcmp(folder, THUNDERBOLT_DEVICES) == 0)
		return thunderbolt_place(sysfs_fd, path, &origin.place) ? add(places, &origin.place)
									: 0;
	origin_of_path(sysfs_fd, path, &origin);
	if (!origin.portable || origin.place.bus == BUS_USB)
		return 0;
	return add(places, &origin.place);
}

/* Cards and SCSI devices are there before their disks, and without; what an NVMe controller is, is
 * known only when it has a disk. */
static int add_others(int sysfs_fd, struct places *places)
{
	static const char *const folders[] = { THUNDERBOLT_DEVICES, "bus/mmc/devices",
					       "bus/scsi/devices", "dev/block" };
	int r = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		_cleanup_(sysfs_names_free) char **names = NULL;
		int n = sysfs_list(sysfs_fd, folders[i], is_name, &names);

		for (int j = 0; r >= 0 && j < n; j++)
			r = add_link(sysfs_fd, folders[i], names[j], places);
	}
	return r;
}

int places_list(int sysfs_fd, struct places *ret)
{
	struct places places = { 0 };
	int r = add_usb(sysfs_fd, &places);

	if (r >= 0)
		r = add_others(sysfs_fd, &places);
	if (r < 0)
		places_finish(&places);
	else
		*ret = places;
	return r;
}

void places_finish(struct places *places)
{
	free(places->items);
	*places = (struct places){ 0 };
}

bool places_of_uevent(int sysfs_fd, const char *subsystem, const char *path, struct place *ret)
{
	static const char *const subsystems[] = { "mmc", "scsi", "block", "nvme-generic" };
	struct origin origin = { 0 };

	if (strcmp(subsystem, "thunderbolt") == 0)
		return thunderbolt_place(sysfs_fd, path, ret);
	for (size_t i = 0; i < sizeof(subsystems) / sizeof(subsystems[0]); i++) {
		if (strcmp(subsystem, subsystems[i]) == 0)
			origin_of_path(sysfs_fd, path, &origin);
	}
	if (!origin.portable || origin.place.bus == BUS_USB || origin.place.path[0] == '\0')
		return false;
	*ret = origin.place;
	return true;
}
