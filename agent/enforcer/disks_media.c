#include "disks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "agent/common/mounts.h"
#include "clock.h"
#include "disks_internal.h"
#include "sysfs.h"

#define MOUNTS "/proc/self/mountinfo"

/* Children at once; a disk can claim as many partitions as it likes. */
enum { EXAMINATIONS_MAX = 4 };

/* The entry that stands for an extended partition is as long as one or two sectors, whatever is in
 * it (the kernel, where it reads the tables of DOS). */
enum { EXTENDED_MAX_BYTES = 4096 };

static bool is_of_port(const struct disk *disk, const char *port)
{
	return disk->portable && strcmp(disk->owner.port, port) == 0;
}

/* Can it be kept shut while it is examined? */
static bool can_be_examined(const struct disk *disk)
{
	return disk->node.type == GATE_BLOCK && gate_covers(disk->disks->gate, &disk->node);
}

static bool any_name(const char *name)
{
	return name[0] != '.';
}

/* Call @see for the number of each partition of the whole disk @disk that the kernel knows, until
 * it says true.  Returns true if it did, or if they cannot be listed. */
static bool any_partition(const struct disk *disk,
			  bool (*see)(struct disks *disks, const struct gate_device *node))
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	struct disks *disks = disk->disks;
	int n = sysfs_list(disks->sysfs_fd, disk->path, any_name, &names);
	char path[DISK_PATH_SIZE + 300], text[32];

	for (int i = 0; i < n; i++) {
		struct gate_device node = { .type = GATE_BLOCK };

		snprintf(path, sizeof(path), "%s/%s/partition", disk->path, names[i]);
		if (faccessat(disks->sysfs_fd, path, F_OK, 0) < 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s/dev", disk->path, names[i]);
		if (sysfs_read(disks->sysfs_fd, path, text, sizeof(text)) < 0 ||
		    sscanf(text, "%u:%u", &node.major, &node.minor) != 2 || see(disks, &node))
			return true;
	}
	return n < 0;
}

static bool see_any(struct disks *disks, const struct gate_device *node)
{
	(void)disks;
	(void)node;
	return true;
}

static bool has_partitions(const struct disk *disk)
{
	return disk->whole && any_partition(disk, see_any);
}

static bool is_not_examined(struct disks *disks, const struct gate_device *node)
{
	const struct disk *partition = disk_find(disks, node);

	return partition == NULL || !partition->examined;
}

/* Is something of the device at @port not examined yet?  The word of a partition that the kernel
 * knows already may still have to come. */
static bool is_pending(const struct disks *disks, const char *port)
{
	for (size_t i = 0; i < disks->n; i++) {
		const struct disk *disk = disks->items[i];

		if (is_of_port(disk, port) && can_be_examined(disk) &&
		    (!disk->examined || (disk->whole && any_partition(disk, is_not_examined))))
			return true;
	}
	return false;
}

bool disk_is_container(const struct disk *disk)
{
	return disk->examined && disk->volume.state == VOLUME_PRESENT &&
	       (disk->volume.encryption == ENCRYPTION_LUKS ||
		disk->volume.encryption == ENCRYPTION_BITLOCKER) &&
	       !has_partitions(disk);
}

/* A disk with partitions is what they are; unless it claims to be encrypted as a whole as well. */
static void add_disk(struct medium *medium, const struct disk *disk)
{
	static const struct volume unknown = { .state = VOLUME_UNKNOWN };
	const struct volume *volume = &disk->volume;
	const bool extended = !disk->whole && volume->state == VOLUME_PRESENT &&
			      volume->bytes <= EXTENDED_MAX_BYTES && !volume->plain &&
			      volume->encryption == ENCRYPTION_NONE;

	if (disk->whole)
		medium_add_disk(medium, volume);
	if (!has_partitions(disk) && !extended)
		medium_add_volume(medium, volume);
	else if (disk->whole && volume->encryption != ENCRYPTION_NONE)
		medium_add_volume(medium, &unknown);
}

static bool is_mounted(const struct mounts *mounts, const struct gate_device *node)
{
	for (size_t i = 0; i < mounts->n; i++) {
		if (mounts->items[i].number == makedev(node->major, node->minor))
			return true;
	}
	return false;
}

