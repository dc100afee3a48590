#include "disks.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "clock.h"
#include "control.h" /* how long udev waits */
#include "disks_internal.h"
#include "sysfs.h"

/* @access: enum gate_access, or 0 for none. */
void disk_vet(const struct disk *disk, int access)
{
	struct disks *disks = disk->disks;
	int r;

	if (!gate_covers(disks->gate, &disk->node))
		return;
	r = access == 0 ? gate_revoke(disks->gate, &disk->node)
			: gate_vet(disks->gate, &disk->node, access);
	if (r < 0 && r != -ENODEV)
		log_error("disk-vet", "Cannot tell the gate of %s: %s", disk->name, strerror(-r));
}

/* udev waited for the disk in vain, and found it shut: have it look once more. */
static void announce(struct disk *disk)
{
	char path[DISK_PATH_SIZE + 16];
	int r;

	if (disk->announced || disk->node.type != GATE_BLOCK || disk->effect == VERDICT_DENY ||
	    (disk->effect == VERDICT_READ_ONLY && !disk->set_readonly) ||
	    clock_mono_us() - disk->since_us < (uint64_t)CONTROL_SETTLE_MS * 1000)
		return;
	disk->announced = true;
	snprintf(path, sizeof(path), "%s/uevent", disk->path);
	r = sysfs_write(disk->disks->sysfs_fd, path, "change");
	if (r < 0)
		log_warning("disk-late", "Cannot tell udev that %s is open: %s", disk->name,
			    strerror(-r));
}

static void settle(struct disk *disk)
{
	struct disks *disks = disk->disks;

	if (!disk->settled)
		announce(disk);
	disk->settled = true;
	if (disks->on_settled != NULL && disk->node.type == GATE_BLOCK)
		disks->on_settled(disks->userdata, disk->node.major, disk->node.minor);
}

static void on_readonly(void *userdata, int result, const void *answer)
{
	struct disk *disk = userdata;

	(void)answer;
	disk->attempt = NULL;
	disk->set_readonly = result >= 0;
	if (result < 0)
		log_error("disk-read-only", "Cannot set %s read-only, it stays shut: %s",
			  disk->name, strerror(-result));
	if (disk_awaits_examination(disk))
		return;
	if (result >= 0 && disk->effect == VERDICT_READ_ONLY)
		disk_vet(disk, GATE_READ);
	settle(disk);
}

struct usbdev *disk_owner(const struct disk *disk)
{
	return disk->portable ? devices_find(disk->disks->devices, disk->owner.port) : NULL;
}

static enum verdict effect_of(const struct disks *disks, const struct disk *disk)
{
	const struct usbdev *dev = disk_owner(disk);
	enum verdict effect;

