/* devices - the USB devices that are there, each with its decision in force.
 * The table owns its devices; a port holds at most one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/circumstances.h"
#include "policy/decide.h"
#include "policy/device.h"
#include "seat.h"

enum {
	DEVICES_MAX = 1024,
	INSTANCE_SIZE = 8 + 1 + 20 + 1, /* "<8 of boot id>-<inode>" */
};

/* What this machine remembers of a device from its stays before. */
struct past {
	bool known;	 /* else the rest is not */
	int64_t first_s; /* when it was first plugged in, since 1970 */
	int32_t denials; /* stays in which it was denied */
	bool changed;	 /* its descriptors are others than at its last stay */
};

/* One stay of a device at a port. */
struct usbdev {
	char instance[INSTANCE_SIZE];
	int fd; /* its directory in sysfs, O_PATH: this device, not the next one at its port */
	uint64_t inode;
	uint16_t bus, number; /* busnum, devnum */
	bool present;	      /* it worked before the agent came */
	bool judged;	      /* it has a decision of this run */
	bool announced;	      /* the ledger holds a decision on this stay */
	bool recorded;	      /* the ledger holds the decision in force */
	bool guarded;	      /* it carries the last keyboard, or the like */
	uint64_t kept; /* then: interfaces left as they were, bits by place in the decision */
	int readable;  /* what identify() gave */
	struct device device;
	struct past past;
	enum identity identity;	  /* as it was judged last */
	struct decision decision; /* in force; a denial until it has been judged */
	char person[PERSON_SIZE];
	uint64_t arrived_us;		    /* CLOCK_BOOTTIME */
	uint64_t bytes_read, bytes_written; /* of its disks that are gone */
};

struct devices {
	size_t n;
	struct usbdev *items[DEVICES_MAX];
};

/* Open and identify the device at @port.  @boot: the boot id.  Gives *@ret, denied, not in a table.
 * Returns 0, also when the device cannot be identified (see readable); -ENOMEM; what openat(2),
 * fstat(2) give: the device is gone. */
int usbdev_new(int sysfs_fd, const char *port, const char *boot, struct usbdev **ret)
	__attribute__((warn_unused_result));
void usbdev_free(struct usbdev *dev);

/* True if the kernel lets the device work, whole or in part. */
bool usbdev_authorized(const struct usbdev *dev);

/* What is to be done with interface @i, less than dev->decision.n: what was decided, but for what
 * the guard keeps.  Beside that, what may only be read is denied: it may be open for writing, and
 * the device cannot be closed and opened anew. */
enum verdict usbdev_effect_at(const struct usbdev *dev, size_t i);

/* The same for interface (@config, @number): deny if it was never judged, unless the guard keeps a
 * device that cannot be judged. */
enum verdict usbdev_effect(const struct usbdev *dev, unsigned config, unsigned number);

/* Takes @dev on success.  Returns 0; -EEXIST if its port is taken; -E2BIG. */
int devices_add(struct devices *devices, struct usbdev *dev) __attribute__((warn_unused_result));
/* The device at @port, or NULL; owned by the table. */
struct usbdev *devices_find(const struct devices *devices, const char *port);
/* Unhook and free. */
void devices_remove(struct devices *devices, struct usbdev *dev);
void devices_finish(struct devices *devices);