static bool is_encrypted_only(const struct disk *disk)
{
	return disk->portable && disk->node.type == GATE_BLOCK &&
	       disk->effect == VERDICT_ENCRYPTED_ONLY;
}

/* What is encrypted is mounted by way of the device mapper, never as it is. */
static void look_for_breach(struct disks *disks)
{
	char port[DEVICE_PORT_SIZE], why[200];
	struct mounts mounts;
	bool found = false;
	int r;

	if (disks->mounts == NULL)
		return;
	r = mounts_read(MOUNTS, &mounts);

	if (r < 0) {
		log_error("disk-mounts", "Cannot find what is mounted: %s", strerror(-r));
		return;
	}
	for (size_t i = 0; i < disks->n && !found; i++) {
		const struct disk *disk = disks->items[i];

		found = is_encrypted_only(disk) && is_mounted(&mounts, &disk->node);
		if (!found)
			continue;
		strcpy(port, disk->owner.port);
		snprintf(why, sizeof(why), "%s was mounted without being encrypted.", disk->name);
	}
	mounts_finish(&mounts);
	if (found && disks->on_breach != NULL)
		disks->on_breach(disks->userdata, port, why);
}

/* If all of the device at @port has been examined: say what is on it, and open what may be. */
static void conclude(struct disks *disks, const char *at)
{
	struct usbdev *dev = devices_find(disks->devices, at);
	char port[DEVICE_PORT_SIZE];
	struct medium medium;
	fact_set changed;
	bool was_examined;

	if (dev == NULL || is_pending(disks, at))
		return;
	snprintf(port, sizeof(port), "%s", at);
	medium_begin(&medium);
	for (size_t i = 0; i < disks->n; i++) {
		if (is_of_port(disks->items[i], port) && can_be_examined(disks->items[i]))
			add_disk(&medium, disks->items[i]);
	}
	was_examined = dev->medium.state == medium.state;
	changed = medium_changes(&dev->medium, &medium);
	dev->medium = medium;
	dev->takes_media = dev->takes_media || medium.state == MEDIUM_ABSENT;
	if (disks->on_medium != NULL && (changed != 0 || !was_examined))
		disks->on_medium(disks->userdata, port, changed == 0 ? MEDIUM_FACTS : changed);
	disks_judge_port(disks, port);
	disks_set_mount_watch(disks);
	look_for_breach(disks);
}

static int start(struct disk *disk);

static void start_waiting(struct disks *disks)
{
	for (size_t i = 0; i < disks->n && disks->n_examinations < EXAMINATIONS_MAX; i++) {
		if (disks->items[i]->waits && start(disks->items[i]) < 0)
			return;
	}
}

static void on_examined(void *userdata, int result, const void *answer)
{
	struct disk *disk = userdata;
	struct disks *disks = disk->disks;
	const struct volume unknown = { .state = VOLUME_UNKNOWN };

	disk->examination = NULL;
	disks->n_examinations--;
	disk->examined = true;
	disk->volume = unknown;
	if (result >= 0)
		result = volume_parse(answer, MEDIUM_ANSWER_SIZE, &disk->volume);
	if (result < 0)
		log_warning("disk-examined", "What is on %s cannot be found out: %s", disk->name,
			    strerror(-result));
	start_waiting(disks);
	conclude(disks, disk->owner.port); /* may free @disk */
}

/* The kernel counts the media it has seen (Documentation/ABI/testing/sysfs-block, diskseq). Returns
 * 0 if it does not say. */
static uint64_t sequence_of(const struct disk *disk)
{
	char path[DISK_PATH_SIZE + 16];
	uint64_t sequence;

	snprintf(path, sizeof(path), "%s%s/diskseq", disk->path, disk->whole ? "" : "/..");
	return sysfs_read_number(disk->disks->sysfs_fd, path, 10, UINT64_MAX, &sequence) < 0
		       ? 0
		       : sequence;
}

