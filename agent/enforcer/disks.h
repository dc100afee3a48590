/* disks - block devices and raw nodes (SCSI generic and the like): whose they are, what they may be
 * opened for, and how much was read and written.
 *
 * A node is vetted in the gate for reading and writing if it hangs on no portable device
 * (origin.h), or on a storage interface whose verdict is allow.  Where the verdict is
 * encrypted-only, what is encrypted is vetted so, each partition by itself, or the whole disk if it
 * has none; the rest stays shut.  Any other is set read-only, and after that vetted for reading if
 * the verdict is read-only.
 *
 * Of a device whose decision hangs on what is on its disks, they are examined first (medium.h), and
 * again whenever the kernel says that one may have changed.  In between they are shut.  That holds
 * for whoever opens a node then: a process that had an encrypted partition open for writing may
 * still overwrite it, and the kernel tells of that when it closes it.  A file system that it mounts
 * from there is noticed by the mount table, and told by on_breach. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "devices.h"
#include "gate.h"
#include "marks.h"
#include "origin.h"
#include "readonly.h"
#include "stays.h"

enum { DISKS_MAX = 2048, DISK_NAME_SIZE = 32, DISK_PATH_SIZE = 512, DISKS_SAMPLE_MS = 2000 };

/* What the kernel can be asked of a disk: to start no program from it, and to tell of its files. */
enum { DISK_NOEXEC, DISK_TRAIL, DISK_MARKS };

struct disks;

struct disk {
	struct disks *disks; /* borrowed */
	struct gate_device node;
	char name[DISK_NAME_SIZE];   /* below /dev */
	char path[DISK_PATH_SIZE];   /* of its directory, relative to the root of sysfs */
	uint64_t inode;		     /* of that directory: this disk, not the next of its number */
	bool portable;		     /* else it is the machine's own */
	struct port_interface owner; /* if portable */
	bool whole;		     /* a disk, not a partition */
	bool set_readonly;	     /* by us */
	bool settled;		     /* dealt with */
	bool announced;		     /* to udev, since that was late */
	uint64_t since_us;	     /* when it first was not, CLOCK_BOOTTIME */
	enum verdict effect;
	struct child *attempt;	   /* to set it read-only; under way, lent by the loop */
	struct child *examination; /* the same, to see what is on it */
	bool waits;		   /* to be examined, when there is a child for it */
	bool examined;		   /* @volume is what was on it */
	uint64_t sequence;	   /* the medium's, when it was: its disk's "diskseq"; 0: unknown */
	struct volume volume;
	uint64_t bytes_read, bytes_written;
};

/* Called when node @major:@minor has been dealt with. */
typedef void disks_settled_handler(void *userdata, unsigned major, unsigned minor);

/* Called when all disks of the device at @port have been examined, and dev->medium holds.
 * @changed: the facts that are others than before. */
typedef void disks_medium_handler(void *userdata, const char *port, fact_set changed);

/* Called when a disk of the device at @port is mounted as it is, though it may be used only where
 * it is encrypted.  @why: a sentence for the record. */
typedef void disks_breach_handler(void *userdata, const char *port, const char *why);

struct disks {
	sd_event *loop;			 /* borrowed, as all down to userdata */
	int sysfs_fd, dev_fd;		 /* /sys, /dev */
	struct gate *gate;		 /* may be not available */
	struct marks *marks[DISK_MARKS]; /* the same; NULL: none, from there on */
	struct stays *stays;		 /* if there are marks: what they are for */
	struct devices *devices;	 /* whose decisions hold for the disks */
	disks_settled_handler *on_settled;
	disks_medium_handler *on_medium;
	disks_breach_handler *on_breach;
	void *userdata;
	bool labels;		  /* their labels are asked for */
	sd_event_source *sampler; /* only while there is USB storage */
	sd_event_source *mounts;  /* only while there is something encrypted-only */
	size_t n_examinations;	  /* under way */
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

/* Have the disks of the device at @port examined that have not been, whatever is in force on it.
 * Returns true if on_medium will be called. */
bool disks_examine_port(struct disks *disks, const char *port);

/* Labels are asked for from now on: what was examined without is not known any more, but where they
 * were asked for already. */
void disks_want_labels(struct disks *disks);

/* True if the node is known and has been dealt with. */
bool disks_is_settled(const struct disks *disks, const struct gate_device *node);

/* True if a disk that @dev's decision lets be read only is there, and is not set read-only (yet),
 * or if that cannot be found out: somebody may hold it open for writing. */
bool disks_left_writable(const struct disks *disks, const struct usbdev *dev);

/* True if we have set a disk of @dev read-only that its decision lets be written: it must come anew
 * for that. */
bool disks_left_read_only(const struct disks *disks, const struct usbdev *dev);

/* Bytes read and written by the disks of @dev in this stay, gone ones included. */
void disks_usage(struct disks *disks, const struct usbdev *dev, uint64_t *ret_read,
		 uint64_t *ret_written);
