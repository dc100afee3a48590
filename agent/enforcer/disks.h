/* disks - block devices and SCSI generic nodes: whose they are, whether they may be written, and
 * how much was read and written.
 *
 * A node is vetted in the gate for reading and writing if it hangs on no USB device, or on a
 * storage interface whose verdict is allow.  Any other is set read-only, and after that vetted for
 * reading if the verdict is read-only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "devices.h"
#include "gate.h"
#include "port.h"
#include "readonly.h"

enum { DISKS_MAX = 2048, DISK_NAME_SIZE = 32, DISK_PATH_SIZE = 512, DISKS_SAMPLE_MS = 2000 };

struct disks;

struct disk {
	struct disks *disks; /* borrowed */
	struct gate_device node;
	char name[DISK_NAME_SIZE]; /* below /dev */
	char path[DISK_PATH_SIZE]; /* of its directory, relative to the root of sysfs */
	uint64_t inode;		   /* of that directory: this disk, not the next of its number */
	bool on_usb;
	struct port_interface owner; /* if on_usb */
	bool whole;		     /* a disk, not a partition */
	bool set_readonly;	     /* by us */
	bool settled;		     /* dealt with */
	enum verdict effect;
	struct readonly *attempt; /* under way, lent by the loop */
	uint64_t bytes_read, bytes_written;
};

/* Called when node @major:@minor has been dealt with. */
typedef void disks_settled_handler(void *userdata, unsigned major, unsigned minor);

struct disks {
	sd_event *loop;		 /* borrowed, as all down to userdata */
	int sysfs_fd, dev_fd;	 /* /sys, /dev */
	struct gate *gate;	 /* may be not available */
	struct devices *devices; /* whose decisions hold for the disks */
	disks_settled_handler *on_settled;
	void *userdata;
	sd_event_source *sampler; /* only while there is USB storage */
	size_t n;
	struct disk *items[DISKS_MAX];
};

/* The caller has filled in what is borrowed; the rest is zero. */
void disks_finish(struct disks *disks);

/* A node has come, or may have changed: @path is its directory in sysfs (relative to the root,
 * "devices/..."), @name its name below /dev.  Deals with it; calls on_settled then, or later. */
void disks_add(struct disks *disks, const struct gate_device *node, const char *path,
	       const char *name);

/* A node has gone: its number is not vetted any more, its usage goes to its device. */
void disks_remove(struct disks *disks, const struct gate_device *node);

/* Make ready for a device to be opened: forget nodes that are not there any more, or are others
 * than they were, without waiting for their uevents; also those that an earlier run vetted.  So no
 * number stays vetted that the device's disks could get; and the gate learns where its readers are.
 */
void disks_prune(struct disks *disks);

/* Find and vet the nodes that hang on no USB device, so that the gate may shut while nobody has
 * been judged yet.  Returns 0 or what readdir(3) gives. */
int disks_scan_internal(struct disks *disks) __attribute__((warn_unused_result));

/* Find all nodes that are there, deal with the new ones, and take from the gate what is not one of
 * them.  Returns 0 or what readdir(3) gives. */
int disks_rescan(struct disks *disks) __attribute__((warn_unused_result));

/* Judge the nodes of the device at @port again: its decision has changed. */
void disks_judge_port(struct disks *disks, const char *port);

/* True if the node is known and has been dealt with. */
bool disks_is_settled(const struct disks *disks, const struct gate_device *node);

/* True if a disk that @dev's decision lets be read only is there, and is not set read-only (yet),
 * or if that cannot be found out: somebody may hold it open for writing. */
bool disks_left_writable(const struct disks *disks, const struct usbdev *dev);

/* Bytes read and written by the disks of @dev in this stay, gone ones included. */
void disks_usage(struct disks *disks, const struct usbdev *dev, uint64_t *ret_read,
		 uint64_t *ret_written);
