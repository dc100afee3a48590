#include "boot_machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/mounts.h"

/* KEY_ESC to KEY_S, as udev's input_id tells a keyboard (linux/input-event-codes.h). */
#define LETTERS 0xfffffffeu

enum { MAX_LAYERS = 8, ATTRIBUTE_MAX = 4096 };

static const char *const NEEDED[] = { "/var/lib/devgate", "/etc/devgate", DEVGATE_LIBEXECDIR };

static DIR *open_directory(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (directory == NULL && fd >= 0)
		close(fd);
	return directory;
}

/* Where the link @path leads; "" if it does not. */
static void follow(int dirfd, const char *path, char ret[static PATH_MAX])
{
	ssize_t n = readlinkat(dirfd, path, ret, PATH_MAX - 1);

	ret[n < 0 ? 0 : n] = '\0';
}

/* The keys 0 to 31 are in the last word of "capabilities/key". */
static bool has_letters(int input_fd, const char *name)
{
	_cleanup_free_ char *text = NULL;
	char path[300];
	const char *last;

	snprintf(path, sizeof(path), "%s/device/capabilities/key", name);
	if (file_read(input_fd, path, ATTRIBUTE_MAX, &text, NULL) < 0)
		return false;
	last = strrchr(text, ' ');
	return (strtoull(last == NULL ? text : last, NULL, 16) & LETTERS) == LETTERS;
}

int boot_keyboards_count(int root_fd, struct boot_keyboards *ret)
{
	_cleanup_closedir_ DIR *inputs = open_directory(root_fd, "sys/class/input");
	struct boot_keyboards found = { 0 };
	const struct dirent *entry;

	if (inputs == NULL)
		return -errno;
	while ((entry = readdir(inputs)) != NULL) {
		char path[PATH_MAX];

		if (strncmp(entry->d_name, "event", 5) != 0 ||
		    !has_letters(dirfd(inputs), entry->d_name))
			continue;
		follow(dirfd(inputs), entry->d_name, path);
		if (strstr(path, "/usb") != NULL)
			found.usb++;
		else if (strstr(path, "/virtual/") == NULL)
			found.other++;
	}
	*ret = found;
	return 0;
}

static int add_crypt(struct boot_disks *disks, int block_fd)
{
	_cleanup_free_ char *uuid = NULL, *name = NULL;

	if (file_read(block_fd, "dm/uuid", ATTRIBUTE_MAX, &uuid, NULL) < 0 ||
	    strncmp(uuid, "CRYPT-", 6) != 0 ||
	    file_read(block_fd, "dm/name", ATTRIBUTE_MAX, &name, NULL) < 0)
		return 0;
	name[strcspn(name, "\n")] = '\0';
	if (disks->n_crypts == BOOT_MAX_CRYPTS || strlen(name) >= BOOT_NAME_SIZE)
		return -E2BIG;
	strcpy(disks->crypts[disks->n_crypts++], name);
	return 0;
}

/* Look at the block device whose link in sysfs is @path below @dirfd, and at what it is made of. */
static int look_down(struct boot_disks *disks, int dirfd_, const char *path, unsigned layer,
		     const char *where)
{
	_cleanup_closedir_ DIR *slaves = NULL;
	_cleanup_close_ int fd = openat(dirfd_, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	char target[PATH_MAX];
	int r;

	if (fd < 0)
		return -errno;
	if (layer == MAX_LAYERS)
		return -E2BIG;
	follow(dirfd_, path, target);
	if (strstr(target, "/usb") != NULL)
		snprintf(disks->usb, sizeof(disks->usb), "%s", where);
	r = add_crypt(disks, fd);
	slaves = open_directory(fd, "slaves");
	while (r == 0 && slaves != NULL && (entry = readdir(slaves)) != NULL) {
		if (entry->d_name[0] != '.')
			r = look_down(disks, dirfd(slaves), entry->d_name, layer + 1, where);
	}
	return r;
}

/* Where the super block's number is no device's (btrfs), the node tells. */
static dev_t device_of(const struct mount *mount)
{
	struct stat st;

	if (major(mount->number) != 0)
		return mount->number;
	if (mount->source[0] == '/' && stat(mount->source, &st) == 0 && S_ISBLK(st.st_mode))
		return st.st_rdev;
	return 0;
}

static bool is_needed(const struct mount *mount)
{
	const size_t size = strlen(mount->where);

	for (size_t i = 0; i < sizeof(NEEDED) / sizeof(NEEDED[0]); i++) {
		if (strcmp(mount->where, "/") == 0 ||
		    (strncmp(NEEDED[i], mount->where, size) == 0 &&
		     (NEEDED[i][size] == '/' || NEEDED[i][size] == '\0')))
			return true;
	}
	return false;
}

static int look_at_mount(struct boot_disks *disks, int root_fd, const struct mount *mount)
{
	const dev_t number = device_of(mount);
	char path[64];
	int r;

	snprintf(path, sizeof(path), "sys/dev/block/%u:%u", major(number), minor(number));
	r = number == 0 ? -ENOENT : look_down(disks, root_fd, path, 0, mount->where);
	if (r != -ENOENT)
		return r;
	snprintf(disks->unknown, sizeof(disks->unknown), "%s", mount->where);
	return 0;
}

int boot_disks_find(int root_fd, const char *mountinfo, struct boot_disks *ret)
{
	struct boot_disks disks = { 0 };
	struct mounts mounts;
	int r = mounts_read(mountinfo, &mounts);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < mounts.n; i++) {
		if (is_needed(&mounts.items[i]))
			r = look_at_mount(&disks, root_fd, &mounts.items[i]);
	}
	mounts_finish(&mounts);
	if (r == 0)
		*ret = disks;
	return r;
}
