/* usbnode - the nodes by which programs speak to a USB device past its drivers (usbfs, below
 * /dev/bus/usb): libusb's way to phones and cameras, and to anything else.
 *
 * A node is vetted in the gate once the device's decision permits something and has taken effect:
 * for reading and writing; for reading alone, which gives the descriptors and nothing else, if some
 * interface may only be read or only what is encrypted there may be used, since writing to the node
 * would go past that.  An interface that is denied beside one that is permitted cannot be claimed:
 * the kernel refuses it (usb_driver_claim_interface()).  A node that was opened before a decision
 * became stricter stays open; the interfaces that it had claimed are gone.  Root hubs, which are
 * the machine's own, are always vetted.
 *
 * Of a device whose node is shut, the descriptors in sysfs are for root alone: libusb lists devices
 * by them without opening anything, so that a person's programs do not see it at all.
 *
 * The kernel gives a number again only after 126 others of its bus. */
#pragma once

#include <stdbool.h>

#include "devices.h"
#include "gate.h"

/* True if @node is of a USB device. */
bool usbnode_is(const struct gate_device *node);

/* The node of device @number of @bus (linux/usb/ch9.h has 128 numbers a bus; usb_alloc_dev()). */
struct gate_device usbnode_at(unsigned bus, unsigned number);

/* The node of @dev, which is on USB. */
struct gate_device usbnode_of(const struct usbdev *dev);

/* True if @node is @dev's, and @dev has not gone. */
bool usbnode_is_of(const struct gate_device *node, const struct usbdev *dev);

/* Let @dev's node be opened for what its decision, which has taken effect, permits.  Where udev has
 * looked at the device while it was shut, have it look again (mtp-probe opens the node).  Nothing
 * if @dev is not on USB. */
void usbnode_judge(struct gate *gate, const struct usbdev *dev);

/* Shut @dev's node: it has gone, or is not in the table. */
void usbnode_shut(struct gate *gate, const struct usbdev *dev);

/* Vet the root hub @name, "usb3". */
void usbnode_vet_root_hub(struct gate *gate, const char *name);

/* Shut each vetted node that is neither a root hub's nor of one of @devices. */
void usbnode_prune(struct gate *gate, struct devices *devices);

/* Let users see every device again, for the removal of the program. */
void usbnode_release(int sysfs_fd);
