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
#include "sysfs.h"

/* Below /sys/dev. */
static const char *type_directory(enum gate_type type)
{
	return type == GATE_BLOCK ? "block" : "char";
}

static struct disk *find(const struct disks *disks, const struct gate_device *node)
{
	for (size_t i = 0; i < disks->n; i++) {
		if (memcmp(&disks->items[i]->node, node, sizeof(*node)) == 0)
			return disks->items[i];
	}
	return NULL;
}

/* Sectors of /sys/block/X/stat are of 512 bytes whatever the disk's are
 * (Documentation/block/stat.rst). */
static void sample(struct disk *disk)
{
	uint64_t sectors_read, sectors_written;
	char path[DISK_PATH_SIZE + 8], text[256];

	if (!disk->whole || disk->node.type != GATE_BLOCK)
		return;
	snprintf(path, sizeof(path), "%s/stat", disk->path);
	if (sysfs_read(disk->disks->sysfs_fd, path, text, sizeof(text)) < 0)
		return;
	if (sscanf(text, "%*u %*u %" SCNu64 " %*u %*u %*u %" SCNu64, &sectors_read,
		   &sectors_written) != 2)
		return;
	disk->bytes_read = sectors_read * 512;
	disk->bytes_written = sectors_written * 512;
}

static int on_sample(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct disks *disks = userdata;

	(void)now_us;
	for (size_t i = 0; i < disks->n; i++) {
		if (disks->items[i]->on_usb)
			sample(disks->items[i]);
	}
	sd_event_source_set_time_relative(source, (uint64_t)DISKS_SAMPLE_MS * 1000);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Have the timer while, and only while, there is a disk to sample. */
static void set_sampler(struct disks *disks)
{
	bool wanted = false;
	int r;

	for (size_t i = 0; i < disks->n && !wanted; i++)
		wanted = disks->items[i]->on_usb && disks->items[i]->whole;
	if (!wanted)
		disks->sampler = sd_event_source_disable_unref(disks->sampler);
	if (!wanted || disks->sampler != NULL)
		return;
	r = sd_event_add_time_relative(disks->loop, &disks->sampler, CLOCK_MONOTONIC,
				       (uint64_t)DISKS_SAMPLE_MS * 1000, 0, on_sample, disks);
	if (r < 0)
		log_error("disk-sample", "Cannot watch how much is read and written: %s",
			  strerror(-r));
}

/* @access: enum gate_access, or 0 for none. */
static void vet(struct disks *disks, const struct disk *disk, int access)
{
	int r;

	if (!gate_covers(&disk->node))
		return;
	r = access == 0 ? gate_revoke(disks->gate, &disk->node)
			: gate_vet(disks->gate, &disk->node, access);
	if (r < 0 && r != -ENODEV)
		log_error("disk-vet", "Cannot tell the gate of %s: %s", disk->name, strerror(-r));
}

static void settle(struct disk *disk)
{
	struct disks *disks = disk->disks;

	disk->settled = true;
	if (disks->on_settled != NULL && disk->node.type == GATE_BLOCK)
		disks->on_settled(disks->userdata, disk->node.major, disk->node.minor);
}

static void on_readonly(void *userdata, int result)
{
	struct disk *disk = userdata;

	disk->attempt = NULL;
	disk->set_readonly = result >= 0;
	if (result < 0)
		log_error("disk-read-only", "Cannot set %s read-only, it stays shut: %s",
			  disk->name, strerror(-result));
	else if (disk->effect == VERDICT_READ_ONLY)
		vet(disk->disks, disk, GATE_READ);
	settle(disk);
}

static enum verdict effect_of(const struct disks *disks, const struct disk *disk)
{
	const struct usbdev *dev;

	if (!disk->on_usb)
		return VERDICT_ALLOW;
	dev = devices_find(disks->devices, disk->owner.port);
	if (dev == NULL)
		return VERDICT_DENY;
	return usbdev_effect(dev, disk->owner.config, disk->owner.number);
}

/* @directory: of the disk or partition, below sysfs. */
static bool is_readonly_at(const struct disks *disks, const char *directory)
{
	char path[PATH_MAX + 8];
	uint64_t value;

	snprintf(path, sizeof(path), "%s/ro", directory);
	return sysfs_read_number(disks->sysfs_fd, path, 10, 1, &value) == 0 && value == 1;
}

static bool is_readonly(const struct disk *disk)
{
	return is_readonly_at(disk->disks, disk->path);
}

/* Vet the disk for what its owner may do, after setting it read-only where that is less than all;
 * idempotent. */
static void judge(struct disks *disks, struct disk *disk)
{
	int r;

	disk->effect = effect_of(disks, disk);
	if (disk->effect == VERDICT_ALLOW)
		vet(disks, disk, GATE_READ_WRITE);
	else if (disk->effect == VERDICT_READ_ONLY && disk->set_readonly && is_readonly(disk))
		vet(disks, disk, GATE_READ);
	else /* also when the disk says so itself: it can say something else tomorrow */
		vet(disks, disk, 0);
	if (disk->attempt != NULL)
		return;
	if (disk->effect == VERDICT_ALLOW || disk->node.type != GATE_BLOCK ||
	    (disk->set_readonly && is_readonly(disk))) {
		settle(disk);
		return;
	}
	r = readonly_start(disks->loop, disks->dev_fd, disk->name, disk->node.major,
			   disk->node.minor, on_readonly, disk, &disk->attempt);
	if (r < 0)
		on_readonly(disk, r);
}

static void drop(struct disks *disks, struct disk *disk)
{
	struct usbdev *dev;

	vet(disks, disk, 0);
	readonly_cancel(disk->attempt);
	dev = disk->on_usb ? devices_find(disks->devices, disk->owner.port) : NULL;
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
	set_sampler(disks);
}

static int inode_of(int sysfs_fd, const char *path, uint64_t *ret)
{
	_cleanup_close_ int fd = -1;
	int r = sysfs_open(sysfs_fd, path, &fd);

	return r < 0 ? r : sysfs_inode(fd, ret);
}

static struct disk *new_disk(struct disks *disks, const struct gate_device *node, const char *path,
			     const char *name, uint64_t inode)
{
	char partition[DISK_PATH_SIZE + 16];
	struct disk *disk = calloc(1, sizeof(*disk));

	if (disk == NULL)
		return NULL;
	disk->disks = disks;
	disk->node = *node;
	disk->inode = inode;
	snprintf(disk->path, sizeof(disk->path), "%s", path);
	snprintf(disk->name, sizeof(disk->name), "%s", name);
	disk->on_usb = port_of_path(path, &disk->owner) == 0;
	snprintf(partition, sizeof(partition), "%s/partition", path);
	disk->whole =
		node->type == GATE_BLOCK && faccessat(disks->sysfs_fd, partition, F_OK, 0) < 0;
	return disk;
}

void disks_add(struct disks *disks, const struct gate_device *node, const char *path,
	       const char *name)
{
	struct disk *disk = find(disks, node);
	uint64_t inode;

	if (strlen(path) >= DISK_PATH_SIZE || strlen(name) >= DISK_NAME_SIZE ||
	    inode_of(disks->sysfs_fd, path, &inode) < 0) {
		if (disk != NULL)
			drop(disks, disk);
		return; /* gone meanwhile; unnamed ones stay shut */
	}
	if (disk != NULL && disk->inode != inode) {
		drop(disks, disk);
		disk = NULL;
	}
	if (disk == NULL) {
		disk = disks->n == DISKS_MAX ? NULL : new_disk(disks, node, path, name, inode);
		if (disk == NULL) {
			log_error("disk-limit", "No room for %s; it cannot be written", name);
			return;
		}
		if (!disk->on_usb && !gate_covers(node)) {
			free(disk);
			return;
		}
		disks->items[disks->n++] = disk;
		set_sampler(disks);
	}
	judge(disks, disk);
}

void disks_remove(struct disks *disks, const struct gate_device *node)
{
	struct disk *disk = find(disks, node);

	if (disk != NULL)
		drop(disks, disk);
	else if (gate_covers(node) && gate_revoke(disks->gate, node) < 0)
		log_debug("disk-vet", "No gate to take %u:%u from", node->major, node->minor);
}

/* Is there a node of this number, whosever it is? */
static bool is_there(void *userdata, const struct gate_device *node)
{
	const struct disks *disks = userdata;
	char path[64];

	snprintf(path, sizeof(path), "dev/%s/%u:%u", type_directory((enum gate_type)node->type),
		 node->major, node->minor);
	return faccessat(disks->sysfs_fd, path, F_OK, 0) == 0;
}

void disks_prune(struct disks *disks)
{
	int r = gate_refresh_readers(disks->gate);

	if (r < 0 && r != -ENODEV)
		log_error("gate-readers", "Cannot tell the gate where udevd is: %s", strerror(-r));
	for (size_t i = disks->n; i > 0; i--) {
		struct disk *disk = disks->items[i - 1];
		uint64_t inode;

		if (inode_of(disks->sysfs_fd, disk->path, &inode) < 0 || inode != disk->inode)
			drop(disks, disk);
	}
	/* The gate also remembers what an enforcer before this one has vetted. */
	r = gate_prune(disks->gate, is_there, disks);
	if (r < 0 && r != -ENODEV)
		log_error("disk-vet", "Cannot take all that is gone from the gate: %s",
			  strerror(-r));
}

static bool is_number(const char *name)
{
	return name[0] >= '0' && name[0] <= '9';
}

/* Where the node's directory is, below sysfs: what @entry of /sys/dev/block or /sys/dev/char links
 * to.  In @target; NULL if it is gone. */
static const char *path_of_entry(const struct disks *disks, enum gate_type type, const char *entry,
				 char target[static PATH_MAX])
{
	char link[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "dev/%s/%s", type_directory(type), entry);
	n = readlinkat(disks->sysfs_fd, link, target, PATH_MAX - 1);
	if (n < 0)
		return NULL;
	target[n] = '\0';
	while (strncmp(target, "../", 3) == 0)
		target += 3;
	return target;
}

static void rescan_entry(struct disks *disks, enum gate_type type, const char *entry, bool on_usb)
{
	struct gate_device node = { .type = type };
	struct port_interface owner;
	char target[PATH_MAX];
	const char *path, *name;

	if (sscanf(entry, "%" SCNu32 ":%" SCNu32, &node.major, &node.minor) != 2)
		return;
	if (type == GATE_CHAR && !gate_covers(&node))
		return;
	path = path_of_entry(disks, type, entry, target);
	if (path == NULL)
		return;
	if (!on_usb && port_of_path(path, &owner) == 0)
		return;
	name = strrchr(path, '/');
	disks_add(disks, &node, path, name == NULL ? path : name + 1);
}

static int rescan_type(struct disks *disks, enum gate_type type, bool on_usb)
{
	_cleanup_(sysfs_names_free) char **entries = NULL;
	int n = sysfs_list(disks->sysfs_fd, type == GATE_BLOCK ? "dev/block" : "dev/char",
			   is_number, &entries);

	for (int i = 0; i < n; i++)
		rescan_entry(disks, type, entries[i], on_usb);
	return n < 0 ? n : 0;
}

static bool has_readonly(const struct usbdev *dev)
{
	for (size_t i = 0; i < dev->decision.n; i++) {
		if (decision_effect(&dev->decision, i) == VERDICT_READ_ONLY)
			return true;
	}
	return false;
}

bool disks_left_writable(const struct disks *disks, const struct usbdev *dev)
{
	_cleanup_(sysfs_names_free) char **entries = NULL;
	int n;

	if (!has_readonly(dev))
		return false;
	n = sysfs_list(disks->sysfs_fd, "dev/block", is_number, &entries);
	for (int i = 0; i < n; i++) {
		struct port_interface owner;
		char target[PATH_MAX];
		const char *path = path_of_entry(disks, GATE_BLOCK, entries[i], target);

		if (path != NULL && port_of_path(path, &owner) == 0 &&
		    strcmp(owner.port, dev->device.port) == 0 &&
		    usbdev_effect(dev, owner.config, owner.number) == VERDICT_READ_ONLY &&
		    !is_readonly_at(disks, path))
			return true;
	}
	return n < 0;
}

static bool is_vetted(void *userdata, const struct gate_device *node)
{
	const struct disk *disk = find(userdata, node);

	return disk != NULL && disk->effect != VERDICT_DENY;
}

/* Both kinds of node; those on USB too if @on_usb. */
static int rescan_nodes(struct disks *disks, bool on_usb)
{
	int r = rescan_type(disks, GATE_BLOCK, on_usb);
	int s = rescan_type(disks, GATE_CHAR, on_usb);

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

void disks_judge_port(struct disks *disks, const char *port)
{
	for (size_t i = 0; i < disks->n; i++) {
		struct disk *disk = disks->items[i];

		if (disk->on_usb && strcmp(disk->owner.port, port) == 0)
			judge(disks, disk);
	}
}

bool disks_is_settled(const struct disks *disks, const struct gate_device *node)
{
	const struct disk *disk = find(disks, node);

	return disk != NULL && disk->settled && disk->attempt == NULL;
}

void disks_usage(struct disks *disks, const struct usbdev *dev, uint64_t *ret_read,
		 uint64_t *ret_written)
{
	*ret_read = dev->bytes_read;
	*ret_written = dev->bytes_written;
	for (size_t i = 0; i < disks->n; i++) {
		struct disk *disk = disks->items[i];

		if (!disk->on_usb || strcmp(disk->owner.port, dev->device.port) != 0)
			continue;
		sample(disk);
		*ret_read += disk->bytes_read;
		*ret_written += disk->bytes_written;
	}
}

void disks_finish(struct disks *disks)
{
	for (size_t i = 0; i < disks->n; i++) {
		readonly_cancel(disks->items[i]->attempt);
		free(disks->items[i]);
	}
	disks->n = 0;
	disks->sampler = sd_event_source_disable_unref(disks->sampler);
}
