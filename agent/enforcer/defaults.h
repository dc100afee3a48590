/* defaults - what the kernel does with a USB device before anybody has judged it.
 * Deny: usbcore's and each root hub's authorized_default, and interface_authorized_default, are 0
 * (Documentation/usb/authorization.rst).  They outlive the enforcer: while it is down, new devices
 * stay closed. */
#pragma once

#include <stdbool.h>

/* What devices found that came before anybody was there to judge them. */
enum defaults_found {
	DEFAULTS_OPEN,	   /* they worked */
	DEFAULTS_INTERNAL, /* those at ports inside the machine worked */
	DEFAULTS_CLOSED,   /* nothing but root hubs worked: see devgate(1), boot */
	DEFAULTS_NONE,	   /* there was no USB yet: its driver is loaded later */
};

/* What usbcore's authorized_default says now.  Where it cannot be read: open. */
enum defaults_found defaults_look(int sysfs_fd);
const char *defaults_found_to_text(enum defaults_found found);

/* Deny for controllers to come and for all that are there.  @sysfs_fd: the root of sysfs.
 * Without usbcore there is nothing to deny and nothing is done.  Goes on after a failure, so that
 * as much as possible is denied.  Returns 0 or the first failure: what openat(2), write(2) give. */
int defaults_deny(int sysfs_fd) __attribute__((warn_unused_result));

/* The same for one root hub, "usb<bus>", and let the hub itself work: its interface may have come
 * up closed, by the new default.  Returns 0 or the first failure. */
int defaults_deny_hub(int sysfs_fd, const char *name) __attribute__((warn_unused_result));

/* True only if the root hub of bus @bus brings up new interfaces closed. */
bool defaults_hub_denies(int sysfs_fd, unsigned bus);

/* Put the kernel's defaults back, for the removal of the program.  Returns as defaults_deny(). */
int defaults_release(int sysfs_fd) __attribute__((warn_unused_result));
