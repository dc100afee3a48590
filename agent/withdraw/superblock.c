#include "superblock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/common/cleanup.h"

/* linux/fs.h, which does not go with sys/mount.h. */
#define FREEZE _IOWR('X', 119, int)
#define THAW   _IOWR('X', 120, int)

const char *leaving_to_text(enum leaving leaving)
{
	static const char *const words[] = {
		[LEAVING_UNMOUNTED] = "unmounted", [LEAVING_READ_ONLY] = "read-only",
		[LEAVING_FROZEN] = "frozen",	   [LEAVING_SYNCED] = "synced",
		[LEAVING_LOST] = "lost",
	};

	return words[leaving];
}

/* Open the root of the mount, if it is not hidden below another.  Numbers that are no disk's are
 * not what stat(2) says (btrfs). */
static int open_root(const struct mount *mount)
{
	_cleanup_close_ int fd =
		open(mount->where, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (major(mount->number) != 0 && st.st_dev != mount->number)
		return -ENOENT;
	return TAKE_FD(fd);
}

int superblock_sync(struct superblock *superblock)
{
	_cleanup_close_ int fd = open_root(superblock->mount);

	if (fd < 0)
		return fd;
	if (syncfs(fd) < 0)
		return -errno;
	superblock->synced = true;
	return 0;
}

/* Set @flag, "ro" or "rw". */
static int reconfigure(const struct superblock *superblock, const char *flag)
{
	_cleanup_close_ int fd = open_root(superblock->mount), context = -1;

	if (fd < 0)
		return fd;
	context = fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	if (context < 0)
		return -errno;
	if (fsconfig(context, FSCONFIG_SET_FLAG, flag, NULL, 0) < 0 ||
	    fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return -errno;
	return 0;
}

int superblock_make_read_only(struct superblock *superblock)
{
	int r = reconfigure(superblock, "ro");

	if (r < 0)
		return r;
	superblock->read_only = superblock->was_writable = true;
	return 0;
}

int superblock_make_writable(struct superblock *superblock)
{
	int r = reconfigure(superblock, "rw");

	if (r < 0)
		return r;
	superblock->read_only = superblock->was_writable = false;
	return 0;
}

int superblock_unmount(const struct superblock *superblock, const struct mounts *mounts, int flags)
{
	for (size_t i = mounts->n; i > 0; i--) {
		const struct mount *mount = &mounts->items[i - 1];

		/* Somebody else may have unmounted it meanwhile, as udisks does for what it
		 * mounted. */
		if (mount->number == superblock->mount->number &&
		    umount2(mount->where, flags | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL &&
		    errno != ENOENT)
			return -errno;
	}
	return 0;
}

int superblock_freeze(struct superblock *superblock)
{
	_cleanup_close_ int fd = open_root(superblock->mount);

	if (fd < 0)
		return fd;
	if (ioctl(fd, FREEZE, 0) < 0)
		return -errno;
	superblock->frozen_fd = TAKE_FD(fd);
	return 0;
}

void superblock_thaw(struct superblock *superblock)
{
	if (superblock->frozen_fd < 0)
		return;
	(void)!ioctl(superblock->frozen_fd, THAW,
		     0); /* fails where the disk has gone: it is thawed */
	close(superblock->frozen_fd);
	superblock->frozen_fd = -1;
}
