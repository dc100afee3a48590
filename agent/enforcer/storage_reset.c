#include "storage_reset.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sysfs.h"

/* Unbind @name from the driver whose directory is @driver, and bind it again. */
static int rebind(int sysfs_fd, const char *driver, const char *name)
{
	char path[128];
	int r;

	snprintf(path, sizeof(path), "%s/unbind", driver);
	r = sysfs_write(sysfs_fd, path, name);
	if (r == -ENOENT) /* the driver is not loaded, so it has made no node */
		return 0;
	if (r < 0 && r != -ENODEV) /* it had not bound */
		return r;
	snprintf(path, sizeof(path), "%s/bind", driver);
	return sysfs_write(sysfs_fd, path, name);
}

int storage_reset_card(int sysfs_fd, const struct usbdev *dev)
{
	return rebind(sysfs_fd, "bus/mmc/drivers/mmcblk", dev->device.port);
}

int storage_reset_nvme(int sysfs_fd, const struct usbdev *dev)
{
	return rebind(sysfs_fd, "bus/pci/drivers/nvme", dev->device.port);
}

/* ".../host2/target2:0:0/2:0:0:0": the host's "scan" is in .../host2/scsi_host/host2. */
static int host_scan(const char *device, char *ret, size_t size)
{
	char host[PLACE_PATH_SIZE], *slash;

	snprintf(host, sizeof(host), "%s", device);
	for (int up = 0; up < 2; up++) {
		slash = strrchr(host, '/');
		if (slash == NULL)
			return -EINVAL;
		*slash = '\0';
	}
	slash = strrchr(host, '/');
	if (slash == NULL)
		return -EINVAL;
	return snprintf(ret, size, "%s/scsi_host%s/scan", host, slash) < (int)size ? 0 : -EINVAL;
}

/* The host's number stays the same; all of its channels, targets and units are looked at ("- - -"),
 * and those that are known are left alone. */
int storage_reset_scsi(int sysfs_fd, const struct usbdev *dev)
{
	char scan[PLACE_PATH_SIZE + 64];
	int r = host_scan(dev->place.path, scan, sizeof(scan));

	if (r >= 0)
		r = sysfs_write(dev->fd, "delete", "1");
	return r < 0 ? r : sysfs_write(sysfs_fd, scan, "- - -");
}
