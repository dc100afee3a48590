/* enforce - make the kernel do what was decided, device by device and interface by interface
 * (Documentation/usb/authorization.rst).
 *
 * A permitted device is authorized with all its interfaces still closed; they are looked at again,
 * and only what was judged is opened, one by one.  Every failure ends with the device closed. */
#pragma once

#include "devices.h"

/* More interfaces than these that are to be asked what they are, a device does not have. */
enum { ENFORCE_MAX_ASKED = 30 };

/* Close the device: no driver, no interface.  Returns 0; -ENODEV or -ENOENT if it is gone; what
 * write(2) gives. */
int enforce_deny(const struct usbdev *dev) __attribute__((warn_unused_result));

/* Bring the interfaces of a guarded device that the guard does not keep to where the decision wants
 * them; the device itself and the kept ones are not touched, whatever happens.
 * Returns 0, or what the kernel gave; @why as for enforce_decision(). */
int enforce_beside_kept(int sysfs_fd, const struct usbdev *dev, char why[static 160])
	__attribute__((warn_unused_result));

/* Put @dev->decision into effect.  What is open already and may stay open is not touched, so this
 * may be called at any time, as often as one likes.
 * Returns 0; the interfaces of dev->asking that have turned out to be keyboards, or do not say what
 * they are, as bits by place in the decision: then nothing has been opened that was not; -EUCLEAN
 * if the device has shown an interface that was not judged: it is closed; -ENODEV or -ENOENT if it
 * is gone; what the kernel gave: it is closed.  @why (on failure): a sentence for the record. */
int enforce_decision(int sysfs_fd, const struct usbdev *dev, char why[static 160])
	__attribute__((warn_unused_result));
