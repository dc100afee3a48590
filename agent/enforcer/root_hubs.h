/* root_hubs - the USBGuard hashes of root hubs, which some rules know what hangs on them by.
 * A root hub does not change as long as it is there, so its descriptors and texts are read once,
 * and not for each device. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/device.h"

/* With more buses than this the hashes are worked out more often than once. */
enum { ROOT_HUBS_MAX = 32 };

/* All zeros: none known. */
struct root_hubs {
	size_t n;
	struct root_hub {
		unsigned bus;
		uint64_t inode; /* of its directory: the next one on the bus has another */
		bool has_hash;
		uint8_t hash[DEVICE_USBGUARD_HASH_SIZE];
	} items[ROOT_HUBS_MAX];
};

/* Root hub @bus has come: read it now, since while devices come to it, the kernel holds its lock.
 */
void root_hubs_learn(struct root_hubs *hubs, int sysfs_fd, unsigned bus);

/* Set the hash of root hub @bus as @device's parent's; without one if it has none. */
void root_hubs_mark(struct root_hubs *hubs, int sysfs_fd, unsigned bus, struct device *device);
