/* places - where there are devices at the moment, of every bus, as sysfs shows them. */
#pragma once

#include <stddef.h>

#include "origin.h"

enum { PLACES_MAX = 2048 };

struct places {
	size_t n;
	struct place *items; /* owned */
};

/* List them; a hub is before what hangs on it.  Gives *@ret, to be freed with places_finish().
 * Returns 0; -E2BIG above PLACES_MAX; -ENOMEM; what readdir(3) gives for the USB devices.  A bus
 * that the kernel does not have has no devices. */
int places_list(int sysfs_fd, struct places *ret) __attribute__((warn_unused_result));
void places_finish(struct places *places);

/* The device that @path, a directory below sysfs, is, or hangs on, if it is one that a uevent of
 * @subsystem can be the first to tell of, other than on USB.  False if there is none. */
bool places_of_uevent(int sysfs_fd, const char *subsystem, const char *path, struct place *ret);
