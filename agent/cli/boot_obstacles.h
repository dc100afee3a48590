/* boot_obstacles - why USB must not stay closed until devices are judged, on this machine: somebody
 * would be locked out.  What cannot be told counts as one. */
#pragma once

#include <stddef.h>

#include "boot_machine.h"

enum boot_obstacle_kind {
	BOOT_PASSPHRASE_ON_USB, /* what: the encrypted disk */
	BOOT_KEY_ON_DEVICE,	/* what: the encrypted disk */
	BOOT_SYSTEM_ON_USB,	/* what: the mount point */
	BOOT_SYSTEM_UNKNOWN,	/* what: the mount point */
	BOOT_UNREADABLE,	/* what: the file that says */
};

enum { BOOT_MAX_OBSTACLES = 32 };

struct boot_obstacles {
	size_t n;
	struct {
		enum boot_obstacle_kind kind;
		char what[BOOT_FOLDER_SIZE];
	} items[BOOT_MAX_OBSTACLES];
	struct boot_keyboards keyboards;
};

/* Look at the machine whose files are below @root_fd; @mountinfo as for boot_disks_find(). */
void boot_obstacles_find(int root_fd, const char *mountinfo, struct boot_obstacles *ret);
