/* superblock - one mounted file system, with all its mounts, and how it is left in good order
 * before its disk goes.  Each call may take as long as the disk does. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "agent/common/mounts.h"

/* How it was left, from the best to the worst. */
enum leaving {
	LEAVING_UNMOUNTED, /* nobody used it any more */
	LEAVING_READ_ONLY, /* mounted, and nothing can be written to it */
	LEAVING_FROZEN,	   /* somebody had files open for writing; what they had written is on the
			    * disk, and the file system is whole there */
	LEAVING_SYNCED,	   /* the same of a kind that cannot be frozen: it may say that it was not
			    * unmounted */
	LEAVING_LOST,	   /* what was not yet on the disk is lost */
};

/* "unmounted", "read-only", "frozen", "synced", "lost".  Static storage. */
const char *leaving_to_text(enum leaving leaving);

struct superblock {
	const struct mount *mount; /* one of its mounts; borrowed */
	bool synced, read_only;
	bool was_writable; /* until superblock_make_read_only() */
	int frozen_fd;	   /* -1: not frozen */
	enum leaving leaving;
};

/* Write what has been written to it down to the disk.  Returns 0; what open(2), syncfs(2) give. */
int superblock_sync(struct superblock *superblock) __attribute__((warn_unused_result));

/* Make it read-only, for all its mounts; their flags (nosuid and so on) stay.  Returns 0; -EBUSY if
 * somebody has a file open for writing; what fspick(2), fsconfig(2) give. */
int superblock_make_read_only(struct superblock *superblock) __attribute__((warn_unused_result));

/* Undo that.  Returns 0; what fspick(2), fsconfig(2) give. */
int superblock_make_writable(struct superblock *superblock) __attribute__((warn_unused_result));

/* Unmount all of @mounts that are of it, the last first.  Returns 0; -EBUSY if somebody uses it;
 * what umount2(2) gives. */
int superblock_unmount(const struct superblock *superblock, const struct mounts *mounts, int flags)
	__attribute__((warn_unused_result));

/* Stop writing to it until superblock_thaw().  Returns 0; -EOPNOTSUPP if its kind cannot; what
 * ioctl(2) gives. */
int superblock_freeze(struct superblock *superblock) __attribute__((warn_unused_result));
void superblock_thaw(struct superblock *superblock);
