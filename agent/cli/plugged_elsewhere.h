/* plugged_elsewhere - the devices that are not on USB (cards, drives, disks, Thunderbolt,
 * Bluetooth), as the enforcer tells of them: which of a machine's disks can be taken away is its to
 * know. What a device says is a claim. */
#pragma once

#include <stddef.h>

#include "policy/device.h"

/* Ask the enforcer whose control socket is in @run_dir.  Appends them to *@devices, which holds *@n
 * and is to be freed; one that cannot be read is left out, and @skipped is told.  Returns 0;
 * -ENOENT, -ECONNREFUSED if no enforcer runs; -E2BIG above PLUGGED_MAX; -ENOMEM; what
 * control_call() gives.  On failure *@devices and *@n are untouched. */
int plugged_elsewhere(const char *run_dir, struct device **devices, size_t *n,
		      void (*skipped)(const char *port, int r)) __attribute__((warn_unused_result));
