/* guard - never lock people out: the last working keyboard or pointer, a hub that carries it, and
 * the disk that the system runs from are not taken away, unless a rule says so of the device by
 * name
 * ("even-if-last").  Holds for devices that work already; a new arrival is never opened by it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "devices.h"

enum { GUARD_MAX_INPUTS = 256, GUARD_MAX_DISKS = 64, GUARD_PATH_SIZE = 512, GUARD_WHY_SIZE = 160 };

/* An input device that works, by its path in sysfs. */
struct guard_input {
	char path[GUARD_PATH_SIZE];
	bool outside; /* behind a Thunderbolt device; nobody says which */
	bool keyboard, pointer;
};

/* What must not be lost, as it is at one moment. */
struct guard {
	size_t n_inputs;
	struct guard_input inputs[GUARD_MAX_INPUTS];
	size_t n_disks;
	char disks[GUARD_MAX_DISKS][GUARD_PATH_SIZE]; /* what "/" is on */
	bool outside[GUARD_MAX_DISKS];		      /* the same of each */
};

/* Look around below @sysfs_fd: input devices by what they can (virtual ones do not count), and the
 * disks below "/", through device mapper and md.  What cannot be found out is left out. */
void guard_look(struct guard *ret, int sysfs_fd);

/* The interfaces of @dev that carry an input device or the system's disk, and those of hubs: bits
 * by their place in @dev->device. */
uint64_t guard_keeps(const struct guard *guard, const struct usbdev *dev);

/* Would @decision take away the last of something from those at the machine?  True, and a sentence
 * in @why, if so. */
bool guard_trips(const struct guard *guard, const struct usbdev *dev,
		 const struct decision *decision, char why[static GUARD_WHY_SIZE]);
