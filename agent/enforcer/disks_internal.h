/* disks_internal - what disks*.c share: disks.c keeps the table, disks_judge.c says what a node may
 * be opened for, disks_media.c has it examined before, disks_usage.c counts bytes. */
#pragma once

#include <limits.h>

#include "disks.h"

/* Below /sys/dev: "block" or "char".  Static storage. */
const char *disk_type_directory(enum gate_type type);

/* Its entry in the table, or NULL. */
struct disk *disk_find(const struct disks *disks, const struct gate_device *node);

/* Names of /sys/dev/block and /sys/dev/char. */
bool disk_is_number(const char *name);

/* Where the node's directory is, below sysfs: what @entry of /sys/dev/block or /sys/dev/char links
 * to.  In @target; NULL if it is gone. */
const char *disk_path_of_entry(const struct disks *disks, enum gate_type type, const char *entry,
			       char target[static PATH_MAX]);

/* Have the timer while, and only while, there is a disk to sample. */
void disks_set_sampler(struct disks *disks);

/* The device that the disk is of, if it is known; NULL of the machine's own. */
struct usbdev *disk_owner(const struct disk *disk);

/* Tell the gate.  @access: enum gate_access, or 0 for none. */
void disk_vet(const struct disk *disk, int access);

/* Vet the disk for what its owner may do, after setting it read-only or having it examined where
 * that comes first; idempotent. */
void disk_judge(struct disk *disk);

/* Of a disk whose device's decision hangs on what is on it: see to it that it is examined.  Returns
 * true if it must stay as shut as it is until all of the device's disks have been, and shuts it. */
bool disk_awaits_examination(struct disk *disk);

/* True if it has been examined, and is all encrypted: a partition, or a disk without any. */
bool disk_is_container(const struct disk *disk);

/* The kernel says that it may have changed.  As long as the same medium is in it, what was found on
 * it holds until it has been examined again: whoever had it open for writing makes the kernel say
 * so when he closes it, and unlocking what is encrypted opens and closes it more than once. */
void disk_examine_again(struct disk *disk);

/* Another medium is in it, or it goes.  What is known of its device stays as it is until the disk
 * has been examined again: one that is closed, and its disks with it, has not changed. */
void disk_forget_examination(struct disk *disk);

/* Have those examined for which there was no child. */
void disks_retry_examinations(struct disks *disks);

/* Watch what is mounted while, and only while, something is encrypted-only. */
void disks_set_mount_watch(struct disks *disks);