/* Returns 0, or what medium_start() gives: then it waits. */
static int start(struct disk *disk)
{
	struct disks *disks = disk->disks;
	const struct medium_request request = { .dev_fd = disks->dev_fd,
						.name = disk->name,
						.major = disk->node.major,
						.minor = disk->node.minor,
						.label = disks->labels };
	int r;

	disk->waits = disks->n_examinations >= EXAMINATIONS_MAX;
	if (disk->waits)
		return 0;
	disk->sequence = sequence_of(disk);
	r = medium_start(disks->loop, &request, on_examined, disk, &disk->examination);
	disk->waits = r < 0;
	if (r < 0)
		log_error("disk-examined", "Nobody can look at %s now, it stays shut: %s",
			  disk->name, strerror(-r));
	else
		disks->n_examinations++;
	return r;
}

static void examine(struct disk *disk)
{
	if (can_be_examined(disk) && !disk->examined && disk->examination == NULL)
		(void)start(disk);
}

void disks_retry_examinations(struct disks *disks)
{
	start_waiting(disks);
}

bool disks_examine_port(struct disks *disks, const char *port)
{
	for (size_t i = 0; i < disks->n; i++) {
		if (is_of_port(disks->items[i], port))
			examine(disks->items[i]);
	}
	return is_pending(disks, port);
}

static void stop(struct disk *disk)
{
	if (disk->examination != NULL)
		disk->disks->n_examinations--;
	child_cancel(disk->examination);
	disk->examination = NULL;
	disk->waits = false;
}

static void cancel(struct disk *disk)
{
	stop(disk);
	disk->examined = false;
}

void disk_examine_again(struct disk *disk)
{
	const struct usbdev *dev = disk_owner(disk);

	if (!disk->examined || disk->sequence == 0 || disk->sequence != sequence_of(disk) ||
	    dev == NULL || !dev->examination.wanted) {
		disk_forget_examination(disk);
		return;
	}
	stop(disk);
	disk->examined = start(disk) >= 0;
}

void disk_forget_examination(struct disk *disk)
{
	struct usbdev *dev = disk_owner(disk);

	cancel(disk);
	/* Nobody will look at it now, so that what was known is not any more. */
	if (dev != NULL && !dev->examination.wanted)
		dev->medium.state = MEDIUM_UNEXAMINED;
}

void disks_want_labels(struct disks *disks)
{
	if (disks->labels)
		return;
	disks->labels = true;
	for (size_t i = 0; i < disks->n; i++) {
		struct usbdev *dev = disk_owner(disks->items[i]);

		if (dev != NULL && disks->items[i]->examined)
			dev->medium.state = MEDIUM_UNEXAMINED;
		cancel(disks->items[i]);
	}
}

bool disk_awaits_examination(struct disk *disk)
{
	const struct usbdev *dev = disk_owner(disk);

	if (dev == NULL || !dev->examination.wanted || dev->guarded)
		return false;
	examine(disk);
	if (dev->decision.audit_only || !is_pending(disk->disks, disk->owner.port))
		return false;
	/* Another of the device's disks may have changed; this one can go on. */
	if (disk->examined && disk->effect == VERDICT_ALLOW)
		return true;
	if (disk->settled)
		disk->since_us = clock_mono_us();
	disk->settled = false;
	disk_vet(disk, 0);
	return true;
}

/* proc(5): the table can be polled for a change. */
static int on_mounts(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source;
	(void)fd;
	(void)events;
	look_for_breach(userdata);
	return 0;
}

static int watch_mounts(struct disks *disks)
{
	_cleanup_close_ int fd = open(MOUNTS, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = sd_event_add_io(disks->loop, &disks->mounts, fd, EPOLLPRI, on_mounts, disks);
	if (r >= 0)
		r = sd_event_source_set_io_fd_own(disks->mounts, true);
	if (r >= 0)
		TAKE_FD(fd);
	else
		disks->mounts = sd_event_source_disable_unref(disks->mounts);
	return r;
}

void disks_set_mount_watch(struct disks *disks)
{
	bool wanted = false;
	int r;

	for (size_t i = 0; i < disks->n && !wanted; i++)
		wanted = is_encrypted_only(disks->items[i]);
	if (!wanted) {
		disks->mounts = sd_event_source_disable_unref(disks->mounts);
		return;
	}
	r = disks->mounts == NULL ? watch_mounts(disks) : 0;
	if (r < 0)
		log_error("disk-mounts", "Mounts of what is not encrypted will not be noticed: %s",
			  strerror(-r));
}
