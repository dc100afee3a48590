#include "open_disks.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "origin.h"
#include "sysfs.h"

static bool is_number(const char *name)
{
	return name[0] >= '0' && name[0] <= '9';
}

/* Where the interface is in the decision, or -1. */
static int place_of(const struct usbdev *dev, const struct port_interface *owner)
{
	for (size_t i = 0; i < dev->decision.n && i < dev->device.n_interfaces; i++) {
		if (dev->device.interfaces[i].config == owner->config &&
		    dev->device.interfaces[i].number == owner->number)
			return (int)i;
	}
	return -1;
}

static bool is_read_only(int sysfs_fd, const char *entry)
{
	char path[64];
	uint64_t value;

	snprintf(path, sizeof(path), "dev/block/%.24s/ro", entry);
	return sysfs_read_number(sysfs_fd, path, 10, 1, &value) == 0 && value == 1;
}

static void consider(int sysfs_fd, const struct usbdev *dev, const char *entry,
		     struct open_disks *ret)
{
	unsigned on_major, on_minor;
	struct origin origin;
	char link[64], target[PATH_MAX];
	const char *path = target;
	enum verdict effect;
	ssize_t n;
	int i;

	snprintf(link, sizeof(link), "dev/block/%.24s", entry);
	n = readlinkat(sysfs_fd, link, target, sizeof(target) - 1);
	if (n < 0 || sscanf(entry, "%u:%u", &on_major, &on_minor) != 2)
		return;
	target[n] = '\0';
	while (strncmp(path, "../", 3) == 0)
		path += 3;
	origin_of_path(sysfs_fd, path, &origin);
	if (!origin.portable || strcmp(origin.owner.port, dev->device.port) != 0)
		return;
	i = place_of(dev, &origin.owner);
	if (i < 0 || ret->n == WITHDRAW_MAX_DISKS)
		return;
	effect = usbdev_effect_at(dev, (size_t)i);
	if (effect == VERDICT_ALLOW ||
	    (effect == VERDICT_READ_ONLY && is_read_only(sysfs_fd, entry)))
		return;
	if (effect == VERDICT_ENCRYPTED_ONLY)
		ret->plain |= (uint64_t)1 << ret->n;
	ret->interfaces |= (uint64_t)1 << i;
	ret->numbers[ret->n++] = makedev(on_major, on_minor);
}

void open_disks_find(int sysfs_fd, const struct usbdev *dev, struct open_disks *ret)
{
	_cleanup_(sysfs_names_free) char **entries = NULL;
	int n = sysfs_list(sysfs_fd, "dev/block", is_number, &entries);

	*ret = (struct open_disks){ 0 };
	for (int i = 0; i < n; i++)
		consider(sysfs_fd, dev, entries[i], ret);
}
