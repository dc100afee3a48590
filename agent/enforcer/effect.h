/* effect - a decision takes effect: orders to the workers, one at a time for a device, and what is
 * to be done, and recorded, when they have been carried out. */
#pragma once

#include "enforcer.h"

/* Begin to put the decision in force on @dev into effect; if the last one is still on its way, this
 * one follows it.  What is denied is shut in the gate at once.  @replug: the device is closed
 * first, so that its disks come anew.  Where there are no workers, it is done on return. */
void effect_start(struct enforcer *enforcer, struct usbdev *dev, bool replug);

/* @dev has shown what it must not: that denies it, which is recorded with @why, and closes it. */
void effect_deny(struct enforcer *enforcer, struct usbdev *dev, const char *why);

/* Handlers for the workers; @userdata is the enforcer. */
void effect_on_done(void *userdata, uint64_t inode, int result, const char *why);
void effect_on_late(void *userdata, uint64_t inode);
