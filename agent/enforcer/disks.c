#include "disks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "clock.h"
#include "disks_internal.h"
#include "sysfs.h"
#include "usbnode.h"

/* Below /sys/dev. */
const char *disk_type_directory(enum gate_type type)
{
	return type == GATE_BLOCK ? "block" : "char";
}

struct disk *disk_find(const struct disks *disks, const struct gate_device *node)
{
	for (size_t i = 0; i < disks->n; i++) {
		if (memcmp(&disks->items[i]->node, node, sizeof(*node)) == 0)
			return disks->items[i];
	}
	return NULL;
}

static void drop(struct disks *disks, struct disk *disk)
{
	struct usbdev *dev;

	disk_vet(disk, 0);
	for (int i = 0; i < DISK_MARKS && disk->node.type == GATE_BLOCK; i++) {
		if (disks->marks[i] != NULL &&
		    marks_unmark(disks->marks[i], disk->node.major, disk->node.minor) < 0)
			log_debug("disk-mark", "No mark to take from %s", disk->name);
	}
	child_cancel(disk->attempt);
	disk_forget_examination(disk);
	dev = disk_owner(disk);
	if (dev != NULL) {
		dev->bytes_read += disk->bytes_read;
		dev->bytes_written += disk->bytes_written;
	}
	for (size_t i = 0; i < disks->n; i++) {
		if (disks->items[i] == disk) {
			disks->items[i] = disks->items[--disks->n];
			break;
		}
	}
	free(disk);
	disks_set_sampler(disks);
}

static struct disk *new_disk(struct disks *disks, const struct gate_device *node, const char *path,
			     const char *name, uint64_t inode)
{
	char partition[DISK_PATH_SIZE + 16];
	struct disk *disk = calloc(1, sizeof(*disk));
	struct origin origin;

	if (disk == NULL)
		return NULL;
	disk->disks = disks;
	disk->node = *node;
	disk->inode = inode;
	disk->since_us = clock_mono_us();
	snprintf(disk->path, sizeof(disk->path), "%s", path);
	snprintf(disk->name, sizeof(disk->name), "%s", name);
	origin_of_path(disks->sysfs_fd, path, &origin);
	disk->portable = origin.portable;
	disk->owner = origin.owner;
	snprintf(partition, sizeof(partition), "%s/partition", path);
	disk->whole =
		node->type == GATE_BLOCK && faccessat(disks->sysfs_fd, partition, F_OK, 0) < 0;
	return disk;
}

void disks_add(struct disks *disks, const struct gate_device *node, const char *path,
	       const char *name)
{
	struct disk *disk = disk_find(disks, node);
	uint64_t inode;

	if (strlen(path) >= DISK_PATH_SIZE || strlen(name) >= DISK_NAME_SIZE ||
	    sysfs_inode_at(disks->sysfs_fd, path, &inode) < 0) {
		if (disk != NULL)
			drop(disks, disk);
		return; /* gone meanwhile; unnamed ones stay shut */
	}
	if (disk != NULL && disk->inode != inode) {
		drop(disks, disk);
		disk = NULL;
	}
	if (disk != NULL) {
		disk_examine_again(disk);
	} else {
		disk = disks->n == DISKS_MAX ? NULL : new_disk(disks, node, path, name, inode);
		if (disk == NULL) {
			log_error("disk-limit", "No room for %s; it cannot be written", name);
			return;
		}
		if (!disk->portable && !gate_covers(disks->gate, node)) {
			free(disk);
			return;
		}
		disks->items[disks->n++] = disk;
		disks_set_sampler(disks);
	}
	disk_judge(disk);
}

/* Is there a node of this number, whosever it is? */
static bool is_there(void *userdata, const struct gate_device *node)
{
	const struct disks *disks = userdata;
	char path[64];

	snprintf(path, sizeof(path), "dev/%s/%u:%u",
		 disk_type_directory((enum gate_type)node->type), node->major, node->minor);
	return faccessat(disks->sysfs_fd, path, F_OK, 0) == 0;
}

/* Of USB devices' own nodes judge_stay.c takes care. */
static bool may_stay(void *userdata, const struct gate_device *node)
{
	return usbnode_is(node) || is_there(userdata, node);
}

/* The kernel takes a node's entry below /sys/dev away before it tells of its removal
 * (drivers/base/core.c, device_del()), and its directory after that. */
static bool is_still_there(struct disks *disks, const struct disk *disk)
{
	uint64_t inode;

	return is_there(disks, &disk->node) &&
	       sysfs_inode_at(disks->sysfs_fd, disk->path, &inode) == 0 && inode == disk->inode;
}

