/* hid_ask - ask a human interface device what it is before a driver has it: its report descriptor,
 * which says so (agent/common/hid_report.h), while nobody hears a key of it.
 *
 * The interface is claimed by this process through usbfs for that, so that no driver can bind to
 * it, and closed again.  A device can answer a driver otherwise later: what it shows then is looked
 * at, too (hid_look.h).  For a worker: waits for the device. */
#pragma once

#include "devices.h"

enum { HID_ASK_TIMEOUT_MS = 2000 };

/* Can the interface @number, with its directory open at @fd and without a driver, type?  @dev is
 * authorized and configured.  Returns 1 if it can; 0 if not; -EBADMSG, -E2BIG for what is
 * no report descriptor, or a lie about its length; what open(2) and ioctl(2) give, -EPIPE where the
 * device refuses among them: if it has not gone, the caller takes it for a keyboard. */
int hid_ask_types(const struct usbdev *dev, unsigned number, int fd)
	__attribute__((warn_unused_result));

/* How long the report descriptor of interface (@config, @number) is, as its HID descriptor says
 * (HID 1.11, section 6.2.1), in @blob, the sysfs file "descriptors".  Where several say so, the
 * longest.  Pure.  Returns 1 to HID_REPORT_MAX_BYTES; -EBADMSG if none does; -E2BIG above it. */
int hid_ask_length(const uint8_t *blob, size_t size, unsigned config, unsigned number)
	__attribute__((warn_unused_result));
