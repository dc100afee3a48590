/* boot_machine - what a machine needs to start, as its files say: which keyboards it has, and what
 * the folders lie on that are needed before devices are judged.
 * Reads proc, sysfs and /etc below a root directory, which is "/" but in tests. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	BOOT_MAX_CRYPTS = 16,
	BOOT_NAME_SIZE = 128,
	BOOT_FOLDER_SIZE = 256,
};

struct boot_keyboards {
	unsigned usb;	/* they work only when something has judged them */
	unsigned other; /* they work as soon as the kernel does */
};

/* Count the keyboards that can be typed on now: those that have the letters.  Ones that come by
 * radio, or that a program makes, count as neither.  Returns 0 or what opendir(3) gives. */
int boot_keyboards_count(int root_fd, struct boot_keyboards *ret)
	__attribute__((warn_unused_result));

/* What the folders lie on that are needed before devices are judged: devgate's and its programs'.
 */
struct boot_disks {
	char usb[BOOT_FOLDER_SIZE];	/* a mount point on a USB disk; "" for none */
	char unknown[BOOT_FOLDER_SIZE]; /* one that lies on no disk that can be seen */
	size_t n_crypts;
	char crypts[BOOT_MAX_CRYPTS][BOOT_NAME_SIZE]; /* names of encrypted devices below them */
};

/* @mountinfo: path of a file as mountinfo(5).  Returns 0; -E2BIG above BOOT_MAX_CRYPTS; as
 * mounts_read(); what openat(2) gives. */
int boot_disks_find(int root_fd, const char *mountinfo, struct boot_disks *ret)
	__attribute__((warn_unused_result));
