/* hid_look - look again at what USB interfaces are, once a driver has them: what can type is a
 * keyboard, whatever its class codes say.  A protocol of 0 says nothing, and one that says "mouse"
 * binds nobody; the report descriptor, by which the kernel makes input devices, does
 * (agent/common/hid_report.h), and so does an input device that was made in another way. */
#pragma once

#include <stdbool.h>

#include "devices.h"

/* Read the report descriptors of @dev's interfaces, as far as drivers have opened them, and the
 * keys of their input devices, and make those that can type keyboards, beside what they are.  One
 * whose descriptor cannot be read or parsed is taken for a keyboard.  Nothing is asked of the
 * device. Returns true if there is one that was not a keyboard before. */
bool hid_look(struct usbdev *dev);
