#include "root_hubs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "identify.h"
#include "sysfs.h"

static struct root_hub *find(struct root_hubs *hubs, unsigned bus)
{
	for (size_t i = 0; i < hubs->n; i++) {
		if (hubs->items[i].bus == bus)
			return &hubs->items[i];
	}
	return NULL;
}

static struct root_hub *make_room(struct root_hubs *hubs)
{
	if (hubs->n == ROOT_HUBS_MAX)
		hubs->n = 0;
	return &hubs->items[hubs->n++];
}

/* The root hub of @bus, read if it has not been; NULL if it is gone, or could not be read in time.
 */
static const struct root_hub *look_up(struct root_hubs *hubs, int sysfs_fd, unsigned bus)
{
	_cleanup_close_ int fd = -1;
	struct root_hub *hub = find(hubs, bus), read = { .bus = bus };
	char path[64];
	int r;

	snprintf(path, sizeof(path), "bus/usb/devices/usb%u", bus);
	if (sysfs_open(sysfs_fd, path, &fd) < 0 || sysfs_inode(fd, &read.inode) < 0)
		return NULL;
	if (hub != NULL && hub->inode == read.inode)
		return hub;
	r = identify_hub(fd, read.hash);
	if (r == -ETIME)
		return NULL;
	read.has_hash = r >= 0;
	hub = hub == NULL ? make_room(hubs) : hub;
	*hub = read;
	return hub;
}

void root_hubs_learn(struct root_hubs *hubs, int sysfs_fd, unsigned bus)
{
	(void)look_up(hubs, sysfs_fd, bus);
}

void root_hubs_mark(struct root_hubs *hubs, int sysfs_fd, unsigned bus, struct device *device)
{
	const struct root_hub *hub = look_up(hubs, sysfs_fd, bus);

	device->has_usbguard_parent_hash = hub != NULL && hub->has_hash;
	if (device->has_usbguard_parent_hash)
		memcpy(device->usbguard_parent_hash, hub->hash, sizeof(hub->hash));
}
