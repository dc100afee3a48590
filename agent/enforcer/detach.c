#include "detach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "agent/common/mounts.h"
#include "bus_kind.h"
#include "effect.h"
#include "notices.h"
#include "open_disks.h"
#include "record.h"

#define MOUNTS "/proc/self/mountinfo"

/* Nothing of these waits: the device is somebody's who must not have it, or is not known well. */
static bool is_urgent(const struct usbdev *dev)
{
	const struct decision *decision = &dev->decision;

	if (decision->n == 0)
		return true;
	for (size_t i = 0; i < decision->n; i++) {
		if (decision->interfaces[i].step == STEP_REVOKED ||
		    decision->interfaces[i].step == STEP_ERROR)
			return true;
	}
	return false;
}

/* What is mounted of @disks; NULL if nothing is, or it cannot be found out.  Freed by the caller.
 */
static json_t *mounted_on(int sysfs_fd, const struct open_disks *disks)
{
	struct block_set *set = calloc(1, sizeof(*set));
	struct mounts mounts = { 0 };
	json_t *list = json_array();
	int r = set == NULL || list == NULL ? -ENOMEM : 0;

	for (size_t i = 0; r >= 0 && i < disks->n; i++) {
		if (disks->plain >> i & 1)
			set->items[set->n++] = disks->numbers[i];
		else
			r = block_set_add(set, sysfs_fd, disks->numbers[i]);
	}
	if (r >= 0)
		r = mounts_read(MOUNTS, &mounts);
	if (r < 0)
		log_error("mounts", "Cannot find what is mounted: %s", strerror(-r));
	else
		mounts_filter(&mounts, set);
	for (size_t i = 0; r >= 0 && i < mounts.n; i++)
		json_array_append_new(list, json_pack("{s:o, s:s}", "where",
						      record_text(mounts.items[i].where), "type",
						      mounts.items[i].type));
	mounts_finish(&mounts);
	free(set);
	if (json_array_size(list) > 0)
		return list;
	json_decref(list);
	return NULL;
}

/* @mounts is taken. */
static void note(struct enforcer *enforcer, const struct usbdev *dev, json_t *mounts, int ended)
{
	int64_t age_ms = withdraw_age_ms(&enforcer->withdrawals, dev->inode);

	recorder_note(&enforcer->recorder, "device.withdrawn",
		      json_pack("{s:s, s:o, s:s, s:o, s:i, s:I}", "instance", dev->instance,
				"device", record_device(dev), "verdict",
				verdict_to_text(dev->decision.verdict), "mounts", mounts, "ended",
				ended, "duration_ms", (json_int_t)(age_ms < 0 ? 0 : age_ms)));
	notices_withdrawn(enforcer, dev);
}

/* Each as lost: nobody can say better.  @mounts is taken. */
static json_t *all_lost(json_t *mounts)
{
	json_t *mount;
	size_t i;

	json_array_foreach (mounts, i, mount)
		json_object_set_new(mount, "left", json_string("lost"));
	return mounts;
}

static void begin(struct enforcer *enforcer, struct usbdev *dev, const struct open_disks *disks)
{
	const struct withdraw_order order = { .inode = dev->inode,
					      .stays = bus_kind(dev->device.bus)->gated,
					      .disks = disks->numbers,
					      .n = disks->n };
	json_t *mounts = mounted_on(enforcer->sysfs_fd, disks);
	int r;

	if (mounts == NULL)
		return;
	r = withdraw_start(&enforcer->withdrawals, &order);
	if (r < 0) {
		log_error("withdraw", "%s is closed at once, devgate-withdraw cannot be had: %s",
			  dev->device.port, strerror(-r));
		note(enforcer, dev, all_lost(mounts), 0);
		return;
	}
	dev->withdrawing = disks->interfaces;
	disks_judge_port(&enforcer->disks, dev->device.port);
	notices_withdrawing(enforcer, dev, enforcer->withdrawals.grace_s, mounts);
	json_decref(mounts);
}