void disks_remove(struct disks *disks, const struct gate_device *node)
{
	struct disk *disk = disk_find(disks, node);

	/* After a rescan the word of the end of an earlier one of this number may still come. */
	if (disk != NULL && is_still_there(disks, disk))
		return;
	if (disk != NULL)
		drop(disks, disk);
	else if (gate_covers(disks->gate, node) && gate_revoke(disks->gate, node) < 0)
		log_debug("disk-vet", "No gate to take %u:%u from", node->major, node->minor);
}

void disks_prune(struct disks *disks)
{
	int r = gate_refresh(disks->gate);

	if (r < 0 && r != -ENODEV)
		log_error("gate-refresh", "Cannot tell the gate where udevd is: %s", strerror(-r));
	for (size_t i = disks->n; i > 0; i--) {
		struct disk *disk = disks->items[i - 1];
		uint64_t inode;

		if (sysfs_inode_at(disks->sysfs_fd, disk->path, &inode) < 0 || inode != disk->inode)
			drop(disks, disk);
	}
	for (int i = 0; i < DISK_MARKS && disks->marks[i] != NULL; i++) {
		r = marks_prune(disks->marks[i]);
		if (r < 0 && r != -ENODEV)
			log_error("disk-mark", "Cannot forget all marks of disks that are gone: %s",
				  strerror(-r));
	}
	/* The gate also remembers what an enforcer before this one has vetted. */
	r = gate_prune(disks->gate, may_stay, disks);
	if (r < 0 && r != -ENODEV)
		log_error("disk-vet", "Cannot take all that is gone from the gate: %s",
			  strerror(-r));
}

bool disk_is_number(const char *name)
{
	return name[0] >= '0' && name[0] <= '9';
}

/* Where the node's directory is, below sysfs: what @entry of /sys/dev/block or /sys/dev/char links
 * to.  In @target; NULL if it is gone. */
const char *disk_path_of_entry(const struct disks *disks, enum gate_type type, const char *entry,
			       char target[static PATH_MAX])
{
	char link[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "dev/%s/%s", disk_type_directory(type), entry);
	n = readlinkat(disks->sysfs_fd, link, target, PATH_MAX - 1);
	if (n < 0)
		return NULL;
	target[n] = '\0';
	while (strncmp(target, "../", 3) == 0)
		target += 3;
	return target;
}

static void rescan_entry(struct disks *disks, enum gate_type type, const char *entry, bool portable)
{
	struct gate_device node = { .type = type };
	struct origin origin;
	char target[PATH_MAX];
	const char *path, *name;

	if (sscanf(entry, "%" SCNu32 ":%" SCNu32, &node.major, &node.minor) != 2)
		return;
	if (type == GATE_CHAR && (usbnode_is(&node) || !gate_covers(disks->gate, &node)))
		return;
	path = disk_path_of_entry(disks, type, entry, target);
	if (path == NULL)
		return;
	origin_of_path(disks->sysfs_fd, path, &origin);
	if (!portable && origin.portable)
		return;
	name = strrchr(path, '/');
	disks_add(disks, &node, path, name == NULL ? path : name + 1);
}

static int rescan_type(struct disks *disks, enum gate_type type, bool portable)
{
	_cleanup_(sysfs_names_free) char **entries = NULL;
	int n = sysfs_list(disks->sysfs_fd, type == GATE_BLOCK ? "dev/block" : "dev/char",
			   disk_is_number, &entries);

	for (int i = 0; i < n; i++)
		rescan_entry(disks, type, entries[i], portable);
	return n < 0 ? n : 0;
}

static bool is_vetted(void *userdata, const struct gate_device *node)
{
	const struct disk *disk = disk_find(userdata, node);

	return usbnode_is(node) || (disk != NULL && disk->effect != VERDICT_DENY);
}

/* Both kinds of node; those of portable devices too if @portable. */
static int rescan_nodes(struct disks *disks, bool portable)
{
	int r = rescan_type(disks, GATE_BLOCK, portable);
	int s = rescan_type(disks, GATE_CHAR, portable);

	return r < 0 ? r : s;
}

int disks_scan_internal(struct disks *disks)
{
	return rescan_nodes(disks, false);
}

int disks_rescan(struct disks *disks)
{
	int r, s;

	disks_prune(disks);
	r = rescan_nodes(disks, true);
	s = gate_prune(disks->gate, is_vetted, disks);
	if (s < 0 && s != -ENODEV && r >= 0)
		r = s;
	return r;
}

void disks_finish(struct disks *disks)
{
	for (size_t i = 0; i < disks->n; i++) {
		child_cancel(disks->items[i]->attempt);
		child_cancel(disks->items[i]->examination);
		free(disks->items[i]);
	}
	disks->n = disks->n_examinations = 0;
	disks->mounts = sd_event_source_disable_unref(disks->mounts);
	disks->sampler = sd_event_source_disable_unref(disks->sampler);
}
