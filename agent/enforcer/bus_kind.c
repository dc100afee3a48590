#include "bus_kind.h"

#include "enforce.h"
#include "identify.h"
#include "identify_storage.h"
#include "storage_reset.h"
#include "sysfs.h"
#include "thunderbolt.h"

static int identify_usb(int device_fd, const struct place *place, struct device *ret)
{
	return identify(device_fd, place->port, ret);
}

/* The attribute that the kernel has for devices which may be authorized. */
static bool is_authorized(const struct usbdev *dev)
{
	uint64_t value;

	return sysfs_read_number(dev->fd, "authorized", 10, UINT8_MAX, &value) == 0 && value != 0;
}

/* The kernel has no say in whether a disk works. */
static bool always_works(const struct usbdev *dev)
{
	(void)dev;
	return true;
}

/* A peer comes to life by what bluetooth_follow() permits it. */
static bool never_works(const struct usbdev *dev)
{
	(void)dev;
	return false;
}

static int nothing_to_open(int sysfs_fd, const struct usbdev *dev, char *why)
{
	(void)sysfs_fd;
	(void)dev;
	(void)why;
	return 0;
}

static int close_usb(int sysfs_fd, const struct usbdev *dev)
{
	(void)sysfs_fd;
	return enforce_deny(dev);
}

/* What has nothing permitted has no link, either: bluetooth_follow(). */
static int nothing_to_close(int sysfs_fd, const struct usbdev *dev)
{
	(void)sysfs_fd;
	(void)dev;
	return 0;
}

#define GATED(identify_device, reset)                                                              \
	{                                                                                          \
		.gated = true, .identify = (identify_device), .works = always_works,               \
		.open = nothing_to_open, .open_beside_kept = nothing_to_open, .close = (reset)     \
	}

static const struct bus_kind kinds[_BUS_MAX] = {
	[BUS_USB] = { .identify = identify_usb,
		      .works = is_authorized,
		      .open = enforce_decision,
		      .open_beside_kept = enforce_beside_kept,
		      .close = close_usb },
	[BUS_MMC] = GATED(identify_card, storage_reset_card),
	[BUS_OPTICAL] = GATED(identify_drive, storage_reset_scsi),
	[BUS_ATA] = GATED(identify_drive, storage_reset_scsi),
	[BUS_THUNDERBOLT] = { .identify = thunderbolt_identify,
			      .works = is_authorized,
			      .open = thunderbolt_open,
			      .open_beside_kept = nothing_to_open, /* it has one interface */
			      .close = thunderbolt_close },
	[BUS_NVME] = GATED(identify_nvme, storage_reset_nvme),
	/* identified by bluetooth_device.h */
	[BUS_BLUETOOTH] = { .works = never_works,
			    .open = nothing_to_open,
			    .open_beside_kept = nothing_to_open,
			    .close = nothing_to_close },
};

const struct bus_kind *bus_kind(enum bus bus)
{
	return &kinds[bus];
}

/* An attribute that every device has (drivers/base/core.c) goes before its "remove" is told. */
bool bus_kind_is_gone(const struct usbdev *dev)
{
	char text[4096];
	const char *name = dev->device.bus == BUS_USB ? "devnum" : "uevent";

	return sysfs_read(dev->fd, name, text, sizeof(text)) < 0;
}