/* Is nothing of what is withdrawn too much for the decision in force any more? */
static bool may_stay(struct enforcer *enforcer, struct usbdev *dev)
{
	const uint64_t withdrawing = dev->withdrawing;
	struct open_disks disks;
	json_t *mounts;

	dev->withdrawing = 0;
	open_disks_find(enforcer->sysfs_fd, dev, &disks);
	dev->withdrawing = withdrawing;
	if (disks_left_read_only(&enforcer->disks, dev))
		return false;
	for (size_t i = 0; i < disks.n; i++) {
		if (!(disks.plain >> i & 1))
			return false;
	}
	mounts = mounted_on(enforcer->sysfs_fd, &disks);
	if (mounts == NULL)
		return true;
	json_decref(mounts);
	return false;
}

static void keep(struct enforcer *enforcer, struct usbdev *dev)
{
	withdraw_keep(&enforcer->withdrawals, dev->inode);
	dev->withdrawing = 0;
	disks_judge_port(&enforcer->disks, dev->device.port);
	notices_kept(enforcer, dev);
}

bool detach_consider(struct enforcer *enforcer, struct usbdev *dev)
{
	struct open_disks disks;

	if (dev->guarded || is_urgent(dev)) {
		withdraw_forget(&enforcer->withdrawals, dev->inode);
		dev->withdrawing = 0;
		dev->let_go = false;
		return false;
	}
	if (dev->withdrawing != 0 && may_stay(enforcer, dev)) {
		keep(enforcer, dev);
		return true;
	}
	/* One that does not work, such as one that has just come, has no disks. */
	if (dev->withdrawing != 0 || dev->let_go || !usbdev_authorized(dev))
		return false;
	open_disks_find(enforcer->sysfs_fd, dev, &disks);
	if (disks.n > 0)
		begin(enforcer, dev, &disks);
	return false;
}

void detach_closed(struct enforcer *enforcer, struct usbdev *dev)
{
	dev->let_go = false;
	withdraw_gone(&enforcer->withdrawals, dev->inode);
}

void detach_forget(struct enforcer *enforcer, const struct usbdev *dev)
{
	withdraw_forget(&enforcer->withdrawals, dev->inode);
}

static struct usbdev *find(const struct enforcer *enforcer, uint64_t inode)
{
	for (size_t i = 0; i < enforcer->devices.n; i++) {
		if (enforcer->devices.items[i]->inode == inode)
			return enforcer->devices.items[i];
	}
	return NULL;
}

/* What @report says of each mount, as it may be recorded. */
static json_t *mounts_of(const json_t *report)
{
	const json_t *mounts = json_object_get(report, "mounts"), *mount;
	json_t *list = json_array();
	size_t i;

	json_array_foreach (mounts, i, mount) {
		const char *where = json_string_value(json_object_get(mount, "where"));

		json_array_append_new(list, json_pack("{s:o, s:O?, s:O?}", "where",
						      record_text(where == NULL ? "" : where),
						      "type", json_object_get(mount, "type"),
						      "left", json_object_get(mount, "left")));
	}
	return list;
}

void detach_on_ready(void *userdata, uint64_t inode, int result, const json_t *report)
{
	struct enforcer *enforcer = userdata;
	struct usbdev *dev = find(enforcer, inode);

	if (dev == NULL) {
		withdraw_forget(&enforcer->withdrawals, inode);
		return;
	}
	if (report == NULL) {
		struct open_disks disks;
		json_t *mounts;

		log_error("withdraw", "%s is closed without its file systems in order: %s",
			  dev->device.port, strerror(-result));
		dev->withdrawing = 0; /* so that they are found */
		open_disks_find(enforcer->sysfs_fd, dev, &disks);
		mounts = mounted_on(enforcer->sysfs_fd, &disks);
		note(enforcer, dev, mounts == NULL ? json_array() : all_lost(mounts), 0);
	} else {
		note(enforcer, dev, mounts_of(report),
		     (int)json_integer_value(json_object_get(report, "ended")));
	}
	dev->withdrawing = 0;
	dev->let_go = true;
	effect_start(enforcer, dev, true);
}
