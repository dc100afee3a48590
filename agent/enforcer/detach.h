/* detach - a decision takes away what is mounted: the people who use it are told, its file systems
 * are left in good order (withdraw.h), and only then the device is closed.
 *
 * Until then its interfaces stay bound, but its disks are shut in the gate: nobody opens them anew.
 * What is revoked, or could not be judged, is closed at once.  A decision that lets it stay as it
 * is ends that: it stays in use. */
#pragma once

#include "enforcer.h"

/* The decision in force on @dev is to take effect: find what of it has to wait, and begin with
 * that; sets dev->withdrawing, the interfaces that stay bound.  Call it before each attempt.
 * Returns true if a decision that took it away has been taken back in time: it is as it was before,
 * and need not come anew. */
bool detach_consider(struct enforcer *enforcer, struct usbdev *dev);

/* The device has been closed, or has gone. */
void detach_closed(struct enforcer *enforcer, struct usbdev *dev);
void detach_forget(struct enforcer *enforcer, const struct usbdev *dev);

/* A withdraw_handler; @userdata is the enforcer. */
void detach_on_ready(void *userdata, uint64_t inode, int result, const json_t *report);
