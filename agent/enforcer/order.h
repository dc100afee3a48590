/* order - one thing to be done to a device, as a worker takes it (workers.h). */
#pragma once

#include "devices.h"

enum { ORDER_WHY_SIZE = 160 };

enum order_kind {
	ORDER_CLOSE,
	ORDER_OPEN,	   /* put its decision into effect, which may be to close it */
	ORDER_BESIDE_KEPT, /* the same for what the guard does not keep */
};

struct order {
	enum order_kind kind;
	struct usbdev dev; /* a copy; its fd is borrowed */
};

/* Do it; waits as long as the kernel does.  Returns what enforce_deny(), enforce_decision() and
 * enforce_beside_kept() give, or what is theirs on the device's bus (bus_kind.h); @why, on failure:
 * a sentence, or "". */
int order_carry_out(int sysfs_fd, const struct order *order, char why[static ORDER_WHY_SIZE])
	__attribute__((warn_unused_result));
