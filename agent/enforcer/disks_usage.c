#include "disks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/log.h"
#include "disks_internal.h"
#include "sysfs.h"

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
		if (disks->items[i]->portable)
			sample(disks->items[i]);
	}
	disks_retry_examinations(disks);
	sd_event_source_set_time_relative(source, (uint64_t)DISKS_SAMPLE_MS * 1000);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Have the timer while, and only while, there is a disk to sample. */
void disks_set_sampler(struct disks *disks)
{
	bool wanted = false;
	int r;

	for (size_t i = 0; i < disks->n && !wanted; i++)
		wanted = disks->items[i]->portable && disks->items[i]->whole;
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

void disks_usage(struct disks *disks, const struct usbdev *dev, uint64_t *ret_read,
		 uint64_t *ret_written)
{
	*ret_read = dev->bytes_read;
	*ret_written = dev->bytes_written;
	for (size_t i = 0; i < disks->n; i++) {
		struct disk *disk = disks->items[i];

		if (!disk->portable || strcmp(disk->owner.port, dev->device.port) != 0)
			continue;
		sample(disk);
		*ret_read += disk->bytes_read;
		*ret_written += disk->bytes_written;
	}
}
