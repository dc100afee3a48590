/* emergency - keyboards for an emergency shell that comes before the enforcer could start, on a
 * machine whose kernel keeps USB closed until then (devgate(1), boot).
 * Hubs, and devices that are nothing but keyboards and pointers, as their descriptors say: no
 * policy can be read yet, and who uses that shell must know root's password.  Not for when the
 * enforcer has run: what it denied stays so. */
#pragma once

#include <stdbool.h>

#include "policy/device.h"

enum { EMERGENCY_ROUNDS = 10, EMERGENCY_PAUSE_MS = 500 }; /* what hangs on a hub comes after it */

/* May @device be opened? */
bool emergency_may_open(const struct device *device);

/* Authorize those that are there, once.  @sysfs_fd: the root of sysfs.  Returns how many were
 * authorized; what openat(2), readdir(3) give. */
int emergency_open_once(int sysfs_fd) __attribute__((warn_unused_result));

/* The same, and what comes in EMERGENCY_ROUNDS times EMERGENCY_PAUSE_MS.  Returns as
 * emergency_open_once(). */
int emergency_open(int sysfs_fd) __attribute__((warn_unused_result));