	if (!disk->portable)
		return VERDICT_ALLOW;
	if (dev == NULL)
		return VERDICT_DENY;
	effect = usbdev_effect(dev, disk->owner.config, disk->owner.number);
	/* What the gate does not hold shut cannot wait to be examined. */
	if (effect == VERDICT_ENCRYPTED_ONLY && !gate_covers(disks->gate, &disk->node))
		return VERDICT_DENY;
	return effect;
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

/* Marked before anybody may open it, and as long as it is to be. */
static void set_marks(const struct disks *disks, const struct disk *disk)
{
	static const enum modifier modifiers[DISK_MARKS] = { MODIFIER_NOEXEC, MODIFIER_TRAIL };
	const struct gate_device *node = &disk->node;
	const struct usbdev *dev = disk_owner(disk);

	for (int i = 0; i < DISK_MARKS && disks->marks[i] != NULL; i++) {
		struct marks *marks = disks->marks[i];
		int r;

		if (node->type != GATE_BLOCK)
			return;
		if (dev != NULL &&
		    usbdev_asks(dev, disk->owner.config, disk->owner.number, modifiers[i]))
			r = marks_mark(marks, node->major, node->minor,
				       stays_number(disks->stays, dev));
		else
			r = marks_unmark(marks, node->major, node->minor);
		if (r < 0 && r != -ENODEV)
			log_error("disk-mark", "Cannot ask the kernel for %s of %s: %s",
				  modifier_to_text(modifiers[i]), disk->name, strerror(-r));
	}
}

/* Its owner is to be closed as soon as the disk's file systems have been left in good order. */
static bool is_withdrawn(const struct disk *disk)
{
	const struct usbdev *dev = disk_owner(disk);

	return dev != NULL && usbdev_is_withdrawn(dev, disk->owner.config, disk->owner.number);
}

/* Where only what is encrypted may be used, and where a device is open for no more than its disks
 * to be examined, the gate alone keeps them shut: set read-only, they would stay that.  Returns
 * false if the disk is none of these. */
static bool judge_by_gate(struct disk *disk)
{
	const struct usbdev *dev = disk_owner(disk);

	if (disk->effect == VERDICT_ENCRYPTED_ONLY)
		disk_vet(disk, disk_is_container(disk) ? GATE_READ_WRITE : 0);
	else if (disk->effect == VERDICT_DENY && dev != NULL && dev->examination.interfaces != 0 &&
		 gate_covers(disk->disks->gate, &disk->node))
		disk_vet(disk, 0);
	else
		return false;
	settle(disk);
	return true;
}

/* Vet the disk for what its owner may do, after setting it read-only where that is less than all;
 * idempotent. */
void disk_judge(struct disk *disk)
{
	struct disks *disks = disk->disks;
	int r;

	disk->effect = effect_of(disks, disk);
	if (is_withdrawn(disk)) { /* a mark stays as long as it is mounted */
		disk_vet(disk, 0);
		settle(disk);
		return;
	}
	set_marks(disks, disk);
	if (disk_awaits_examination(disk) || judge_by_gate(disk))
		return;
	if (disk->effect == VERDICT_ALLOW)
		disk_vet(disk, GATE_READ_WRITE);
	else if (disk->effect == VERDICT_READ_ONLY && disk->set_readonly && is_readonly(disk))
		disk_vet(disk, GATE_READ);
	else /* also when the disk says so itself: it can say something else tomorrow */
		disk_vet(disk, 0);
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
		on_readonly(disk, r, NULL);
}

void disks_judge_port(struct disks *disks, const char *port)
{
	for (size_t i = 0; i < disks->n; i++) {
		struct disk *disk = disks->items[i];

		if (disk->portable && strcmp(disk->owner.port, port) == 0)
			disk_judge(disk);
	}
}

bool disks_is_settled(const struct disks *disks, const struct gate_device *node)
{
	const struct disk *disk = disk_find(disks, node);

	return disk != NULL && disk->settled && disk->attempt == NULL && disk->examination == NULL;
}

bool disks_left_read_only(const struct disks *disks, const struct usbdev *dev)
{
	for (size_t i = 0; i < disks->n; i++) {
		const struct disk *disk = disks->items[i];

		if (disk->set_readonly && disk_owner(disk) == dev &&
		    usbdev_effect(dev, disk->owner.config, disk->owner.number) == VERDICT_ALLOW)
			return true;
	}
	return false;
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
	n = sysfs_list(disks->sysfs_fd, "dev/block", disk_is_number, &entries);
	for (int i = 0; i < n; i++) {
		struct origin origin;
		char target[PATH_MAX];
		const char *path = disk_path_of_entry(disks, GATE_BLOCK, entries[i], target);
		const struct port_interface *owner = &origin.owner;

		if (path == NULL)
			continue;
		origin_of_path(disks->sysfs_fd, path, &origin);
		if (origin.portable && strcmp(owner->port, dev->device.port) == 0 &&
		    usbdev_effect(dev, owner->config, owner->number) == VERDICT_READ_ONLY &&
		    !is_readonly_at(disks, path))
			return true;
	}
	return n < 0;
}
