/* open_disks - the block devices of a device that may be open further than its decision permits, as
 * sysfs shows them at the moment; also those that nobody has told of yet. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "devices.h"
#include "withdraw.h"

struct open_disks {
	uint64_t interfaces; /* whose they are, by place in the decision */
	size_t n;
	dev_t numbers[WITHDRAW_MAX_DISKS]; /* disks and partitions */
	uint64_t plain; /* bits by place in @numbers: only what is mounted on it itself is too much,
			 * not what lies encrypted on it */
};

/* Those of @dev that are denied now, those that may be read only and are not set read-only, and
 * those that may be used only where they are encrypted.
 * More than WITHDRAW_MAX_DISKS are left out: they are disks of a device that has others. */
void open_disks_find(int sysfs_fd, const struct usbdev *dev, struct open_disks *ret);
