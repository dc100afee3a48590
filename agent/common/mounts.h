/* mounts - which file systems are mounted, and which of them lie on a disk: on it as a whole, on a
 * partition of it, or on what the device mapper lays on either (LUKS, BitLocker, LVM).
 * Reads mountinfo(5) and sysfs; asks no file system anything. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { MOUNTS_MAX = 4096, BLOCK_SET_MAX = 256 };

/* Block devices by number. */
struct block_set {
	size_t n;
	dev_t items[BLOCK_SET_MAX];
};

bool block_set_has(const struct block_set *set, dev_t number);

/* Add block device @number, its partitions, and all that lies on one of them.  @sysfs_fd: the root
 * of sysfs.  What has gone is left out.  Returns 0; -E2BIG above BLOCK_SET_MAX; -ENOMEM. */
int block_set_add(struct block_set *set, int sysfs_fd, dev_t number)
	__attribute__((warn_unused_result));

struct mount {
	dev_t number;	/* of the super block, as mountinfo(5) has it */
	bool read_only; /* the super block, for all its mounts */
	char *where;	/* owned, as all down to source; unescaped */
	char *type;
	char *source;
};

struct mounts {
	size_t n;
	struct mount *items; /* owned; in the order in which they were mounted */
};

/* Read @path, such as "/proc/self/mountinfo".  Gives *@ret, for mounts_finish().  Returns 0;
 * -ENOMEM; -EBADMSG if a line is not of mountinfo(5); -E2BIG above MOUNTS_MAX; what open(2),
 * read(2) give. */
int mounts_read(const char *path, struct mounts *ret) __attribute__((warn_unused_result));
void mounts_finish(struct mounts *mounts);

/* Does @mount lie on one of @set?  A file system whose super block has a number that is no device's
 * (btrfs) is known by the node that it was mounted from. */
bool mount_lies_on(const struct mount *mount, const struct block_set *set);

/* Keep of @mounts only those that lie on one of @set. */
void mounts_filter(struct mounts *mounts, const struct block_set *set);
