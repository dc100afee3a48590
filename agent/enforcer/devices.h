/* devices - the USB devices that are there, each with its decision in force.
 * The table owns its devices; a port holds at most one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/circumstances.h"
#include "policy/decide.h"
#include "medium.h"
#include "origin.h"
#include "policy/device.h"
#include "seat.h"

enum {
	DEVICES_MAX = 1024,
	INSTANCE_SIZE = 8 + 1 + 20 + 1, /* "<8 of boot id>-<inode>" */
	PROGRESS_MAX_RETRIES = 3,
	CAUGHT_SIZE = 200,
};

/* What this machine remembers of a device from its stays before. */
struct past {
	bool known;	 /* else the rest is not */
	int64_t first_s; /* when it was first plugged in, since 1970 */
	int32_t denials; /* stays in which it was denied */
	bool changed;	 /* its descriptors are others than at its last stay */
};

/* How far the way of a decision into effect is (effect.c). */
struct progress {
	bool at_work; /* a worker has an order */
	bool waits;   /* for a worker */
	bool again;   /* what is in force came after that order */
	bool replug;  /* it is to be closed first */
	int kind;     /* enum order_kind, of that order */
	int retries;  /* to close it, when that failed */
};

/* What a decision has to do with what is on the device's disks. */
struct examination {
	/* It hangs on that: its disks stay shut until they have been examined, whenever they may
	 * have changed.  Only if the gate is shut. */
	bool wanted;
	bool asked; /* for facts as well, not only for what encrypted-only may open */
	bool blind; /* they were not known: whatever was decided, no disk has been open */
	/* Interfaces that are denied and opened all the same, to learn those facts; bits by place
	 * in the decision. */
	uint64_t interfaces;
	bool waits;  /* and that is why they are denied: they are not known yet, or there is nothing
		      */
	bool policy; /* a new policy waits for them, while the decision before is in force */
};

/* One stay of a device at a port. */
struct usbdev {
	char instance[INSTANCE_SIZE];
	int fd; /* its directory in sysfs, O_PATH: this device, not the next one at its port */
	uint64_t inode;
	struct place place;   /* where it is */
	uint16_t bus, number; /* on USB: busnum, devnum */
	bool present;	      /* it was there before the agent came */
	bool pre_agent;	      /* and the kernel had let it work */
	int64_t since_us;     /* then: plugged in, on CLOCK_BOOTTIME; -1: not known */
	bool judged;	      /* it has a decision of this run */
	bool due;	      /* it is to be judged again (judge_due.c) */
	fact_set due_facts;   /* then: for what has changed; 0: the policy */
	bool renewed;	      /* it says other things of itself than were judged, within its stay */
	bool announced;	      /* the ledger holds a decision on this stay */
	bool recorded;	      /* the ledger holds the decision in force, or need not */
	bool counted;	      /* this stay is only counted (flapping.h) */
	bool guarded;	      /* it carries the last keyboard, or the like */
	uint64_t kept; /* then: interfaces left as they were, bits by place in the decision */
	int readable;  /* what identify() gave */
	struct device device;
	struct past past;
	enum identity identity;	  /* as it was judged last */
	struct decision decision; /* in force; a denial until it has been judged */
	struct examination examination;
	struct medium medium; /* as far as it has been examined */
	bool takes_media;     /* it was seen without one: it is a reader, whose media come and go */
	struct progress progress;
	/* Interfaces that are asked what they are before a driver gets them (hid_ask.h): it would
	 * make a difference if they were keyboards.  Bits by place in the decision. */
	uint64_t asking;
	uint64_t withdrawing; /* interfaces that stay bound until their disks are left in order */
	bool let_go;	      /* they are, and it is to be closed (detach.h) */
	/* Why it is denied until it comes anew, or is registered: a program types on it, or nobody
	 * typed the code that was asked for.  "": it is not. */
	char caught[CAUGHT_SIZE];
	uint8_t told; /* 1 + the verdict that the person was told last; 0: nothing */
	char person[PERSON_SIZE];
	uint64_t arrived_us;		    /* CLOCK_BOOTTIME */
	uint64_t bytes_read, bytes_written; /* of its disks that are gone */
};

struct devices {
	size_t n;
	struct usbdev *items[DEVICES_MAX];
};

/* Open and identify the device at @place.  @boot: the boot id.  Gives *@ret, denied, not in a
 * table. Returns 0, also when the device cannot be identified (see readable); -ENOMEM; what
 * openat(2), fstat(2) give: the device is gone. */
int usbdev_new(int sysfs_fd, const struct place *place, const char *boot, struct usbdev **ret)
	__attribute__((warn_unused_result));
void usbdev_free(struct usbdev *dev);

/* True if the kernel lets the device work, whole or in part. */
bool usbdev_authorized(const struct usbdev *dev);

/* What is to be done with interface @i, less than dev->decision.n: what was decided, but for what
 * the guard keeps.  Beside that, what may only be read is denied, or used where it is encrypted: it
 * may be open for more, and the device cannot be closed and opened anew. */
enum verdict usbdev_effect_at(const struct usbdev *dev, size_t i);

/* Is interface @i to have a driver?  It is while its disks are being left in order, too, and while
 * they are examined. */
bool usbdev_is_bound(const struct usbdev *dev, size_t i);
/* Is any? */
bool usbdev_is_any_bound(const struct usbdev *dev);

/* As usbdev_effect_at() for interface (@config, @number): deny if it was never judged, unless the
 * guard keeps a device that cannot be judged. */
enum verdict usbdev_effect(const struct usbdev *dev, unsigned config, unsigned number);

/* Is interface (@config, @number) withdrawn: shut to those who have not opened its disks yet? */
bool usbdev_is_withdrawn(const struct usbdev *dev, unsigned config, unsigned number);

/* Is @modifier in force on interface (@config, @number)?  Where policy only records, the trail is,
 * and nothing else. */
bool usbdev_asks(const struct usbdev *dev, unsigned config, unsigned number,
		 enum modifier modifier);

/* Takes @dev on success.  Returns 0; -EEXIST if its port is taken; -E2BIG. */
int devices_add(struct devices *devices, struct usbdev *dev) __attribute__((warn_unused_result));
/* The device at @port, or NULL; owned by the table. */
struct usbdev *devices_find(const struct devices *devices, const char *port);
/* The device whose directory is @path, below sysfs, or NULL; not of those on USB. */
struct usbdev *devices_at(const struct devices *devices, const char *path);
/* Unhook and free. */
void devices_remove(struct devices *devices, struct usbdev *dev);
void devices_finish(struct devices *devices);
